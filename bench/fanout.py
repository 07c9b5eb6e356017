"""Fan-out: what it costs to send one frame to a thousand sockets, beside a bare loop."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from uuid import UUID

import uvloop
from sqlalchemy import select

from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.patients import BENCH
from bench.sockets import Browser, watch
from domain.access import Permission
from realtime.bus import Bus
from realtime.topics import Topic
from ward.adt.home import expect_home
from ward.adt.models import Stay
from ward.node import Node, open_node
from ward.work import work_as

SOCKETS, PUSHES, PAUSE = 1_000, 60, 0.12
_DAYS = count()  # a day of going home that nobody had yet: each push changes a card


@dataclass(frozen=True, slots=True)
class Run:
    """One run: processor time while pushing, memory, delays of each delivery, the frame's size."""

    cpu: float
    idle: float
    memory: int
    delays: list[float]
    size: int


def measure(place: Hospital) -> list[Figure]:
    """Push to a thousand sockets of one board, to one, and beside one that does not read."""
    with serving(place) as node:
        alone = uvloop.run(_run(place, node, 1))
        before = node.memory
        many = uvloop.run(_run(place, node, SOCKETS))
        stalled = uvloop.run(_run(place, node, SOCKETS, stalled=True))
    bare = _bare(many.size)
    drawing = alone.cpu - alone.idle
    each = (many.cpu - many.idle - drawing) / (SOCKETS * PUSHES)
    p99, p99_stalled = percentile(many.delays, 0.99), percentile(stalled.delays, 0.99)
    return [
        Figure(
            f"CPU per delivered frame, {SOCKETS} sockets / bare uvloop loop, same bytes",
            f"{each / bare:.2f} ({1e6 * each:.1f} / {1e6 * bare:.1f} us, {many.size} bytes)",
            "<= 1.3",
        ),
        Figure("drawing one change for all of them", f"{1000 * drawing / PUSHES:.1f} ms CPU"),
        Figure(
            "heartbeats and rights of all of them", f"{many.idle / (PUSHES * PAUSE):.3f} of a core"
        ),
        Figure(
            "memory per socket", f"{(many.memory - before) / SOCKETS / 1024:.1f} KB", "<= 25 KB"
        ),
        Figure("commit to arrival on all of them", spread(many.delays)),
        Figure(
            "p99 of the others beside one stalled client / without",
            f"{p99_stalled / p99:.2f} ({1000 * p99_stalled:.1f} / {1000 * p99:.1f} ms)",
            "< 1.10",
        ),
    ]


async def _run(place: Hospital, node: Serving, sockets: int, *, stalled: bool = False) -> Run:
    topic = Topic("beds", place.ward_id)
    browsers = await watch(sockets, node.port, cookie(node.url, "nurse"), topic)
    if stalled:
        lazy = browsers.pop()
        assert lazy.transport is not None
        lazy.transport.pause_reading()
    await asyncio.sleep(2)
    writer = await open_node(place.settings)
    bus = Bus(place.stores.redis_url, poked=lambda *_: None, resubscribed=lambda: None)
    speaking = asyncio.create_task(bus.run())
    writer.poke = lambda revs: [bus.publish(topic, rev) for topic, rev in revs.items()]  # type: ignore[assignment]
    idle = await _idle(node)
    memory = node.memory
    begun = node.cpu
    delays = await _push(writer, place.ward_id, browsers)
    cpu = node.cpu - begun
    speaking.cancel()
    await asyncio.wait({speaking})
    await writer.close()
    size = len(browsers[0].last)
    for browser in browsers:
        assert browser.transport is not None
        browser.transport.abort()
    return Run(cpu, idle, memory, delays, size)


async def _idle(node: Serving) -> float:
    begun = node.cpu
    await asyncio.sleep(PUSHES * PAUSE)
    return node.cpu - begun


async def _push(writer: Node, ward_id: UUID, browsers: list[Browser]) -> list[float]:
    """Change a patient's day of going home again and again; give each delivery's delay."""
    async with work_as(writer, BENCH, "bench.find") as work:
        stays = await work.every(select(Stay).where(Stay.ward_id == ward_id), Permission.VIEW_STAYS)
        encounters = [stay.encounter_id for stay in stays]
    delays: list[float] = []
    for number in range(PUSHES):
        begun = time.perf_counter()
        on = date.today() + timedelta(days=8 + next(_DAYS))  # noqa: DTZ011 - any day will do
        had = [len(browser.arrivals) for browser in browsers]
        async with work_as(writer, BENCH, "bench.push") as work:
            await expect_home(work, encounters[number % len(encounters)], on, seen=None)
        committed = time.perf_counter()
        await asyncio.sleep(max(0.0, PAUSE - (committed - begun)))
        for browser, before in zip(browsers, had, strict=True):
            delays += [at - committed for at in browser.arrivals[before:][:1]]
    return [max(delay, 0.0) for delay in delays]


def _bare(size: int) -> float:
    """Give the processor seconds a bare loop needs per delivered frame."""
    wanted = {"sockets": SOCKETS, "writes": PUSHES, "pause": PAUSE, "size": size}
    command = [sys.executable, "-m", "bench.bare", json.dumps(wanted)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        uvloop.run(_listen(port, PUSHES * size))
        used = json.loads(process.stdout.readline())["cpu"]
    return float(used) / (SOCKETS * PUSHES)


async def _listen(port: int, expected: int) -> None:
    loop, done = asyncio.get_running_loop(), []

    class Sink(asyncio.Protocol):
        def __init__(self) -> None:
            self.left = expected
            self.full = loop.create_future()

        def data_received(self, data: bytes) -> None:
            self.left -= len(data)
            if self.left <= 0 and not self.full.done():
                self.full.set_result(None)

    for _ in range(SOCKETS):
        _, sink = await loop.create_connection(Sink, "127.0.0.1", port)
        done.append(sink.full)
    await asyncio.gather(*done)
