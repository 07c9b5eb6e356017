"""Jobs: they commit with their cause, run once, again when they fail, and wait for their time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from domain.access import Permission
from realtime.events import Event
from realtime.topics import Topic
from ward import clock, jobs, later
from ward.later import Errand, Job
from ward.security.actors import System
from ward.work import work_as

CLERK = System("job:test", frozenset({Permission.VIEW_BEDS}))
done: list[tuple[str, UUID]] = []
trouble: list[int] = []


@dataclass(frozen=True, slots=True)
class Toy(Event):
    toy_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        return (Topic("toys", self.toy_id),)


@dataclass(frozen=True, slots=True)
class Wind(Errand):
    toy_id: UUID


@jobs.when(Toy, may={Permission.VIEW_BEDS})
async def play(_work, event: Toy) -> None:
    if trouble:
        trouble.pop()
        raise RuntimeError("the toy is broken")
    done.append(("play", event.toy_id))


@jobs.at(Wind, may={Permission.VIEW_BEDS})
async def wind(_work, errand: Wind) -> None:
    done.append(("wind", errand.toy_id))


@pytest.fixture(autouse=True)
def _nothing_done():
    done.clear()
    trouble.clear()
    yield
    clock.shift(timedelta(0))


async def until(condition, seconds: float = 4.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is a list that grows
            await asyncio.sleep(0.01)


async def waiting(node) -> int:
    async with node.aside.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(Job))).scalar_one()


async def test_a_reaction_follows_its_fact_at_once_and_leaves_nothing(node) -> None:
    toy = uuid4()
    async with work_as(node, CLERK, "test") as work:
        work.record(Toy(toy))
    await until(lambda: done == [("play", toy)], 1.0)
    assert await waiting(node) == 0


async def test_what_is_rolled_back_has_no_reaction(node) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - the work is what is rolled back
        async with work_as(node, CLERK, "test") as work:
            work.record(Toy(uuid4()))
            raise RuntimeError("no")
    await asyncio.sleep(0.2)
    assert (done, await waiting(node)) == ([], 0)


async def test_an_errand_waits_for_its_time_and_is_done_once(node) -> None:
    toy = uuid4()
    for _ in range(2):  # asked for twice
        async with work_as(node, CLERK, "test") as work:
            work.later(Wind(toy), work.now + timedelta(minutes=10))
    assert await waiting(node) == 1
    clock.shift(timedelta(minutes=9))
    await asyncio.sleep(1.2)
    assert done == []
    clock.shift(timedelta(minutes=10, seconds=1))
    await until(lambda: bool(done), 2.0)
    assert (done, await waiting(node)) == ([("wind", toy)], 0)


async def test_twenty_nodes_at_one_job_do_it_once(node) -> None:
    toy = uuid4()
    async with work_as(node, CLERK, "test") as work:
        work.later(Wind(toy), work.now + timedelta(hours=1))
    async with node.aside.connect() as connection:
        job = (await connection.execute(select(Job.id))).scalar_one()
    settled = await asyncio.gather(*(jobs.do(node, job) for _ in range(20)))
    assert (sum(settled), done) == (1, [("wind", toy)])


async def test_what_fails_is_tried_again_then_parked_for_a_person(node) -> None:
    trouble.extend(range(10))
    async with work_as(node, CLERK, "test") as work:
        work.record(Toy(uuid4()))
    for _ in range(40):  # the node's own hands are at it as well
        clock.shift(clock.offset() + timedelta(minutes=15))
        await jobs.drain(node)
        async with node.aside.connect() as connection:
            row = (await connection.execute(select(Job.attempts, Job.error, Job.parked_at))).one()
        if row.parked_at:
            break
        await asyncio.sleep(0.05)
    assert (row.attempts, row.error) == (6, "RuntimeError")
    assert row.parked_at is not None
    assert done == []


def test_two_functions_cannot_take_one_errand() -> None:
    async def other(_work, _errand: Wind) -> None: ...

    with pytest.raises(ValueError, match="done by"):
        later.enlist(later.Task("other", Wind, frozenset(), other))
