"""Jobs: they commit with their cause, run once, again when they fail, and wait for their time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from domain.access import Permission
from realtime.events import Event
from realtime.topics import Topic
from tests.settling import PATIENCE, somebody_waits
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


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - it is a list that grows
            await asyncio.sleep(0.01)


async def nothing_waits(node) -> None:
    """Wait for the commit of what was done: until then its row stands there for everybody else."""
    async with asyncio.timeout(PATIENCE):
        while await waiting(node):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.01)


@pytest.fixture
def only_when_told(monkeypatch):
    """A node whose hands look by themselves once in a long while: a poke alone wakes them."""
    monkeypatch.setattr(jobs, "TICK", 10 * PATIENCE)


async def waiting(node) -> int:
    async with node.aside.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(Job))).scalar_one()


async def test_a_reaction_follows_its_fact_at_once_and_leaves_nothing(only_when_told, node) -> None:
    toy = uuid4()
    async with work_as(node, CLERK, "test") as work:
        work.record(Toy(toy))
    await until(lambda: done == [("play", toy)])
    await nothing_waits(node)
    assert done == [("play", toy)]


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
    await nothing_waits(node)
    assert done == [("wind", toy)]


async def test_two_who_ask_for_the_same_errands_never_wait_for_each_other(node) -> None:
    first, second = sorted((uuid4(), uuid4()), key=str)
    at = clock.now() + timedelta(hours=1)

    async def asks(*toys: UUID) -> None:
        async with work_as(node, CLERK, "test") as work:
            for toy in toys:
                work.later(Wind(toy), at)

    async with node.aside.begin() as holder:
        await _write(node, holder, first, at)
        waiting_too = asyncio.create_task(asks(second, first))
        await somebody_waits(node)
        await _write(node, holder, second, at)
    await waiting_too
    assert await waiting(node) == 2


async def _write(node, connection, toy: UUID, at) -> None:
    asked = later.follow(uuid4(), clock.now(), (), [(Wind(toy), at)])
    said = later.beside(asked, node.settings)
    await connection.execute(text(said.sql), said.values)


async def test_twenty_nodes_at_one_job_do_it_once(node) -> None:
    toy = uuid4()
    async with work_as(node, CLERK, "test") as work:
        work.later(Wind(toy), work.now + timedelta(hours=1))
    async with node.aside.connect() as connection:
        job = (await connection.execute(select(Job.id))).scalar_one()
    settled = await asyncio.gather(*(jobs.do(node, job) for _ in range(20)))
    assert (sum(settled), done) == (1, [("wind", toy)])


async def test_what_fails_is_tried_again_then_parked_for_a_person(node) -> None:
    trouble.extend(range(1_000))  # two hands may try at once what counts as one try
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


async def test_a_try_that_fails_late_takes_no_job_back_from_the_person(node) -> None:
    trouble.extend(range(1_000))
    async with work_as(node, CLERK, "test") as work:
        work.later(Wind(uuid4()), work.now + timedelta(hours=1))
    async with node.aside.connect() as connection:
        key = (await connection.execute(select(Job.id))).scalar_one()
    late = await jobs._look(node, key)
    while not (job := await jobs._look(node, key)).attempts > len(jobs.PAUSES):
        await jobs._failed(node, job, RuntimeError())
    await jobs._failed(node, late, ValueError())  # by hands that looked before all others
    async with node.aside.connect() as connection:
        row = (await connection.execute(select(Job.attempts, Job.error, Job.parked_at))).one()
    assert (row.attempts, row.error) == (6, "RuntimeError")
    assert row.parked_at is not None


def test_two_functions_cannot_take_one_errand() -> None:
    async def other(_work, _errand: Wind) -> None: ...

    with pytest.raises(ValueError, match="done by"):
        later.enlist(later.Task("other", Wind, frozenset(), other))
