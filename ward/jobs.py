"""Jobs: does what commands left to be done, once, on whichever node comes first."""

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog
from asyncpg.exceptions import PostgresConnectionError
from prometheus_client import Counter, Histogram
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.access import Permission
from realtime.events import Event
from realtime.tasks import end
from ward import clock
from ward.config import Settings
from ward.errors import Unavailable
from ward.later import TASKS, WAKE, Errand, Handler, Job, Task, enlist
from ward.node import Node
from ward.security.actors import System
from ward.work import Work, work_as

TICK = 1.0  # seconds: a lost poke delays a job by no more
AT_ONCE, BATCH = 4, 64
PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)  # seconds before each further try, then it is parked
_AWAY = (OSError, TimeoutError, InterfaceError, PoolTimeout, PostgresConnectionError, Unavailable)
"""The database does not answer: that is no job's fault, and no try of it."""

DONE = Counter("jobs_done_total", "Jobs done", ["name"])
FAILED = Counter("jobs_failed_total", "Tries that failed", ["name"])
LATE = Histogram("jobs_late_seconds", "From when a job was due until it was done")

_log = structlog.get_logger(__name__)
F = TypeVar("F", bound=Handler)


def when(
    *kinds: type[Event],
    may: Iterable[Permission],
    only: Callable[[Any], bool] | None = None,
    where: Callable[[Settings], str | None] | None = None,
) -> Callable[[F], F]:
    """React to facts of other modules: `async def reaction(work, event)`, once for each fact.

    `only` says for which facts, where most concern nobody: no job is written for the others.
    `where` says in SQL whether anybody is there whom it serves, asked as the fact commits.

    The job commits with the fact. Several may run at a time and out of order, so a reaction
    looks at what is true now instead of trusting what the fact said then.
    """

    def register(function: F) -> F:
        for kind in kinds:
            name = f"{_module(function)}.{function.__name__}"
            name = name if len(kinds) == 1 else f"{name}[{kind.__name__}]"
            enlist(Task(name, kind, frozenset(may), function, only, where))
        return function

    return register


def at(kind: type[Errand], may: Iterable[Permission]) -> Callable[[F], F]:
    """Do an errand when its instant has come: `async def errand(work, errand)`."""

    def register(function: F) -> F:
        name = f"{_module(function)}.{function.__name__}"
        enlist(Task(name, kind, frozenset(may), function))
        return function

    return register


def _module(function: Handler) -> str:
    return function.__module__.removeprefix("ward.").removesuffix(".reactions")


class Runner:
    """One node's hands; every node has a pair, and each job is taken by one of them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for jobs."""
        self.node.listeners.append(self._hear)
        self._task = asyncio.create_task(self._run(), name="jobs")

    async def stop(self) -> None:
        """Stop; a job in the middle rolls back and is done by another node."""
        self.node.listeners.remove(self._hear)
        await end(self._task)

    def _hear(self, topic: str) -> None:
        if topic == WAKE:
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = TICK
            try:
                pause = await _turn(self.node)
            except Exception as error:  # noqa: BLE001 - the hands outlive every failure
                _log.error("jobs.runner", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)


async def drain(node: Node) -> int:
    """Do all that is due; return how many jobs were settled here."""
    settled = 0
    while due := _due(await _soonest(node)):
        done = await _all(node, due)
        settled += done
        if not done:  # others are at these
            break
    return settled


async def _turn(node: Node) -> float:
    """Do what is due, and tell how long there is nothing to do: one question while it is quiet."""
    while True:
        waiting = await _soonest(node)
        due = _due(waiting)
        if not due or not await _all(node, due):
            return _pause_until(waiting)


async def _all(node: Node, due: list[UUID]) -> int:
    """Do these jobs, some at a time; return how many were settled here."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(job: UUID) -> bool:
        async with gate:
            return await do(node, job)

    return sum(await asyncio.gather(*(one(job) for job in due)))


def _due(waiting: list[tuple[UUID, datetime]]) -> list[UUID]:
    now = clock.now()
    return [job for job, run_at in waiting if run_at <= now]


async def do(node: Node, job_id: UUID) -> bool:
    """Do one job in a transaction of its own; False when another node has it."""
    job = await _look(node, job_id)
    task = TASKS.get(job.name) if job else None
    if job is None:
        return False
    if task is None:  # of a newer build, or of none: another node may know it
        await _failed(node, job, LookupError(job.name))
        return True
    actor = System(f"job:{task.name}", task.permissions)
    try:
        async with work_as(node, actor, task.name) as work:
            if not await _taken(work, job_id):
                return False
            await task.handler(work, task.read(job.body))
    except _AWAY:
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        await _failed(node, job, error)
        return True
    DONE.labels(task.name).inc()
    LATE.observe(max(0.0, (clock.now() - job.run_at).total_seconds()))
    return True


async def _soonest(node: Node) -> list[tuple[UUID, datetime]]:
    """List the jobs that are due or will be within a tick, the soonest first."""
    horizon = clock.now() + timedelta(seconds=TICK)
    waiting = select(Job.id, Job.run_at).where(Job.parked_at.is_(None), Job.run_at <= horizon)
    async with node.asking.connect() as connection:
        found = await connection.execute(waiting.order_by(Job.run_at, Job.id).limit(BATCH))
        return [(row.id, row.run_at) for row in found]


def _pause_until(waiting: list[tuple[UUID, datetime]]) -> float:
    """Tell how long to sleep: until the next job is due, at most a tick."""
    now = clock.now()
    coming = [(run_at - now).total_seconds() for _, run_at in waiting]
    return min(TICK, max(0.01, min((left for left in coming if left > 0), default=TICK)))


async def _look(node: Node, job_id: UUID) -> Job | None:
    async with node.aside.connect() as connection:
        columns = (Job.id, Job.name, Job.body, Job.run_at, Job.attempts)
        row = (await connection.execute(select(*columns).where(Job.id == job_id))).one_or_none()
    return Job(**row._asdict()) if row else None


async def _taken(work: Work, job_id: UUID) -> bool:
    """Take the job: its row is gone when this transaction commits, and back when it fails."""
    mine = select(Job.id).where(Job.id == job_id, Job.parked_at.is_(None))
    mine = mine.with_for_update(skip_locked=True)
    gone = delete(Job).where(Job.id.in_(mine)).returning(Job.id)
    return (await (await work.connection()).execute(gone)).first() is not None


async def _failed(node: Node, job: Job, error: Exception) -> None:
    """Have it tried again after a while, or park it where a person sees it."""
    FAILED.labels(job.name).inc()
    cause = getattr(getattr(error, "orig", None), "__cause__", None) or error
    tries, now = job.attempts + 1, clock.now()
    parked = tries > len(PAUSES)
    pause = timedelta(0) if parked else _pause(tries)
    async with node.aside.begin() as connection:
        await connection.execute(
            update(Job)
            .where(Job.id == job.id, Job.attempts == job.attempts)  # by two at once: one try
            .values(
                attempts=tries,
                error=type(cause).__name__,
                run_at=job.run_at if parked else now + pause,
                parked_at=now if parked else None,
            )
        )
    say = _log.error if parked else _log.warning
    say("jobs.parked" if parked else "jobs.again", job=job.name, error=type(cause).__name__)


def _pause(tries: int) -> timedelta:
    seconds = PAUSES[tries - 1]
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
