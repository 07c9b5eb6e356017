"""Visiting: the demo's clinics have a day, give way to people, and never fill up."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from domain.access import Permission
from domain.appointments import BLOCKING, AppointmentStatus
from domain.queues import TicketState
from tests.dev.test_simulator import later  # noqa: F401 - a fixture
from ward import clock
from ward.arrivals import call
from ward.arrivals.arrive import arrive
from ward.arrivals.models import Ticket
from ward.dev.cast import ZONE
from ward.dev.clinics import PLANS, found_clinics
from ward.dev.outpatients import SMITHSON, visitors
from ward.dev.simulator import desk, waiting_room
from ward.dev.simulator.clinic_day import ClinicDay, look
from ward.dev.simulator.pace import Pace
from ward.dev.simulator.visiting import Visiting
from ward.invariants import examine
from ward.node import Node
from ward.patients.intake import of_mrn
from ward.patients.register import register
from ward.scheduling.book import book
from ward.scheduling.find import Looked, openings_for
from ward.scheduling.models import Appointment
from ward.security.actors import System
from ward.security.models import User
from ward.work import work_as

LONDON = ZoneInfo(ZONE)
SOMEBODY = System("test:person", frozenset(Permission))
HERE = PLANS[:1]
COMING, TOGETHER = 10, 2
TOMORROW = datetime.now(LONDON).date() + timedelta(days=1)  # nothing of it has begun


def at(hour: int, minute: int = 0, *, days: int = 0) -> None:
    """Let it be this time of tomorrow, or of a day after."""
    wall = datetime.combine(TOMORROW + timedelta(days=days), time(hour, minute), LONDON)
    clock.shift(wall.astimezone(UTC) - datetime.now(UTC))


@pytest.fixture
async def clinics(node: Node, later) -> Node:  # noqa: F811 - the fixture
    """The clinics of the demo at half past seven, with their visitors, and nothing booked."""
    del later  # the clock is right again afterwards
    at(7, 30)
    await found_clinics(node)
    everybody = [one.person for one in visitors()]
    for some in zip(*[iter(everybody)] * TOGETHER, strict=False):
        async with work_as(node, SOMEBODY, "test") as work:
            for one in some:
                await register(work, one)
    return node


def punctual(monkeypatch) -> None:
    """Leave nothing to the dice: everybody comes at their time, and visits take twice as long."""
    for name, value in (
        ("EARLIEST", 0.0), ("LATEST", 0.0), ("STAYS_AWAY", 0.0), ("GIVES_UP", 0.0),
        ("RUNS", (1.5, 1.5)), ("EACH", (1.3, 1.3)),
    ):  # fmt: skip
        monkeypatch.setattr(waiting_room, name, value)


async def seen(node: Node) -> ClinicDay:
    day = await look(node, HERE[0])
    assert day is not None
    return day


async def fill(node: Node, count: int = COMING) -> None:
    """Book so many for today, as the desk of the story does."""
    dice = Random(1)
    for _ in range(count):
        day = await seen(node)
        deed = desk.booked(day, dice)
        assert deed is not None
        async with work_as(node, SOMEBODY, "test.book") as work:
            await deed.do(work)


async def go_on(visiting: Visiting, by: timedelta) -> None:
    """Let time pass, and everything happen that is due."""
    clock.shift(clock.offset() + by)
    for _ in range(60):
        if not await visiting.step():
            return
    raise AssertionError("it never comes to rest")


async def counted(node: Node, table: str, column: str) -> dict[str, int]:
    async with node.aside.connect() as connection:
        rows = await connection.execute(text(f"SELECT {column}, count(*) FROM {table} GROUP BY 1"))
        return {row[0]: row[1] for row in rows}


async def test_a_day_in_a_clinic(clinics: Node, monkeypatch) -> None:
    """Everybody who came has gone home in the evening, and somebody waited beyond their time."""
    at(12, 45)
    punctual(monkeypatch)
    monkeypatch.setattr(desk, "AHEAD", 1)
    await fill(clinics)
    monkeypatch.setattr(desk, "AHEAD", 2)
    monkeypatch.setattr(desk, "FULL", 1)
    visiting = Visiting(clinics, Pace(1), HERE)
    late = 0
    for _ in range(24):  # until a quarter to seven
        await go_on(visiting, timedelta(minutes=15))
        day = await seen(clinics)
        late += any(row.starts_at < day.now for _, row in day.waiting(TicketState.WAITING))
    done = visiting.done
    assert {"arrive", "call", "enter", "finish", "book", "walk_in", "keep", "cancel"} <= set(done)
    tickets = await counted(clinics, "ticket", "state")
    assert tickets["done"] > COMING // 2
    assert set(tickets) <= {"done", "left"}
    assert late
    assert [one.sentence for one in await examine(clinics) if one.violations] == []


async def test_a_demo_that_is_left_open_never_fills_up(clinics: Node, monkeypatch) -> None:
    """Three days, as fast as it goes: each of them has at most what the story allows."""
    punctual(monkeypatch)
    for name in ("FULL", "WALK_INS", "CANCELLED"):
        monkeypatch.setattr(desk, name, 1)
    visiting = Visiting(clinics, Pace(60), HERE)
    for _ in range(24):
        await go_on(visiting, timedelta(hours=3))
    day = await seen(clinics)
    booked = Counter(day.day_of(row) for row in day.rows if row.status in BLOCKING)
    assert max(booked.values()) <= len(day.columns()) + 2  # who walked in, and one half made
    gone = [row for row in day.rows if row.status is AppointmentStatus.CANCELLED]
    coming = Counter(day.day_of(row) for row in gone if row.starts_at > day.now)
    assert max(coming.values(), default=0) <= 1
    assert visiting.done["book"] > 10
    walked = sum(one.walked_in for one in day.tickets.values() if one.on_day == day.today)
    assert walked <= 1
    assert {one.on_day for one in day.tickets.values() if one.state in waiting_room.OPEN} <= {
        day.today
    }


async def test_what_a_person_booked_is_theirs(clinics: Node, monkeypatch) -> None:
    monkeypatch.setattr(desk, "AHEAD", 1)
    await fill(clinics, 2)
    async with work_as(clinics, SOMEBODY, "test") as work:
        (mary,) = await work.every(
            select(User).where(User.username == "reception"), Permission.MANAGE_USERS
        )
        rows = await work.every(select(Appointment), Permission.BOOK_APPOINTMENT)
        for row in rows:
            row.booked_by = mary.id
    at(18)
    day = await seen(clinics)
    assert len(day.rows) == 2
    assert list(waiting_room.deeds(day, Pace(60))) == []
    assert desk.cancelled(day, Random(1)) is None


async def test_only_its_own_visitors_are_touched(clinics: Node) -> None:
    """Not the sign-in `patient`, whose own page moves what they have, and nobody else."""
    day = await seen(clinics)
    assert len(day.visitors) == len(visitors()) - 1
    kind = next(one for one in day.visits.values() if one.row.label == "Nurse visit")
    async with work_as(clinics, SOMEBODY, "test") as work:
        theirs = await of_mrn(work, SMITHSON)
        assert theirs is not None
        looked = Looked(
            ward_id=day.ward.id, visit=kind, since=day.now, until=day.now + timedelta(hours=9)
        )
        (opening,) = await openings_for(work, looked, 1)
        await book(work, desk.Wanted(day, theirs.id, kind, opening.span).booking(opening))
    at(12)
    assert list(waiting_room.deeds(await seen(clinics), Pace(1))) == []


async def test_what_somebody_just_pressed_is_left_alone_for_a_minute(
    clinics: Node, monkeypatch
) -> None:
    monkeypatch.setattr(desk, "AHEAD", 1)
    await fill(clinics, 1)
    (row,) = (await seen(clinics)).rows
    clock.shift(row.starts_at - datetime.now(UTC))
    async with work_as(clinics, SOMEBODY, "test") as work:
        ticket = await arrive(work, row.id, seen=None)
    assert list(waiting_room.deeds(await seen(clinics), Pace(60))) == []
    clock.shift(clock.offset() + timedelta(seconds=61))
    assert codes(await seen(clinics)) == ["call"]
    async with work_as(clinics, SOMEBODY, "test") as work:
        await call.call(work, ticket.id, None, seen=None)
    assert codes(await seen(clinics)) == []
    clock.shift(clock.offset() + timedelta(seconds=61))
    assert codes(await seen(clinics)) == ["enter"]


def codes(day: ClinicDay) -> list[str]:
    return [one.code for one in waiting_room.deeds(day, Pace(60))]


async def test_what_an_earlier_day_left_is_cleared(clinics: Node, monkeypatch) -> None:
    """The demo was off overnight: nobody waits for ever, and who did not come is said so."""
    monkeypatch.setattr(desk, "AHEAD", 1)
    await fill(clinics, 2)
    first, second = (await seen(clinics)).rows
    clock.shift(first.starts_at - datetime.now(UTC))
    async with work_as(clinics, SOMEBODY, "test") as work:
        await arrive(work, first.id, seen=None)
    at(7, days=1)
    visiting = Visiting(clinics, Pace(1), HERE)
    for _ in range(2):
        await visiting.step()
    async with work_as(clinics, SOMEBODY, "test") as work:
        (ticket,) = await work.every(select(Ticket), Permission.VIEW_QUEUE)
        missed = await work.access(Appointment, second.id, Permission.VIEW_APPOINTMENTS)
    assert ticket.state is TicketState.LEFT
    assert missed.status is AppointmentStatus.NO_SHOW


async def test_a_half_made_booking_is_seen_and_then_made(clinics: Node) -> None:
    visiting = Visiting(clinics, Pace(60), HERE)
    holds = "SELECT count(*) FROM hold WHERE ended_at IS NULL AND user_id IS NOT NULL"
    async with clinics.aside.connect() as connection:
        for _ in range(40):
            await go_on(visiting, timedelta(seconds=15))
            if await connection.scalar(text(holds)):
                break
        assert await connection.scalar(text(holds)) == 1
        before = visiting.done["book"]
        await go_on(visiting, timedelta(minutes=1))
        assert visiting.done["book"] > before
        assert visiting.done["refused"] == 0
