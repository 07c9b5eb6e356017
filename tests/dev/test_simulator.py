"""Simulator: the hospital stays in order while it moves, and gives way to people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from domain.access import Permission
from domain.encounters import Disposition
from realtime.topics import Topic
from tests.settling import PATIENCE, settled
from tests.stations import Running, Sign, settings_for
from ward import clock
from ward.adt.discharge import gone
from ward.adt.transfer import transfer
from ward.beds.block import block
from ward.beds.models import BedReason
from ward.beds.service import finish_clean
from ward.config import Settings
from ward.dev.admissions import admit_cast
from ward.dev.people import enter, everybody
from ward.dev.simulator.day import SEED, Simulator, choose
from ward.dev.simulator.hospital import Floor, Hospital, Spot
from ward.dev.simulator.look import look, marks_of
from ward.dev.simulator.pace import STEP, Pace
from ward.invariants import examine
from ward.node import Node, open_node
from ward.security.actors import System
from ward.work import work_as

LYING = pytest.mark.begins(fill=admit_cast)
SOMEBODY = System("test:person", frozenset(Permission))

GAPS = """
SELECT count(*) FROM (
  SELECT ended_at, lead(started_at) OVER (PARTITION BY encounter_id ORDER BY started_at, id) AS next
  FROM stay WHERE voided_at IS NULL
) AS run WHERE next IS NOT NULL AND ended_at IS DISTINCT FROM next
"""


@pytest.fixture
def later() -> Callable[[float], None]:
    """Let the clock of this process run ahead; it is right again after the test."""

    def go(seconds: float) -> None:
        clock.shift(clock.offset() + timedelta(seconds=seconds))

    yield go
    clock.shift(timedelta(0))


@asynccontextmanager
async def opened(choice: Settings) -> AsyncIterator[Node]:
    """Open a node that is to simulate."""
    node = await open_node(choice)
    node.parts = frozenset({"simulator"})
    try:
        yield node
    finally:
        await node.close()


@pytest.fixture
def busy(database, stores) -> Settings:
    """The settings of a node that simulates as fast as it may."""
    return settings_for(database, stores, simulator="60")


async def scalar(node: Node, sql: str) -> int:
    async with node.aside.connect() as connection:
        return int(await connection.scalar(text(sql)) or 0)


async def seen(node: Node) -> Hospital:
    return await look(node, marks_of(node))


async def floor_of(node: Node, code: str) -> Floor:
    return next(floor for floor in (await seen(node)).floors if floor.code == code)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(2 * PATIENCE):
        while not done():  # noqa: ASYNC110 - the simulator tells nobody
            await asyncio.sleep(0.1)


@LYING
async def test_an_hour_of_the_hospital_leaves_everything_in_order(node: Node, later) -> None:
    simulator = Simulator(node)
    for _ in range(200):
        later(STEP)
        await simulator.step()
        await settled(node)  # what follows from a step is no other hand that is quicker
    broken = {one.sentence: one.violations for one in await examine(node) if one.violations}
    assert broken == {}
    assert await scalar(node, GAPS) == 0
    for floor in (await seen(node)).floors:
        assert floor.low <= floor.taken <= floor.high, floor.code
    codes = {"admit", "discharge", "request", "accept", "transfer", "finish_clean"}
    assert {f"simulator.{code}" for code in codes} <= set(simulator.done)
    assert simulator.refused == 0
    moved = await scalar(node, "SELECT count(*) FROM bed_change WHERE actor_name = 'job:simulator'")
    assert moved > 100


@LYING
async def test_those_in_the_pictures_stay_where_they_are(node: Node, later) -> None:
    where = {one.mrn: one.bed for one in everybody() if one.stays}
    simulator = Simulator(node)
    for _ in range(60):
        later(STEP * 20)
        await simulator.step()
    marks = marks_of(node)
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT p.mrn_hash, w.code || '-' || b.label FROM stay s"
                " JOIN patient p ON p.id = s.patient_id JOIN bed b ON b.id = s.bed_id"
                " JOIN ward w ON w.id = b.ward_id WHERE s.ended_at IS NULL"
            )
        )
        now = {marks[bytes(row[0])].mrn: row[1] for row in rows}
    assert {mrn: now.get(mrn) for mrn in where} == where


@LYING
async def test_the_same_dice_give_the_same_day(node: Node, later) -> None:
    later(3600)
    hospital = await seen(node)
    first, second = Random(SEED), Random(SEED)
    for _ in range(20):
        one, other = (choose(hospital, dice, Pace(1)) for dice in (first, second))
        assert one
        assert other
        assert one.code == other.code


@LYING
async def test_a_bed_that_somebody_just_used_is_theirs_for_a_minute(node: Node, later) -> None:
    east = await floor_of(node, "6E")
    cleaned, left = spot(east, "16"), spot(east, "24")
    assert left.occupant
    async with work_as(node, SOMEBODY, "test") as work:
        await finish_clean(work, cleaned.bed)
        await gone(work, left.occupant.encounter, Disposition.HOME)
    east = await floor_of(node, "6E")
    assert spot(east, "16").theirs
    assert not spot(east, "16").ready
    assert spot(east, "24").theirs
    later(61)
    east = await floor_of(node, "6E")
    assert spot(east, "16").ready
    assert not spot(east, "24").theirs


@LYING
async def test_a_patient_whom_somebody_just_moved_is_let_alone(node: Node, later) -> None:
    east = await floor_of(node, "6E")
    moved, to = spot(east, "02").occupant, spot(east, "04")
    assert moved
    async with work_as(node, SOMEBODY, "test") as work:
        await transfer(work, moved.encounter, to.bed)
    assert spot(await floor_of(node, "6E"), "04").movable is None
    later(61)
    assert spot(await floor_of(node, "6E"), "04").movable


@LYING
async def test_a_block_that_somebody_set_is_never_lifted(node: Node, later) -> None:
    east = await floor_of(node, "6E")
    async with work_as(node, SOMEBODY, "test") as work:
        await block(work, spot(east, "04").bed, BedReason.STAFFING)
    simulator = Simulator(node)
    for _ in range(40):
        later(600)
        await simulator.step()
    assert spot(await floor_of(node, "6E"), "04").blocked


async def test_patients_of_others_are_never_touched(node: Node, later) -> None:
    hospital = await seen(node)
    stranger = replace(
        everybody()[0], mrn="70009001", family="Quillfeather", allergies="", stays=False
    )
    async with work_as(node, SOMEBODY, "test") as work:
        await enter(work, stranger)
    simulator = Simulator(node)
    for _ in range(40):
        later(120)
        await simulator.step()
    assert hospital.outside == ()
    assert await scalar(node, "SELECT count(*) FROM patient") > 1
    assert (
        await scalar(
            node,
            "SELECT count(*) FROM encounter WHERE patient_id ="
            " (SELECT id FROM patient ORDER BY registered_at LIMIT 1)",
        )
        == 0
    )


@LYING
async def test_somebody_quicker_costs_only_that_step(node: Node, later) -> None:
    one, other = Simulator(node), Simulator(node)  # the same dice: they want the same
    for _ in range(10):
        later(STEP * 5)
        await asyncio.gather(one.step(), other.step())
    assert one.refused + other.refused >= 3
    assert sum(one.done.values()) + sum(other.done.values()) >= 10
    assert [found.violations for found in await examine(node) if found.violations] == []


@LYING
async def test_a_station_sees_the_ward_move(ward: Running, sign: Sign, busy: Settings) -> None:
    nurse = await sign("nurse")
    east = (await floor_of(ward.node, "6E")).ward
    ward.node.settings, ward.node.parts = busy, frozenset({"simulator"})
    simulator = Simulator(ward.node)
    async with nurse.watch(Topic("beds", east)) as screen:
        await simulator.start()
        frames = [await screen.next() for _ in range(3)]
        await simulator.stop()
    assert len({one.message["r"] for one in frames}) == 3


async def test_of_two_nodes_one_simulates_and_the_other_follows(busy: Settings) -> None:
    async with opened(busy) as one, opened(busy) as other:
        first, second = Simulator(one), Simulator(other)
        await first.start()
        await until(lambda: first.leads)
        await second.start()
        await asyncio.sleep(0.5)
        assert not second.leads
        await first.stop()
        await until(lambda: second.leads)
        assert not first.leads
        await second.stop()


@LYING
async def test_a_lost_connection_is_waited_for(busy: Settings, database) -> None:
    async with opened(busy) as node:
        simulator = Simulator(node)
        await simulator.start()
        await until(lambda: simulator.leads)
        async with node.aside.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                )
            )
        done = sum(simulator.done.values())
        await until(lambda: sum(simulator.done.values()) >= done + 3)
        await simulator.stop()


async def test_it_runs_only_where_it_is_asked_for(settings: Settings, busy: Settings) -> None:
    async with opened(settings) as off, opened(busy) as elsewhere:
        elsewhere.parts = frozenset({"mllp"})
        for node in (off, elsewhere):
            simulator = Simulator(node)
            await simulator.start()
            await asyncio.sleep(0.2)
            assert not simulator.leads
            await simulator.stop()


def spot(floor: Floor, label: str) -> Spot:
    return next(one for one in floor.spots if one.label == label)
