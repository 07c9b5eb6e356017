"""Console: one more alert, and one taken, while five hundred stand open on a ward."""

import asyncio
import time
from uuid import UUID

import uvloop
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.patients import BENCH
from bench.sockets import Browser, watch
from bench.thousand import long_ward
from bench.writer import writing
from domain.access import Permission
from domain.alerts import Cause
from realtime.topics import Topic
from ward import clock
from ward.adt.models import Stay
from ward.alerts.respond import accept
from ward.alerts.sound import sound
from ward.node import Node
from ward.security import sessions
from ward.security.actors import Actor
from ward.work import work_as

OPEN, TURNS, WARM, PAUSE = 500, 60, 3, 0.25
CAUSES = (Cause.OBS_OVERDUE, Cause.NOT_RECORDABLE, *list(Cause)[:4])  # none overtakes another
BAR = "p99 <= 250 ms"


def measure(place: Hospital) -> list[Figure]:
    """Fill a console, then sound and take one alert after the other before one who watches."""
    with serving(place) as node:
        return uvloop.run(_measure(place, node))


async def _measure(place: Hospital, node: Serving) -> list[Figure]:
    async with writing(place) as writer:
        ward = await long_ward(writer)
        patients = await _lying(writer, ward)
        alerts, spare = await _fill(writer, patients)
        doctor = await _actor(writer, cookie(node.url, "doctor"))
        browsers = await watch(1, node.port, cookie(node.url, "doctor2"), Topic("alerts", ward))
        assert browsers, "nobody may watch this console"
        return await _Console(writer, node, browsers[0], doctor).measure(alerts, spare)


class _Console:
    """Somebody who watches a console, and another who takes what stands on it."""

    def __init__(self, writer: Node, node: Serving, browser: Browser, doctor: Actor) -> None:
        self.writer, self.node, self.browser, self.doctor = writer, node, browser, doctor

    async def measure(self, alerts: list[UUID], spare: list[tuple[UUID, Cause]]) -> list[Figure]:
        """Sound and take by turns, so that as many stand open as before."""
        await asyncio.sleep(2)
        sounded, taken = list[tuple[float, int]](), list[tuple[float, int]]()
        cpu = 0.0
        for turn in range(WARM + TURNS):
            if turn == WARM:
                cpu = self.node.cpu
            for times, frame in (
                (sounded, await self._sound(*spare[turn])),
                (taken, await self._accept(alerts[-1 - turn])),
            ):
                if turn >= WARM:
                    times.append(frame)
        cpu = (self.node.cpu - cpu) / (2 * TURNS)
        name = f"{OPEN} open alerts: commit to the frame on another's socket"
        return [
            *_told(f"{name}, one more", sounded),
            *_told(f"{name}, one taken", taken),
            Figure("the node's CPU for a change", f"{1000 * cpu:.0f} ms"),
        ]

    async def _sound(self, patient: UUID, cause: Cause) -> tuple[float, int]:
        had = len(self.browser.arrivals)
        async with work_as(self.writer, BENCH, "bench.sound") as work:
            await sound(work, patient, cause, f"{cause.word}: one more.", worse=False)
        return await self._arrived(had)

    async def _accept(self, alert: UUID) -> tuple[float, int]:
        had = len(self.browser.arrivals)
        async with work_as(self.writer, self.doctor, "bench.accept") as work:
            await accept(work, alert)
        return await self._arrived(had)

    async def _arrived(self, had: int) -> tuple[float, int]:
        committed = time.perf_counter()
        until = committed + 10
        while len(self.browser.arrivals) == had:
            assert time.perf_counter() < until, "no frame came"
            await asyncio.sleep(0.002)
        took = max(0.0, self.browser.arrivals[had] - committed)
        await asyncio.sleep(PAUSE)
        return took, _size(self.browser.last)


def _told(name: str, frames: list[tuple[float, int]]) -> list[Figure]:
    times, sizes = zip(*frames, strict=True)
    middle = sorted(sizes)[len(sizes) // 2]
    return [
        Figure(name, spread(times), BAR),
        Figure("bytes of this frame", f"{middle} (median), {max(sizes)} (most)"),
    ]


def _size(data: bytes) -> int:
    """Read from its head how long a frame is, however much of it has come in one piece."""
    if data[1] <= 125:
        return 2 + data[1]
    head = 4 if data[1] == 126 else 10
    return head + int.from_bytes(data[2:head])


async def _lying(node: Node, ward: UUID) -> list[UUID]:
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(Stay.ward_id == ward, Stay.ended_at.is_(None))
        stays = await work.every(lying.order_by(Stay.id), Permission.VIEW_STAYS)
    return [stay.patient_id for stay in stays]


async def _fill(node: Node, patients: list[UUID]) -> tuple[list[UUID], list[tuple[UUID, Cause]]]:
    """Sound what a ward can bear; give the alerts, and what may still be sounded."""
    wanted = [(patient, cause) for patient in patients for cause in CAUSES]
    alerts: list[UUID] = []
    for first in range(0, OPEN, len(CAUSES)):
        async with work_as(node, BENCH, "bench.sound") as work:
            for patient, cause in wanted[first : first + len(CAUSES)]:
                made = await sound(work, patient, cause, f"{cause.word}: told.", worse=False)
                assert made is not None
                alerts.append(made.id)
    return alerts, wanted[len(alerts) :]


async def _actor(node: Node, cookies: str) -> Actor:
    async with AsyncSession(node.engine) as db:
        token = cookies.partition("=")[2]
        return await sessions.read(db, node.vault, token, "", clock.now())
