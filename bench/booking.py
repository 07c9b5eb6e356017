"""Booking: from one desk to the other's calendar, openings for many at once, a hundred presses."""

import asyncio
import time as watch
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
from playwright.async_api import Page, async_playwright
from sqlalchemy import insert, text

from bench.bedside import DESK, seat
from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.patients import BENCH, person
from bench.writer import writing
from domain.access import Permission
from domain.appointment_codes import AppointmentType
from tools.chromium import FLAGS, find
from ward.db import new_id
from ward.dev.cast import ZONE
from ward.node import Node
from ward.patients.person import Number
from ward.patients.register import register
from ward.scheduling.clinics import Hours, HoursKind, Resource, ResourceKind, VisitNeed, VisitType
from ward.scheduling.find import Looked, openings_for
from ward.scheduling.models import Hold, Reservation
from ward.scheduling.visits import visit
from ward.work import Work, work_as

BOOKED, LOOKED, CROWD, WARM, WEEKS = 60, 60, 100, 5, 4
SET, MAY = Permission.SET_SCHEDULE, Permission.BOOK_APPOINTMENT
KINDS = (
    ResourceKind.CLINICIAN, ResourceKind.ROOM, ResourceKind.DEVICE, ResourceKind.CLINICIAN,
    ResourceKind.ROOM,
)  # fmt: skip
LONG, TAKEN = timedelta(minutes=30), 0.3  # of all half hours, of each resource
_CLINIC = text("SELECT id FROM ward WHERE label = 'Outpatients'")
_DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
_SHOWN = "document.querySelectorAll('.ap').length"


def measure(place: Hospital) -> list[Figure]:
    """Book from one desk under another's eyes, look for openings, press a hundred times at once."""
    with serving(place) as node:
        return asyncio.run(_measure(place, node))


async def _measure(place: Hospital, node: Serving) -> list[Figure]:
    async with writing(place) as writer:
        desk = Desk(writer, node)
        await desk.prepare()
        return [*await desk.book(), *await desk.look(), *await desk.crowd()]


class Desk:
    """A clinic with five resources that one visit needs together, and people to be booked."""

    def __init__(self, writer: Node, node: Serving) -> None:
        self.writer, self.node = writer, node
        self.ward = self.all = self.two = new_id()
        self.resources = list[UUID]()
        self.patients = list[UUID]()
        headers = {"origin": node.url, "hx-request": "true"}
        cookies = {"cookie": cookie(node.url, "reception")}
        self.client = httpx.AsyncClient(
            base_url=node.url, headers=headers | cookies, timeout=60,
            limits=httpx.Limits(max_connections=CROWD),
        )  # fmt: skip
        self.today = datetime.now(ZoneInfo(ZONE)).date()

    async def prepare(self) -> None:
        """Set the clinic up, take three of ten half hours of four weeks, register the people."""
        async with self.writer.aside.connect() as connection:
            self.ward = await connection.scalar(_CLINIC)
        async with work_as(self.writer, BENCH, "bench.clinic") as work:
            self.resources = [await self._resource(work, nth) for nth in range(len(KINDS))]
            self.all = await self._visit(work, "Bench of five", self.resources)
            self.two = await self._visit(work, "Bench of two", self.resources[:2])
        async with work_as(self.writer, BENCH, "bench.taken") as work:
            await self._take(work)
        for number in range(CROWD):
            async with work_as(self.writer, BENCH, "bench.people") as work:
                known = replace(person(number % 90), numbers=(Number(f"{4_700_000 + number:07}"),))
                self.patients.append((await register(work, known)).id)

    async def _resource(self, work: Work, nth: int) -> UUID:
        row = Resource(id=new_id(), ward_id=self.ward, kind=KINDS[nth], position=nth)
        await work.seal(row, label=f"Bench {nth}")
        work.add(row, SET)
        await work.flush()
        for weekday in range(7):
            line = Hours(
                id=new_id(), resource_id=row.id, ward_id=self.ward, kind=HoursKind.OPEN,
                weekday=weekday, opens=time(8), closes=time(18), since=self.today,
            )  # fmt: skip
            work.add(line, SET)
        return row.id

    async def _visit(self, work: Work, label: str, needs: list[UUID]) -> UUID:
        row = VisitType(
            id=new_id(), ward_id=self.ward, label=label, kind=AppointmentType.ROUTINE, minutes=30
        )
        work.add(row, SET)
        await work.flush()
        for nth, one in enumerate(needs):
            need = VisitNeed(
                visit_type_id=row.id, ward_id=self.ward, kind=KINDS[nth], resource_id=one
            )
            work.add(need, SET)
        return row.id

    async def _take(self, work: Work) -> None:
        """Take from the third day on; the first two stay free for those who book."""
        dice, rows, taken = Random(7), list[dict[str, object]](), list[dict[str, object]]()
        for day, half, resource in (
            (day, half, one)
            for day in range(3, 7 * WEEKS + 1)
            for half in range(20)
            for one in self.resources
            if dice.random() < TAKEN
        ):
            start = self._at(self.today + timedelta(days=day), half)
            span = {"ward_id": self.ward, "starts_at": start, "ends_at": start + LONG, "version": 1}
            kept = new_id()
            rows.append(span | {"id": kept, "until": work.now + timedelta(days=1), "offered": True})
            taken.append(
                span
                | {"id": new_id(), "resource_id": resource, "lane": 0, "hold_id": kept}
                | {"overbooked": False}
            )
        connection = await work.connection()
        await connection.execute(insert(Hold), rows)
        await connection.execute(insert(Reservation), taken)

    def _at(self, day: date, half: int) -> datetime:
        return datetime.combine(day, time(8), ZoneInfo(ZONE)) + half * LONG

    async def _post(self, patient: UUID, visit_type: UUID, at: datetime) -> httpx.Response:
        said = {
            "patient_id": str(patient),
            "visit_type_id": str(visit_type),
            "at": at.strftime("%Y-%m-%dT%H:%M"),
            "idempotency_key": str(uuid4()),
        }
        return await self.client.post(f"/clinics/{self.ward}/appointments/new", data=said)

    # ---------------------------------------------------------------------- what is measured

    async def book(self) -> list[Figure]:
        """Book one after another while another desk has the day open."""
        day = self.today + timedelta(days=1)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
            try:
                path = f"/clinics/{self.ward}/calendar?day={day}"
                there = await seat(browser, self.node, "charge", DESK, path)
                samples = [await self._one(there, day, half) for half in range(20)]
                day += timedelta(days=1)
                there = await seat(browser, self.node, "charge", DESK, path[:-10] + str(day))
                samples += [await self._one(there, day, half) for half in range(20)]
            finally:
                await browser.close()
        seen, answered = zip(*samples[WARM:], strict=True)
        bar = "p99 <= 250 ms"
        return [
            Figure("a booking at one desk to the calendar of another", spread(seen), bar),
            Figure("of it until the answer to the press", spread(answered)),
        ]

    async def _one(self, there: Page, day: date, half: int) -> tuple[float, float]:
        before = await there.evaluate(_SHOWN)
        await there.evaluate(f"void (window.seen = benchSeen(() => {_SHOWN} > {before}))")
        begun = watch.time()
        answer = await self._post(self.patients[half], self.two, self._at(day, half))
        answered = watch.time()
        assert answer.status_code == 204, answer.text[:500]
        async with asyncio.timeout(10):
            seen = await there.evaluate("window.seen") / 1000
        return seen - begun, answered - begun

    async def look(self) -> list[Figure]:
        """Look for three times of four weeks at which all five are free; then be refused one."""
        times, asked = list[float](), list[float]()
        since = self._at(self.today + timedelta(days=3), 0)
        for number in range(LOOKED + WARM):
            near = self._at(self.today + timedelta(days=3 + number % 20), number % 20)
            async with work_as(self.writer, BENCH, "bench.look") as work:
                offered = await visit(work, self.ward, self.all)
                looked = Looked(
                    ward_id=self.ward, visit=offered, since=since, near=near,
                    until=since + timedelta(weeks=WEEKS),
                )  # fmt: skip
                begun = watch.perf_counter()
                found = await openings_for(work, looked)
                times.append(watch.perf_counter() - begun)
            assert len(found) == 3, len(found)
        for number in range(LOOKED + WARM):
            at = self._at(self.today + timedelta(days=1), number % 20)  # all are taken
            begun = watch.perf_counter()
            answer = await self._post(self.patients[-1 - number % 30], self.all, at)
            asked.append(watch.perf_counter() - begun)
            assert answer.status_code == 409, answer.text[:500]
        bar, name = "p95 < 100 ms", f"three openings of {len(KINDS)} resources within {WEEKS} weeks"
        return [
            Figure(name, spread(times[WARM:]), bar),
            Figure("a refusal over HTTP, with all clashes and the openings", spread(asked[WARM:])),
        ]

    async def crowd(self) -> list[Figure]:
        """Have a hundred people booked for one doctor, one room and one time at once."""
        at = self._at(self._free_day(), 0)
        before = await self._deadlocks()

        async def one(patient: UUID) -> tuple[int, float]:
            begun = watch.perf_counter()
            answer = await self._post(patient, self.two, at)
            return answer.status_code, watch.perf_counter() - begun

        answers = await asyncio.gather(*map(one, self.patients))
        told = Counter(status for status, _ in answers)
        stuck = await self._deadlocks() - before
        name = f"{CROWD} bookings of one doctor, one room and one time at once"
        value = f"{told[204]} booked, {told[409]} refused, {stuck} deadlocks; "
        await self.client.aclose()
        bar = "1 booked, 0 deadlocks, p99 < 250 ms"
        return [Figure(name, value + spread([took for _, took in answers]), bar)]

    def _free_day(self) -> date:
        return self.today + timedelta(days=7 * WEEKS + 2)

    async def _deadlocks(self) -> int:
        async with self.writer.aside.connect() as connection:
            return int(await connection.scalar(_DEADLOCKS))
