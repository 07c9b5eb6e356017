"""Stores that die, freeze and return: screens heal, nothing told is lost, nothing shown untold."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.chaos.balancer import balancing
from tests.chaos.hospital import NIGHTLY, Hospital
from tests.chaos.test_two_nodes import SOON, board, reserve
from tests.chaos.witness import Notes, Station, answered, converged, station
from tests.settling import crowding

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
ROUNDS = 20 if NIGHTLY else 1


@pytest.fixture
def redis(place: Hospital):
    assert place.stores.redis is not None
    return place.stores.redis


@pytest.fixture
def postgres(place: Hospital):
    assert place.stores.postgres is not None
    return place.stores.postgres


async def test_without_redis_a_change_is_seen_within_about_a_second(
    place: Hospital, notes: Notes, redis
) -> None:
    path, topic = board(place)
    a, b = place.nodes
    async with (
        station(place, notes, "charge", a.url) as charge,
        station(place, notes, "nurse", b.url) as nurse,
        nurse.watching(path, topic),
    ):
        redis.kill()
        await nurse.until(await reserve(place, charge, "killed"), SOON * crowding())
        redis.start()
        await nurse.until(await reserve(place, charge, "back"), SOON * crowding())
        os.kill(redis.pid, signal.SIGSTOP)
        try:
            await nurse.until(await reserve(place, charge, "frozen"), SOON * crowding())
        finally:
            os.kill(redis.pid, signal.SIGCONT)
        await nurse.until(await reserve(place, charge, "thawed"), SOON * crowding())
        await converged([nurse], path)
        assert nurse.connected == 1
    assert await place.check(notes.lines) == []


class Load:
    """Stations that open pages, and one that keeps a bed and gives it back, again and again."""

    def __init__(self, place: Hospital, notes: Notes) -> None:
        self.place, self.notes = place, notes
        self.pages = self.changes = 0
        self.bed = UUID(int=0)
        self.tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def on(self, readers: list[Station], writer: Station) -> AsyncIterator["Load"]:
        """Work for the length of the block."""
        self.bed, _ = await self.place.free_bed()
        self.tasks = tasks = [asyncio.create_task(self._read(one)) for one in readers]
        tasks.append(asyncio.create_task(self._write(writer)))
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert [one for one in done if not isinstance(one, asyncio.CancelledError)] == []

    async def _read(self, one: Station) -> None:
        path, _ = board(self.place)
        while True:
            patient = random.choice(self.place.lying)
            for page, code in ((path, "beds.board"), (f"/patients/{patient}", "patients.chart")):
                with contextlib.suppress(httpx.HTTPError):
                    answer = await one.get(page, code)
                    assert answer.status_code in {200, 503}, answer.text
                    self.pages += answer.status_code == 200
                await asyncio.sleep(0.01)

    async def _write(self, one: Station) -> None:
        while True:
            for verb in ("reserve", "release"):
                version = await self._version()
                answer = await one.press(f"/beds/{self.bed}/{verb}", version=version)
                assert answer.status_code == 200, answer.text
                self.changes += 1

    async def _version(self) -> int:
        while True:
            with contextlib.suppress(*AWAY):
                return await self.place.version("bed", self.bed)
            await asyncio.sleep(0.05)

    async def until(self, pages: int = 10, changes: int = 4) -> None:
        """Wait until this much more was done."""
        pages, changes = self.pages + pages, self.changes + changes
        async with asyncio.timeout(90):
            while self.pages < pages or self.changes < changes:
                for task in self.tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.01)

    async def effects(self) -> int:
        """Count what was done to the bed."""
        sql = "SELECT count(*) FROM bed_change WHERE bed_id = $1"
        return int((await self.place.rows(sql, self.bed))[0][0])


@asynccontextmanager
async def loaded(place: Hospital, notes: Notes) -> AsyncIterator[tuple[Load, Station]]:
    """Put the hospital under load through a balancer, with one screen watched."""
    path, topic = board(place)
    ports = [node.port for node in place.nodes]
    async with (
        balancing(ports) as balancer,
        station(place, notes, "nurse", balancer.url) as first,
        station(place, notes, "doctor", balancer.url) as second,
        station(place, notes, "nurse2", balancer.url) as watcher,
        station(place, notes, "charge", balancer.url) as charge,
        watcher.watching(path, topic),
    ):
        load = Load(place, notes)
        async with load.on([first, second], charge):
            await load.until()
            yield load, watcher
            await load.until()
        done = await load.effects()
        assert load.changes <= done <= load.changes + 1  # one may have been under way at the end
        await converged([watcher], path)


async def test_postgresql_dies_under_load(place: Hospital, notes: Notes, postgres) -> None:
    async with loaded(place, notes) as (load, _watcher):
        for _ in range(ROUNDS):
            postgres.kill()
            await asyncio.sleep(0.3)  # let the load run against nothing
            postgres.start()  # in the main thread, with which it ends
            await load.until()
    assert await place.check(notes.lines) == []


async def test_redis_dies_under_load(place: Hospital, notes: Notes, redis) -> None:
    async with loaded(place, notes) as (load, _watcher):
        for _ in range(ROUNDS):
            redis.kill()
            await load.until()
            redis.start()
            await load.until()
    assert await place.check(notes.lines) == []


async def test_nodes_die_under_load(place: Hospital, notes: Notes, tmp_path) -> None:
    async with loaded(place, notes) as (load, _watcher):
        for number in range(2 * ROUNDS):
            victim = place.nodes[number % 2]
            victim.kill()
            await load.until()
            victim.start()  # in the main thread, with which it ends
            await asyncio.to_thread(victim.ready)
            await load.until()
    assert await place.check(notes.lines) == []
    witness = tmp_path / "witness.jsonl"
    witness.write_text(notes.file(), "utf-8")
    said, status = await _ward_check(place, str(witness))
    assert status == 0, said
    witness.write_text(notes.file() + '{"saved": "beds/none", "rev": 1}\n', "utf-8")
    said, status = await _ward_check(place, str(witness))
    assert status != 0
    assert "beds/none was acknowledged at 1" in said


async def _ward_check(place: Hospital, witness: str) -> tuple[str, int]:
    environ = os.environ | place.environ | {"COLUMNS": "200"}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ward", "check"),
        "--witness",
        witness,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    return said.decode(), running.returncode or 0


async def test_a_command_repeated_through_an_outage_has_one_effect(
    place: Hospital, notes: Notes, postgres
) -> None:
    bed, version = await place.free_bed()
    path = f"/beds/{bed}/reserve"
    async with station(place, notes, "charge") as charge:
        key = str(uuid4())
        first = await charge.post(path, key=key, version=version)
        postgres.kill()
        away = await charge.post(path, key=key, version=version)
        assert away.status_code == 503
        assert "cannot reach its database" in away.text
        postgres.start()
        again = await charge.press(path, version=version)  # another key: the bed is taken
        assert again.status_code == 409
        same = await charge.press(path, key=key, version=version)
    assert (first.status_code, same.status_code) == (200, 200)
    assert same.text == first.text
    done = await place.rows("SELECT count(*) FROM bed_change WHERE bed_id = $1", bed)
    assert done[0][0] == 1


@asynccontextmanager
async def taking_no_rows(place: Hospital) -> AsyncIterator[None]:
    """Hold the table of the trail: it can be read, and takes nothing."""
    connection = await asyncpg.connect(place.stores.owner_url.replace("+asyncpg", ""))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def test_looks_go_to_the_second_device_and_a_killed_node_loses_none(
    place: Hospital, notes: Notes
) -> None:
    path, _ = board(place)
    node = place.nodes[0]
    async with station(place, notes, "nurse", node.url) as nurse:
        async with taking_no_rows(place):
            for patient in place.lying[:3]:
                answer = await nurse.get(f"/patients/{patient}", "patients.chart")
                assert answer.status_code == 200
            assert place.spooled() >= 3
            node.kill()
        assert place.spooled() >= 3
        node.start()
        await asyncio.to_thread(node.ready)
        assert place.spooled() == 0  # taken in before anybody is served
        assert (await answered(lambda: nurse.get(path))).status_code == 200
    assert await place.check(notes.lines) == []


async def test_a_look_that_neither_device_takes_shows_nothing(
    place: Hospital, notes: Notes
) -> None:
    path, _ = board(place)
    async with station(place, notes, "nurse") as nurse:
        before = await nurse.get(path)
        assert any(name in before.text for name in place.people.values())
        with place.no_second_device():
            async with taking_no_rows(place):
                for look in (path, f"/patients/{place.lying[0]}", f"/live/beds/{place.ward_id}"):
                    answer = await nurse.get(look)
                    assert answer.status_code == 503, look
                    assert not any(name in answer.text.upper() for name in place.people.values())
                    assert str(place.lying[0]) not in answer.text
                    assert "could not be recorded" in answer.text
        assert (await answered(lambda: nurse.get(path))).status_code == 200
    assert await place.check(notes.lines) == []
