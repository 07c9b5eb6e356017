"""Stations: signed-in people who post and watch, on a real node with real stores."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
import websockets
from sqlalchemy import text

from realtime.gate import Verdict
from realtime.protocol import LiveProtocol
from realtime.topics import Topic
from tests.containers import Container
from tests.databases import Database, make_template
from tests.serving import serving
from tests.settling import PATIENCE
from ward import jobs
from ward.app import build_app
from ward.config import Settings, read
from ward.dev.cast import PASSWORD
from ward.dev.embedded import Stores
from ward.node import Node, open_node

ROOT_KEY = "5a" * 32


def settings_for(database: Database, stores: Stores, **more: str) -> Settings:
    """Give a test node its settings: this test's database, keys known to the whole run."""
    return read(
        {
            "WARD_ENV": "test",
            "WARD_DATABASE_URL": database.url,
            "WARD_DATABASE_OWNER_URL": database.owner_url,
            "WARD_REDIS_URL": stores.redis_url,
            "WARD_KEYS": "env",
            "WARD_ROOT_KEY": ROOT_KEY,
            **{f"WARD_{name.upper()}": value for name, value in more.items()},
        }
    )


Filling = Callable[[Node], Awaitable[object]]
"""What is done to a hospital before any test: once a run, and in every copy of it."""


async def found(owner_url: str) -> None:
    """Migrate and open the demo hospital: what every test's database is copied from."""
    from ward.dev.demo import found_hospital
    from ward.schema import migrate

    await migrate(owner_url)
    await begin(owner_url, found_hospital)


async def begin(owner_url: str, fill: Filling) -> None:
    """Do this on a node of its own, and the jobs that follow from it."""
    choice = {
        "ENV": "test",
        "DATABASE_URL": owner_url,
        "DATABASE_OWNER_URL": owner_url,
        "REDIS_URL": "redis://127.0.0.1:1",
        "KEYS": "env",
        "ROOT_KEY": ROOT_KEY,
    }
    node = await open_node(read({f"WARD_{name}": value for name, value in choice.items()}))
    try:
        await fill(node)
        await jobs.drain(node)  # once, and not again in each copy
    finally:
        await node.close()


def stage(stores: Stores, template: str, fill: Filling, more: str = "") -> str:
    """Name the database in which `fill` was done to the demo hospital; copy it, do not open it."""
    mark = sha256(f"{fill.__module__}.{fill.__name__}".encode()).hexdigest()[:6]
    name = f"{template}_{fill.__name__[:16]}_{mark}{more}"
    make_template(stores.owner_url, name, lambda url: begin(url, fill), template)
    return name


@dataclass(slots=True)
class Running:
    """A node that serves."""

    node: Node
    app: Any
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def running(choice: Settings) -> AsyncIterator[Running]:
    """Serve a node on a free port of the loopback until the block ends."""
    node = await open_node(choice)
    app = build_app(node)
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # so that asyncio sets TCP_NODELAY
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(
            app,
            ws=LiveProtocol,
            log_config=None,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=600,  # a client lets go first: never both in the same moment
        )
        try:
            async with serving(config, listening):
                yield Running(node, app, port)
        finally:
            await node.close()


class Screen:
    """One watched topic: frames as they come, and what the container shows by the gate's rule."""

    def __init__(self, connection: Any, topic: Topic) -> None:
        self.connection, self.topic = connection, topic
        self.epoch, self.rev = "", 0
        self.closed: int | None = None
        self._shown = Container(str(topic))
        self._heard: list[dict[str, Any]] = []  # and not applied yet

    @property
    def body(self) -> str:
        """What stands in the container after all frames so far."""
        while self._heard:
            verdict = self._shown.hear(self._heard.pop(0))
            assert verdict is not Verdict.SNAP, "nothing between two frames was lost"
        return self._shown.body

    async def next(self, timeout: float = PATIENCE) -> "Frame":  # noqa: ASYNC109 - a test's own patience
        """Wait for the next frame of this topic."""
        async with asyncio.timeout(timeout):
            while True:
                message = json.loads(await self.connection.recv())
                if message.get("op") == "gone":
                    raise Gone(message["why"])
                if message.get("t") == str(self.topic):
                    self.epoch, self.rev = message["e"], message["r"]
                    self._heard.append(message)
                    return Frame(message)

    async def until(self, text: str, timeout: float = PATIENCE) -> "Frame":  # noqa: ASYNC109
        """Wait for a frame whose content holds this text."""
        async with asyncio.timeout(timeout):
            while True:
                frame = await self.next(timeout)
                if text in frame.content:
                    return frame

    async def until_gone(self, text: str) -> str:
        """Wait until this text is not shown any more, by one frame or several; give what is."""
        async with asyncio.timeout(PATIENCE):
            while text in self.body:
                await self.next()
        return self.body


class Gone(Exception):
    """The node took this topic away from the viewer."""


@dataclass(slots=True)
class Frame:
    """One frame of a screen."""

    message: dict[str, Any]

    @property
    def content(self) -> str:
        return str(self.message["content"])


class Station:
    """A person at a screen: posts forms as the page would, and watches topics."""

    def __init__(self, client: httpx.AsyncClient, url: str, username: str) -> None:
        self.client, self.url, self.username = client, url, username

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page."""
        return await self.client.get(path, **options)

    async def post(
        self, path: str, *, htmx: bool = True, key: str | None = None, **fields: Any
    ) -> httpx.Response:
        """Send a form as htmx does, with a fresh idempotency key unless one is given."""
        headers = {"hx-request": "true"} if htmx else {}
        data = {name: str(value) for name, value in fields.items() if value is not None}
        data.setdefault("idempotency_key", key or str(uuid4()))
        return await self.client.post(path, data=data, headers=headers)

    @asynccontextmanager
    async def watch(self, topic: Topic) -> AsyncIterator[Screen]:
        """Watch a topic; the first frame (the whole) is already taken."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        headers = {"Cookie": cookies, "Origin": self.url}
        address = self.url.replace("http", "ws") + "/live"
        async with websockets.connect(
            address, additional_headers=headers, compression=None
        ) as connection:
            await connection.send(json.dumps({"op": "sub", "topics": {str(topic): [None, 0]}}))
            screen = Screen(connection, topic)
            screen.first = await screen.next()  # type: ignore[attr-defined]
            yield screen


@asynccontextmanager
async def signed_in(url: str, username: str) -> AsyncIterator[Station]:
    """Sign a member of the cast in."""
    async with httpx.AsyncClient(
        base_url=url, headers={"origin": url}, timeout=PATIENCE, verify=False
    ) as client:
        answer = await client.post("/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        yield Station(client, url, username)


@pytest.fixture
def settings(database: Database, stores: Stores) -> Settings:
    """The settings of this test's nodes."""
    return settings_for(database, stores)


@pytest.fixture
async def ward(settings: Settings) -> AsyncIterator[Running]:
    """A node that serves the demo hospital (empty beds, no patients)."""
    async with running(settings) as node:
        yield node


@pytest.fixture
async def node(ward: Running) -> Node:
    """The serving node's own parts, for System work."""
    return ward.node


@pytest.fixture
async def sign(ward: Running) -> AsyncIterator[Callable[[str], Awaitable[Station]]]:
    """Sign people in for the length of the test."""
    async with AsyncExitStack() as stack:

        async def enter(username: str) -> Station:
            return await stack.enter_async_context(signed_in(ward.url, username))

        yield enter


Sign = Callable[[str], Awaitable[Station]]


@pytest.fixture
async def nurse(sign: Sign) -> Station:
    return await sign("nurse")


@pytest.fixture
async def charge(sign: Sign) -> Station:
    return await sign("charge")


@pytest.fixture
async def doctor(sign: Sign) -> Station:
    return await sign("doctor")


@pytest.fixture
async def reception(sign: Sign) -> Station:
    return await sign("reception")


@pytest.fixture
async def admin(sign: Sign) -> Station:
    return await sign("admin")


async def ids(node: Node, table: str, column: str = "label") -> dict[str, UUID]:
    """Look up the ids of places by their labels (tests only)."""
    async with node.aside.connect() as connection:
        rows = await connection.execute(text(f"SELECT {column}, id FROM {table}"))
        return {row[0]: row[1] for row in rows}


@pytest.fixture
async def wards(node: Node) -> dict[str, UUID]:
    """The wards of the demo hospital by label."""
    return await ids(node, "ward")
