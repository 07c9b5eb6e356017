"""Witness: stations that write down what they saw and what they were told is saved."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import websockets

from realtime.gate import Verdict
from realtime.tasks import end
from tests.chaos.hospital import Hospital
from tests.containers import Container
from ward import clock
from ward.dev.cast import PASSWORD
from ward.security.sessions import digest

QUIET_SECONDS = 5.0  # without a word this long a browser gives its socket up (live.js)
FOR_GOOD = {4401, 4403, 4429}
AWAY = (OSError, TimeoutError, httpx.HTTPError, websockets.exceptions.WebSocketException)


class Notes:
    """What left the system, as one list for `ward check --witness`."""

    def __init__(self, people: dict[UUID, str]) -> None:
        self.people = {name: str(key) for key, name in people.items()}
        self.lines: list[dict[str, Any]] = []

    def saw(self, text: str, session: str) -> None:
        """Note everybody whom this text names."""
        at = clock.now().isoformat()
        self.lines += [
            {"saw": key, "session": session, "at": at}
            for name, key in self.people.items()
            if name in text
        ]

    def opened(self, code: str, session: str) -> None:
        """Note a page that was answered: each has a trail row of its own."""
        self.lines.append({"opened": code, "session": session})

    def saved(self, answer: httpx.Response) -> None:
        """Note what an answer says is stored."""
        for told in answer.headers.get("ward-revs", "").split():
            topic, _, rev = told.partition("=")
            self.lines.append({"saved": topic, "rev": int(rev)})

    def file(self) -> str:
        return "".join(json.dumps(line) + "\n" for line in self.lines)


class Station:
    """A person at a browser that comes back by itself, as live.js does."""

    def __init__(self, url: str, client: httpx.AsyncClient, session: str, notes: Notes) -> None:
        self.url, self.client, self.session, self.notes = url, client, session, notes
        self.shown: Container | None = None
        self.gone: str | int | None = None
        self.connected = 0
        self.moved = asyncio.Event()

    async def get(self, path: str, code: str = "", *, close: bool = False) -> httpx.Response:
        """Open a page and note whom it shows."""
        answer = await self.client.get(path, headers={"connection": "close"} if close else {})
        if answer.status_code == 200:
            self.notes.saw(answer.text, self.session)
            if code:
                self.notes.opened(code, self.session)
        return answer

    async def post(self, path: str, *, key: str | None = None, **fields: Any) -> httpx.Response:
        """Send a form as htmx does."""
        data = {name: str(value) for name, value in fields.items()}
        data["idempotency_key"] = key or str(uuid4())
        answer = await self.client.post(path, data=data, headers={"hx-request": "true"})
        self.notes.saved(answer)
        if answer.is_success:
            self.notes.saw(answer.text, self.session)
        return answer

    async def press(self, path: str, *, key: str | None = None, **fields: Any) -> httpx.Response:
        """Send a form, and the same again with its key for as long as nobody can take it."""
        key = key or str(uuid4())
        return await answered(lambda: self.post(path, key=key, **fields))

    @asynccontextmanager
    async def watching(self, path: str, topic: str) -> AsyncIterator[Container]:
        """Open a page and keep it current for the length of the block."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        self.shown = Container.read(answer.text, topic)
        self.gone, self.connected = None, 0
        task = asyncio.create_task(self._live())
        try:
            await self.until(lambda _shown: self.connected > 0, 60)
            yield self.shown
        finally:
            await end(task)

    async def until(self, true: Callable[[Container], bool], seconds: float) -> float:
        """Wait until what is shown is as wished; give the seconds it took."""
        begun = time.monotonic()
        assert self.shown is not None
        async with asyncio.timeout(seconds):
            while not true(self.shown):
                self.moved.clear()
                await self.moved.wait()
        return time.monotonic() - begun

    async def _live(self) -> None:
        while self.gone is None:
            try:
                await self._connection()
            except websockets.exceptions.ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else None
                self.gone = code if code in FOR_GOOD else None
            except AWAY:
                pass
            self.moved.set()
            await asyncio.sleep(random.uniform(0.1, 1.0))  # as reconnectJitter does

    async def _connection(self) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        connecting = websockets.connect(
            self.url.replace("http", "ws") + "/live",
            additional_headers={"Cookie": cookies, "Origin": self.url},
            compression=None,
            ping_interval=None,
            open_timeout=3,
            close_timeout=0.1,
        )
        assert self.shown is not None
        async with connecting as connection:
            topic = self.shown.topic
            await connection.send(json.dumps({"op": "sub", "topics": {topic: self.shown.claim}}))
            self.connected += 1
            self.moved.set()
            while True:
                message = await asyncio.wait_for(connection.recv(), QUIET_SECONDS)
                await self._hear(connection, json.loads(message))

    async def _hear(self, connection: Any, message: dict[str, Any]) -> None:
        assert self.shown is not None
        if message.get("op") == "gone":
            self.gone = message["why"]
        if message.get("t") == self.shown.topic and "content" in message:
            self.notes.saw(message["content"], self.session)
            if self.shown.hear(message) is Verdict.SNAP:
                await connection.send(json.dumps({"op": "snap", "topics": [self.shown.topic]}))
        self.moved.set()


@asynccontextmanager
async def station(
    place: Hospital, notes: Notes, username: str = "nurse", url: str | None = None
) -> AsyncIterator[Station]:
    """Sign somebody in at this address (the first node's unless given)."""
    url = url or place.nodes[0].url
    async with httpx.AsyncClient(base_url=url, headers={"origin": url}, timeout=60) as client:
        answer = await answered(lambda: _login(client, username))
        assert answer.status_code == 303, answer.text
        token = client.cookies["ward_session"]
        known = await place.rows("SELECT id FROM session WHERE token_hash = $1", digest(token))
        yield Station(url, client, str(known[0]["id"]), notes)


async def answered(
    ask: Callable[[], Awaitable[httpx.Response]], seconds: float = 60
) -> httpx.Response:
    """Ask again and again until a node answers with anything but its own trouble."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await ask()
                if answer.status_code < 500:
                    return answer
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)


async def _login(client: httpx.AsyncClient, username: str) -> httpx.Response:
    return await client.post("/login", data={"username": username, "password": PASSWORD})


async def converged(stations: list[Station], path: str, seconds: float = 60) -> None:
    """Wait until each shows exactly what a fresh page shows."""
    for one in stations:
        assert one.shown is not None
        told = "no page"
        try:
            async with asyncio.timeout(seconds):
                while told:
                    told = await _differs(one, path)
                    await asyncio.sleep(0.05 if told else 0)
        except TimeoutError:
            raise AssertionError(told) from None


async def _differs(one: Station, path: str) -> str:
    """Say how a fresh page differs from what the station shows, or nothing."""
    try:
        answer = await one.get(path, close=True)  # from any node, not the one asked before
    except httpx.HTTPError as error:
        return repr(error)
    if answer.status_code != 200:
        return answer.text
    assert one.shown is not None
    fresh = Container.read(answer.text, one.shown.topic)
    if (fresh.epoch, fresh.body) == (one.shown.epoch, one.shown.body):
        return ""  # its revision may be older: what changed and changed back is not sent
    return f"shows {one.shown.epoch} {one.shown.rev}, is {fresh.epoch} {fresh.rev}"
