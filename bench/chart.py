"""Chart: what it costs to draw three days of observations, and to open their page."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bench.client import Client
from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie
from bench.patients import BENCH
from bench.writer import writing
from domain.access import Permission
from domain.oxygen import Device
from domain.vitals import Acvpu, Vital
from realtime.topics import Topic
from ward import live, render
from ward.adt.models import Stay
from ward.dev.cast import ZONE
from ward.node import Node
from ward.vitals import bedside, chart, queries
from ward.vitals.chart import THREE_DAYS
from ward.vitals.events import VitalsRecorded
from ward.vitals.observe import draft, observe
from ward.vitals.queries import SetView
from ward.vitals.said import Said
from ward.work import work_as

DRAWN, OPENED, WARM = 50, 40, 5
HOURLY, DENSE = 72, 288  # sets in 72 hours
BAR = "p50 < 20 ms"


@dataclass(slots=True)
class Cost:
    """Seconds on the wall and of this process's processor, of the same piece of work."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    async def of(self, work: Callable[[], Awaitable[None]], times: int) -> "Cost":
        """Do it again and again; the first few do not count."""
        for number in range(times + WARM):
            wall, cpu = time.perf_counter(), time.process_time()
            await work()
            if number >= WARM:
                self.wall.append(time.perf_counter() - wall)
                self.cpu.append(time.process_time() - cpu)
        return self

    @property
    def told(self) -> str:
        """Tell both."""
        cpu = ", ".join(f"p{at} {1000 * percentile(self.cpu, at / 100):.1f}" for at in (50, 95))
        return f"wall {spread(self.wall)}; CPU {cpu} ms"


async def measure(place: Hospital, node: Serving) -> list[Figure]:
    """Draw the chart of a patient seen every hour, and of one seen every quarter of an hour."""
    async with writing(place) as writer:
        async with work_as(writer, BENCH, "bench.find") as work:
            lying = select(Stay).where(Stay.ward_id == place.ward_id, Stay.ended_at.is_(None))
            stays = await work.every(lying.order_by(Stay.id), Permission.VIEW_STAYS)
        figures = list[Figure]()
        for sets, stay in zip((HOURLY, DENSE), stays, strict=False):
            charted = await _fill(writer, stay.patient_id, sets)
            figures += await _drawn(writer, stay.patient_id, sets)
            figures += await _opened(writer, node, stay.patient_id, charted)
    return figures


async def _fill(node: Node, patient: UUID, count: int) -> set[datetime]:
    """Chart sets at even distances, the newest a little ago; give the minutes they stand at."""
    async with work_as(node, BENCH, "bench.chart") as work:
        held = await bedside.hold(work, patient, seen=None)
        every, charted = timedelta(hours=THREE_DAYS.hours) / count, set[datetime]()
        for number in range(count):
            before = timedelta(minutes=6) + every * (count - 1 - number)
            made = await draft(work, held, _said(number, work.now - before))
            made.recorded_at = made.taken_at
            charted.add(made.taken_at)
        newest = (await bedside.settle(work, held))[-1][0]
        work.record(VitalsRecorded(patient, held.patient.ward_id, newest.id, newest.urgency))
    return charted


def _said(number: int, at: datetime) -> Said:
    """Make up values that go up and down across what scores 0 and 1."""
    wave = number % 12
    return Said(
        taken_at=at,
        values={
            Vital.RESP_RATE: Decimal(12 + wave % 8),
            Vital.SPO2: Decimal(95 + wave % 5),
            Vital.SBP: Decimal(112 + 3 * wave),
            Vital.DBP: Decimal(68 + wave),
            Vital.PULSE: Decimal(70 + 2 * wave),
            Vital.TEMP: Decimal(365 + wave) / 10,
        },
        consciousness=Acvpu.ALERT,
        device=Device.AIR,
        sure=frozenset(Vital),
    )


async def _drawn(node: Node, patient: UUID, sets: int) -> list[Figure]:
    """Draw the three days alone, then the whole live screen with its three ranges and the table."""
    zone, topic = ZoneInfo(ZONE), Topic("observations", patient)
    found: list[SetView] = []

    async def query() -> None:
        async with work_as(node, BENCH, "bench.draw", reading=True) as work:
            known = await queries.bedside(work, patient)
            assert known.last is not None
            end = known.last.taken_at
            found[:] = await queries.between(work, patient, end - THREE_DAYS.span, end)

    async def alone() -> None:
        drawn = chart.draw(found, THREE_DAYS, zone)
        assert drawn is not None
        assert drawn.sets >= sets
        render.render("vitals/_chart.html", chart=drawn, range="72h", label="72 h", zone=ZONE)

    async def whole() -> None:
        forget(node)
        await live.draw(node, topic, frozenset({"full.en"}))

    return [
        Figure(f"chart of 72 h, {sets} sets of 6 parameters: reading and opening them",
               (await Cost().of(query, DRAWN)).told),
        Figure(f"chart of 72 h, {sets} sets of 6 parameters: drawing the SVG",
               (await Cost().of(alone, DRAWN)).told, BAR),
        Figure(f"its live screen (24 h, 72 h, 7 d, table, fluids), {sets} sets",
               (await Cost().of(whole, DRAWN)).told),
    ]  # fmt: skip


def forget(node: Node) -> None:
    """Have nothing of what was drawn before given again."""
    render._REMEMBERED.clear()  # as after a change of everything
    node.pictures.forget()


async def _opened(
    writer: Node, node: Serving, patient: UUID, charted: set[datetime]
) -> list[Figure]:
    """Open the page after a new set (nothing of it is drawn yet), and then once more."""
    client, path = Client(node.port, cookie(node.url, "nurse")), f"/patients/{patient}/observations"
    first, again, sets = list[float](), list[float](), len(charted)
    for number in range(OPENED + WARM):
        async with work_as(writer, BENCH, "bench.observe") as work:
            at = (work.now - timedelta(hours=2)).replace(second=0, microsecond=0)
            while at in charted:
                at -= timedelta(minutes=1)
            charted.add(at)
            await observe(work, patient, _said(number, at), seen=None)
        await asyncio.sleep(0.05)  # reactions
        for times in (first, again):
            status, body, took = await client.get(f"{path}?range=72h")
            assert status == 200, status
            assert b"obs-72h" in body
            if number >= WARM:
                times.append(took)
    await client.close()
    return [
        Figure(f"page of the chart over HTTP right after a set, {sets} sets", spread(first)),
        Figure("the same page once more", spread(again)),
    ]
