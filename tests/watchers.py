"""Watchers: pages that stay open: what each shows, every frame it was sent, and how it ended."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import websockets

from realtime.gate import Verdict
from realtime.tasks import end
from tests.containers import Container
from tests.settling import PATIENCE, crowding
from tests.stations import Station

LIMIT, SLACK = 1.0, 2.0
"""Seconds: the promise, measured in bench; and what a machine that tests other things may add."""


def soon() -> float:
    """Tell the seconds that the promise may take here and now."""
    return (LIMIT + SLACK) * crowding()


class Watcher:
    """One open page with its socket."""

    def __init__(self, client: httpx.AsyncClient, path: str, topic: str, cookie: str) -> None:
        self.client, self.path, self.topic, self.cookie = client, path, topic, cookie
        self.shown = Container(topic)
        self.seen: list[str] = []  # everything this browser was given
        self.frames: list[tuple[float, dict[str, Any]]] = []
        self.ended: tuple[float, str | int] | None = None
        self.sitting = asyncio.Event()

    async def fresh(self) -> Container:
        """Open the page anew."""
        answer = await self.client.get(self.path)
        assert answer.status_code == 200, answer.text
        self.seen.append(answer.text)
        return Container.read(answer.text, self.topic)

    async def follow(self, connection: Any) -> None:
        """Apply what comes, as live.js does."""
        topics = {self.topic: self.shown.claim}
        await connection.send(json.dumps({"op": "sub", "topics": topics}))
        try:
            while True:
                await self._hear(connection, json.loads(await connection.recv()))
        except websockets.exceptions.ConnectionClosed as closed:
            self.ended = (time.monotonic(), closed.rcvd.code if closed.rcvd else 0)

    async def _hear(self, connection: Any, message: dict[str, Any]) -> None:
        if message.get("op") == "gone":
            self.ended = (time.monotonic(), message["why"])
        if message.get("op") == "hb":
            self.sitting.set()
        if "content" in message:
            self.frames.append((time.monotonic(), message))
            self.seen.append(message["content"])
            if self.shown.hear(message) is Verdict.SNAP:
                await connection.send(json.dumps({"op": "snap", "topics": [self.topic]}))

    async def settled(self, seconds: float = PATIENCE) -> Container:
        """Wait until what is shown is what a fresh page shows, byte for byte; give that page."""
        until = time.monotonic() + seconds
        while True:
            fresh = await self.fresh()
            if (fresh.epoch, fresh.view, fresh.body) == (
                self.shown.epoch,
                self.shown.view,
                self.shown.body,
            ):
                return fresh
            if time.monotonic() > until:
                assert self.shown.body == fresh.body, self.topic
                assert self.shown.view == fresh.view
                raise AssertionError(self.topic)
            await asyncio.sleep(0.02)

    async def over(self, seconds: float = PATIENCE) -> tuple[float, str | int]:
        """Wait until the screen was taken away: when, and the code or reason."""
        async with asyncio.timeout(seconds):
            while True:
                if self.ended is not None:
                    return self.ended
                await asyncio.sleep(0.01)


@asynccontextmanager
async def watching(
    station: Station, path: str, topic: str, *, wall: str | None = None
) -> AsyncIterator[Watcher]:
    """Open a page and keep it open for the length of the block."""
    jar = station.client.cookies.jar
    cookie = "; ".join(f"{one.name}={one.value}" for one in jar if one.name == "ward_session")
    address = station.url.replace("http", "ws") + "/live"
    if wall is not None:
        cookie, address = f"ward_wall={wall}", f"{address}?screen=wall"
    watcher = Watcher(station.client, path, topic, cookie)
    watcher.shown = await watcher.fresh()
    headers = {"Cookie": cookie, "Origin": station.url}
    async with websockets.connect(
        address, additional_headers=headers, compression=None, close_timeout=0.2
    ) as connection:
        task = asyncio.create_task(watcher.follow(connection))
        try:
            async with asyncio.timeout(PATIENCE):
                await watcher.sitting.wait()
            yield watcher
        finally:
            await end(task)
