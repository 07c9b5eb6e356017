"""Scheduling: a day of twelve resources with forty appointments each, opened and drawn anew."""

import asyncio
import time as watch
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from bench.board import _each_second
from bench.chart import Cost, forget
from bench.client import Client
from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.patients import BENCH, person
from bench.writer import writing
from domain.access import Permission
from domain.appointment_codes import AppointmentType
from domain.appointments import AppointmentStatus
from realtime.topics import Topic
from ward import live
from ward.db import new_id
from ward.dev.cast import ZONE
from ward.node import Node
from ward.patients.person import Number
from ward.patients.register import register
from ward.scheduling.clinics import Hours, HoursKind, Resource, ResourceKind, VisitType
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.events import AppointmentAmended, day_of
from ward.scheduling.models import Appointment, Reservation
from ward.work import Work, work_as

RESOURCES, EACH, LONG = 12, 40, timedelta(minutes=15)
DRAWN, OPENED, WARM = 40, 60, 5
SET, BOOK = Permission.SET_SCHEDULE, Permission.BOOK_APPOINTMENT
BAR = "p95 < 100 ms"


def measure(place: Hospital) -> list[Figure]:
    """Fill a day, then open it from 64 stations, after each change, and draw it from nothing."""
    with serving(place) as node:
        return asyncio.run(_measure(place, node))


async def _measure(place: Hospital, node: Serving) -> list[Figure]:
    figures = list[Figure]()
    async with writing(place) as writer:
        ward = await _clinic(writer)
        days = await _fill(writer, ward)
        cookies = cookie(node.url, "reception")
        for name, day, booked in days:
            topic = Topic("calendar", day_of(ward, day))
            path = f"/clinics/{ward}/calendar?day={day}"
            again, size = await _opened(node, cookies, path)
            changed = await _after_changes(writer, node, cookies, path, (ward, day, booked))
            drawn = await Cost().of(lambda topic=topic: _draw(writer, topic), DRAWN)  # type: ignore[misc]
            figures += [
                Figure(f"{name} ({size} KB), opened, with audit", spread(again), BAR),
                Figure("the same, right after a change of it", spread(changed), BAR),
                Figure("the same, drawn from nothing", drawn.told),
            ]
        name, day, _ = days[-1]
        path = f"/clinics/{ward}/calendar?day={day}"
        await _each_second(node, cookies, path, 3)  # warm
        told = await _each_second(node, cookies, path, 12)
        figures.append(Figure(f"{name}, 64 stations, one a second each", spread(told), BAR))
    return figures


async def _opened(node: Serving, cookies: str, path: str) -> tuple[list[float], int]:
    client, times, size = Client(node.port, cookies), list[float](), 0
    for number in range(OPENED + WARM):
        status, body, took = await client.get(path)
        assert status == 200, status
        size = len(body) // 1024
        if number >= WARM:
            times.append(took)
    await client.close()
    return times, size


async def _after_changes(
    writer: Node,
    node: Serving,
    cookies: str,
    path: str,
    what: tuple[UUID, date, list[tuple[UUID, UUID]]],
) -> list[float]:
    """Open the page each time when something on it has just changed: it must be drawn anew."""
    ward, day, booked = what
    client, times = Client(node.port, cookies), list[float]()
    for number in range(OPENED + WARM):
        appointment, patient = booked[number * 7 % len(booked)]
        async with work_as(writer, BENCH, "bench.amend") as work:
            row = await work.access(Appointment, appointment, BOOK, lock=True)
            row.confirmed_at = work.now if row.confirmed_at is None else None
            work.record(AppointmentAmended((day_of(ward, day),), appointment, patient, ward))
        begun = watch.perf_counter()
        status, body, _ = await client.get(path)
        took = watch.perf_counter() - begun
        assert status == 200, status
        assert body.count(b'class="ap ') >= len(booked), "the day is not full"
        if number >= WARM:
            times.append(took)
    await client.close()
    return times


async def _draw(node: Node, topic: Topic) -> None:
    forget(node)
    await live.draw(node, topic, frozenset({"full.en"}))


async def _clinic(node: Node) -> UUID:
    async with node.aside.connect() as connection:
        found = await connection.scalar(text("SELECT id FROM ward WHERE label = 'Outpatients'"))
    assert isinstance(found, UUID)
    return found


Filled = tuple[str, date, list[tuple[UUID, UUID]]]


async def _fill(node: Node, ward: UUID) -> list[Filled]:
    """Open twelve columns from eight to six; fill one day to the last slot, one as days are."""
    async with work_as(node, BENCH, "bench.clinic") as work:
        today = work.now.astimezone(ZoneInfo(ZONE)).date()
        columns = [await _column(work, ward, nth) for nth in range(RESOURCES)]
        visit = VisitType(
            id=new_id(), ward_id=ward, label="Bench", kind=AppointmentType.ROUTINE, minutes=15
        )
        work.add(visit, SET)
    days = [today + timedelta(days=1), today + timedelta(days=2)]
    full, usual = list[tuple[UUID, UUID]](), list[tuple[UUID, UUID]]()
    for number in range(RESOURCES * EACH):
        where = [columns[number // EACH]]
        at = _begin(days[0]) + number % EACH * LONG
        async with work_as(node, BENCH, "bench.book") as work:
            full.append(await _book(work, ward, visit.id, where, (at, number)))
    for number in range(EACH):
        where = columns[number % 4 * 3 : number % 4 * 3 + 3]
        at = _begin(days[1]) + number // 4 * 2 * LONG
        async with work_as(node, BENCH, "bench.book") as work:
            usual.append(await _book(work, ward, visit.id, where, (at, 1000 + number)))
    return [
        (f"day of {RESOURCES} columns with {EACH} appointments each", days[0], full),
        (f"day of {RESOURCES} columns, {EACH} appointments in three of them each", days[1], usual),
    ]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(8), ZoneInfo(ZONE)).astimezone(UTC)


async def _column(work: Work, ward: UUID, nth: int) -> UUID:
    row = Resource(id=new_id(), ward_id=ward, kind=ResourceKind.CLINICIAN, position=nth)
    await work.seal(row, label=f"Dr Bench {nth}")
    work.add(row, SET)
    await work.flush()
    for weekday in range(7):
        for kind, opens, closes in (
            (HoursKind.OPEN, time(8), time(18)),
            (HoursKind.BREAK, time(18), time(18, 30)),
        ):
            line = Hours(
                id=new_id(), resource_id=row.id, ward_id=ward, kind=kind, weekday=weekday,
                opens=opens, closes=closes, since=work.now.date() - timedelta(days=7),
            )  # fmt: skip
            work.add(line, SET)
    return row.id


async def _book(
    work: Work, ward: UUID, visit: UUID, columns: list[UUID], at: tuple[datetime, int]
) -> tuple[UUID, UUID]:
    start, number = at
    somebody = replace(person(number % 90), numbers=(Number(f"{4_500_000 + number:07}"),))
    patient = await register(work, somebody)
    row = Appointment(
        id=new_id(), patient_id=patient.id, ward_id=ward, visit_type_id=visit,
        status=AppointmentStatus.BOOKED, starts_at=start, ends_at=start + LONG,
        wall=start.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M"), booked_at=work.now,
        booked_as="bench", moved_at=work.now,
    )  # fmt: skip
    await work.seal(row, detail=AppointmentDetail())
    work.add(row, BOOK)
    await work.flush()
    taken = [
        {
            "id": new_id(), "version": 1, "resource_id": column, "ward_id": ward, "lane": 0,
            "appointment_id": row.id, "starts_at": start, "ends_at": start + LONG,
            "overbooked": False,
        }
        for column in columns
    ]  # fmt: skip
    await (await work.connection()).execute(insert(Reservation).values(taken))
    return row.id, patient.id
