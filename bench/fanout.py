"""Fan-out: what a frame to a thousand sockets costs, beside a loop that only writes."""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, starmap
from pathlib import Path
from statistics import median
from uuid import UUID

import httpx
import uvloop
from sqlalchemy import select

from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.patients import BENCH
from bench.sockets import Browser, stall, watch
from domain.access import Permission
from realtime.bus import Bus
from realtime.topics import Topic
from ward.adt.home import expect_home
from ward.adt.models import Stay
from ward.node import Node, open_node
from ward.work import work_as

SOCKETS, WARM, PUSHES, PAUSE, IDLE = 1_000, 15, 115, 0.12, 10.0
BLOCKS, BLOCK = 8, 30  # with and without a stalled browser by turns: what disturbs hits both


@dataclass(slots=True)
class Pusher:
    """Changes one card after the other."""

    writer: Node
    encounters: list[UUID]
    days: Iterator[int] = field(default_factory=count)  # a day of going home that nobody had yet

    async def push(self) -> float:
        """Commit a change; gives when that was done."""
        number = next(self.days)
        on = date.today() + timedelta(days=8 + number)  # noqa: DTZ011 - any day will do
        encounter = self.encounters[number % len(self.encounters)]
        async with work_as(self.writer, BENCH, "bench.push") as work:
            await expect_home(work, encounter, on, seen=None)
        return time.perf_counter()

    async def delays(self, browsers: list[Browser], pushes: int) -> list[float]:
        """Push and wait, again and again; gives the delay of each delivery."""
        found: list[float] = []
        for _ in range(pushes):
            had = [len(browser.arrivals) for browser in browsers]
            committed = await self.push()
            await asyncio.sleep(PAUSE)
            for browser, before in zip(browsers, had, strict=True):
                found += [max(0.0, at - committed) for at in browser.arrivals[before:][:1]]
        return found


@dataclass(slots=True)
class Bench:
    """A node with a thousand browsers on one board."""

    place: Hospital
    crowd: Serving

    @property
    def topic(self) -> Topic:
        return Topic("beds", self.place.ward_id)

    async def cost(self, notes: Path) -> list[Figure]:
        """Push to all of them, each push timed in the node beside its bare twin."""
        async with _pusher(self.place) as pusher:
            await watch(SOCKETS, self.crowd.port, cookie(self.crowd.url, "nurse"), self.topic)
            for _ in range(PUSHES):
                await pusher.push()
                await asyncio.sleep(PAUSE)
        turns = _read(notes)[WARM:]
        ours = median(spent / sockets for sockets, spent, _, _ in turns)
        bare = median(twin / sockets for sockets, _, twin, _ in turns)
        ratios = sorted(spent / twin for _, spent, twin, _ in turns)
        size = median(size for *_, size in turns)
        return [
            Figure(
                f"CPU per delivered frame, {SOCKETS} sockets / bare loop, same bytes and sockets",
                f"{ours / bare:.2f} ({ours / 1000:.2f} / {bare / 1000:.2f} us, {size:.0f} bytes,"
                f" n={len(turns)}; half of the pairs within"
                f" {ratios[len(ratios) // 4]:.2f} and {ratios[3 * len(ratios) // 4]:.2f})",
                "<= 1.3",
            )
        ]

    async def crowded(self) -> list[Figure]:
        """Seat a thousand browsers; then push, with and without one that does not read."""
        nurse = cookie(self.crowd.url, "nurse")
        browsers = await watch(1, self.crowd.port, nurse, self.topic)
        async with _pusher(self.place) as pusher:
            await pusher.delays(browsers, WARM)
            before = self.crowd.memory
            browsers += await watch(SOCKETS - 1, self.crowd.port, nurse, self.topic)
            await asyncio.sleep(2)
            memory = (self.crowd.memory - before) / (SOCKETS - 1)
            return [
                Figure("memory per socket", f"{memory / 1024:.1f} KB", "<= 25 KB"),
                await self._idle(),
                *await self._beside_a_stalled_one(pusher, browsers, nurse),
            ]

    async def _idle(self) -> Figure:
        began, spent = time.perf_counter(), self.crowd.cpu
        await asyncio.sleep(IDLE)
        share = (self.crowd.cpu - spent) / (time.perf_counter() - began)
        return Figure("heartbeats and rights of all of them", f"{share:.3f} of a core")

    async def _beside_a_stalled_one(
        self, pusher: Pusher, browsers: list[Browser], nurse: str
    ) -> list[Figure]:
        calm: list[float] = []
        beside: list[float] = []
        spared = -self._conflated()
        for _ in range(BLOCKS):
            calm += await pusher.delays(browsers, BLOCK)
            lazy = await stall(self.crowd.port, nurse, self.topic)
            beside += await pusher.delays(browsers, BLOCK)
            lazy.abort()
        spared += self._conflated()
        at, at_beside = percentile(calm, 0.99), percentile(beside, 0.99)
        return [
            Figure(
                "p99 of the others beside one stalled client / without",
                f"{at_beside / at:.2f} ({1000 * at_beside:.1f} / {1000 * at:.1f} ms, "
                f"n={len(beside)}; it was spared {spared:.0f} frames)",
                "< 1.10",
            ),
            Figure("commit to arrival on all of them", spread(calm)),
        ]

    def _conflated(self) -> float:
        """Ask the node how many frames full sockets were spared."""
        told = httpx.get(f"{self.crowd.url}/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in told if line.startswith("live_conflated_t"))


def _read(notes: Path) -> list[list[int]]:
    return [json.loads(line) for line in notes.read_text("ascii").splitlines()]


def measure(place: Hospital) -> list[Figure]:
    """Push to a thousand sockets of one board, and beside one that does not read."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "pushes"
        with serving(place, f"--meter={notes}") as metered:
            figures = uvloop.run(Bench(place, metered).cost(notes))
    with serving(place) as crowd:
        return figures + uvloop.run(Bench(place, crowd).crowded())


@contextlib.asynccontextmanager
async def _pusher(place: Hospital) -> AsyncIterator[Pusher]:
    """Write as a third node, which tells the others through Redis."""
    writer = await open_node(place.settings)
    bus = Bus(place.stores.redis_url, poked=lambda *_: None, resubscribed=lambda: None)
    speaking = asyncio.create_task(bus.run())
    writer.poke = lambda revs: [*starmap(bus.publish, revs.items())]  # type: ignore[assignment]
    async with work_as(writer, BENCH, "bench.find") as work:
        here = select(Stay).where(Stay.ward_id == place.ward_id)
        stays = await work.every(here, Permission.VIEW_STAYS)
        encounters = [stay.encounter_id for stay in stays]
    yield Pusher(writer, encounters)
    speaking.cancel()
    await asyncio.wait({speaking})
    await writer.close()
