"""Fan-out: what one frame to a thousand sockets costs, side by side with a loop that only writes.

Two nodes watch one board, one for a thousand browsers and one for a single browser. Each change is
drawn by both at the same time, so that what the first spends more is the fan-out; a moment later
the bare loop writes the very same bytes to as many browsers of the same kind.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, starmap
from uuid import UUID

import httpx
import uvloop
from sqlalchemy import select

from bench.bare import Bare, bare
from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.patients import BENCH
from bench.sockets import Browser, frame_in, stall, watch
from domain.access import Permission
from realtime.bus import Bus
from realtime.topics import Topic
from ward.adt.home import expect_home
from ward.adt.models import Stay
from ward.node import Node, open_node
from ward.work import work_as

SOCKETS, WARM, PUSHES, PAUSE = 1_000, 15, 100, 0.12
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


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of the crowded node, of the one with a single browser, of the loop."""

    crowd: float
    single: float
    bare: float

    def less(self, other: "Cost", share: float) -> "Cost":
        """Take a share of another cost away."""
        return Cost(
            self.crowd - share * other.crowd,
            self.single - share * other.single,
            self.bare - share * other.bare,
        )


@dataclass(slots=True)
class Bench:
    """The three processes that are compared."""

    place: Hospital
    crowd: Serving
    single: Serving
    bare: Bare

    @property
    def spent(self) -> Cost:
        return Cost(self.crowd.cpu, self.single.cpu, self.bare.cpu)

    @property
    def topic(self) -> Topic:
        return Topic("beds", self.place.ward_id)

    async def measure(self) -> list[Figure]:
        """Seat everybody, then push."""
        nurse = cookie(self.crowd.url, "nurse")
        await watch(1, self.single.port, nurse, self.topic)
        browsers = await watch(1, self.crowd.port, nurse, self.topic)
        async with _pusher(self.place) as pusher:
            await pusher.delays(browsers, WARM)
            before = self.crowd.memory
            browsers += await watch(SOCKETS - 1, self.crowd.port, nurse, self.topic)
            await asyncio.sleep(2)
            memory = (self.crowd.memory - before) / (SOCKETS - 1)
            return [
                *await self._cost(pusher, browsers, nurse),
                Figure("memory per socket", f"{memory / 1024:.1f} KB", "<= 25 KB"),
                *await self._beside_a_stalled_one(pusher, browsers, nurse),
            ]

    async def _cost(self, pusher: Pusher, browsers: list[Browser], nurse: str) -> list[Figure]:
        await watch(SOCKETS, self.bare.port, nurse, self.topic)
        began, idle = time.perf_counter(), self.spent
        await asyncio.sleep(2 * PUSHES * PAUSE / 3)
        lasted, idle = time.perf_counter() - began, self.spent.less(idle, 1)
        delays, frame = list[float](), b""
        began, cost = time.perf_counter(), self.spent
        for _ in range(PUSHES):
            delays += await pusher.delays(browsers, 1)
            self.bare.write(frame := frame_in(browsers[0].last))
            await asyncio.sleep(PAUSE)
        share = (time.perf_counter() - began) / lasted
        cost = self.spent.less(cost, 1).less(idle, share)
        each = (cost.crowd - cost.single) / (SOCKETS - 1) / PUSHES
        plain = cost.bare / SOCKETS / PUSHES
        return [
            Figure(
                f"CPU per delivered frame, {SOCKETS} sockets / bare uvloop loop, same bytes",
                f"{each / plain:.2f} ({1e6 * each:.1f} / {1e6 * plain:.1f} us, {len(frame)} bytes)",
                "<= 1.3",
            ),
            Figure("drawing one change", f"{1000 * cost.single / PUSHES:.1f} ms CPU"),
            Figure("heartbeats and rights of all of them", f"{idle.crowd / lasted:.3f} of a core"),
            Figure("commit to arrival on all of them", spread(delays)),
        ]

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
            )
        ]

    def _conflated(self) -> float:
        """Ask the node how many frames full sockets were spared."""
        told = httpx.get(f"{self.crowd.url}/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in told if line.startswith("live_conflated_t"))


def measure(place: Hospital) -> list[Figure]:
    """Push to a thousand sockets of one board, and beside one that does not read."""
    with serving(place) as crowd, serving(place) as single, bare() as loop:
        return uvloop.run(Bench(place, crowd, single, loop).measure())


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
