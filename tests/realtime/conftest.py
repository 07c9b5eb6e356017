"""Realtime's own fixtures: the toy's database, a Redis to kill, a hub that runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.bus import Bus
from realtime.hub import Hub
from realtime.tasks import end
from realtime.topics import Topic
from realtime.views import Claim, Station
from tests.databases import clone, drop
from tests.realtime import toy
from tests.realtime.browser import Browser
from ward.dev.child import account
from ward.dev.embedded import Stores
from ward.dev.redis import Redis


@pytest.fixture
async def url(stores: Stores) -> AsyncIterator[str]:
    """An empty database for this test alone."""
    made = await clone(stores.database_url, stores.owner_url, "template0")
    yield made.owner_url
    await drop(stores.owner_url, made.name)


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = await toy.prepare(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of its own, for tests that kill it."""
    redis = Redis(tmp_path, account(tmp_path), "toy")
    redis.start()
    yield redis
    redis.stop()


@dataclass
class Node:
    """A hub on the toy, and what it takes to watch it."""

    lamps: toy.Lamps
    hub: Hub
    bus: Bus | None = None
    stations: list[Station] = field(default_factory=list)

    def open(self, viewer: toy.Viewer | None = None) -> Browser:
        return Browser(self.hub, viewer or toy.Viewer())

    async def watch(
        self, viewer: toy.Viewer | None = None, claim: Claim | None = None, topic: Topic = toy.LAMPS
    ) -> Browser:
        browser = self.open(viewer)
        await browser.subscribe(topic, claim)
        return browser

    async def turn(self, lamp: int, label: str, secret: str = "", *, poke: bool = True) -> int:
        """Turn a lamp as a command would: commit, then poke."""
        revs = await toy.turn(self.lamps.engine, lamp, label, secret)
        if poke:
            self.poke(revs)
        return revs[str(toy.LAMPS)]

    def poke(self, revs: dict[str, int]) -> None:
        for topic, rev in revs.items():
            (self.bus.publish if self.bus else self.hub.poked)(topic, rev)


@asynccontextmanager
async def node_on(engine: AsyncEngine, redis_url: str | None = None) -> AsyncIterator[Node]:
    """Run a node until the block ends."""
    lamps = toy.Lamps(engine)
    hub = Hub(lamps, clock=toy.now)
    bus = Bus(redis_url, poked=hub.poked, resubscribed=hub.resubscribed)
    hub.hears(lambda: bus.listening)
    async with hub.running():
        listening = asyncio.create_task(bus.run())
        try:
            yield Node(lamps, hub, bus)
        finally:
            await end(listening)


@pytest.fixture
async def node(engine: AsyncEngine) -> AsyncIterator[Node]:
    async with node_on(engine) as node:
        yield node


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "realtime")
