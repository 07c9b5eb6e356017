"""Socket: real sockets on uvicorn: the stalled are spared, liars closed, the dead cut off."""

import asyncio
import inspect
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Frame, Opcode

from realtime import protocol
from realtime.gate import Verdict
from realtime.subject import Lost
from realtime.tasks import end
from realtime.views import Station
from tests.realtime import toy
from tests.realtime.app import App, served
from tests.realtime.browser import Page, until
from tests.realtime.toy import LAMPS
from tests.settling import crowding


@pytest.fixture
async def app(engine):
    return App(engine)


@pytest.fixture
async def port(app) -> AsyncIterator[int]:
    async with served(app) as port:
        yield port


@asynccontextmanager
async def talking(port: int) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{port}/live", proxy=None, close_timeout=1) as client:
        yield client


async def say(client: ClientConnection, **message: Any) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection, **having: Any) -> dict[str, Any]:
    """Wait for a message with these fields."""
    async with asyncio.timeout(30):
        while True:
            message = json.loads(await client.recv())
            if having.items() <= message.items():
                return message


async def code_of(client: ClientConnection) -> int | None:
    async with asyncio.timeout(30):
        with suppress(ConnectionClosedError):
            async for _ in client:
                pass
    return client.close_code


async def turn(app: App, lamp: int, label: str) -> int:
    revs = await toy.turn(app.engine, lamp, label)
    for topic, rev in revs.items():
        app.bus.publish(topic, rev)
    return revs[str(LAMPS)]


async def test_a_session_from_hello_to_gone(app, port):
    async with talking(port) as client:
        assert await hear(client, op="hello") == {
            "op": "hello",
            "node": "n1",
            "build": "dev",
            "hb": 2,
        }
        await say(client, op="sub", topics={str(LAMPS): [None, 0]})
        page = Page()
        frame = await hear(client, t=str(LAMPS))
        assert list(frame) == ["t", "v", "e", "p", "r", "k", "content"]
        assert page.take(frame) is Verdict.APPLY
        assert (await hear(client, op="hb"))["age"] < 1
        rev = await turn(app, 1, "on")
        assert page.take(await hear(client, r=rev)) is Verdict.APPLY
        assert "<b>on</b>" in page.body
        await say(client, op="ack", topics={str(LAMPS): rev}, hidden=False, fresh=str(LAMPS))
        await say(client, op="snap", topics=[str(LAMPS)])
        assert (await hear(client, t=str(LAMPS)))["p"] == 0
        await say(client, op="sub", topics={"doors/1": [None, 0]})
        assert await hear(client, op="gone") == {"op": "gone", "t": "doors/1", "why": "forbidden"}
        await say(client, op="unsub", topics=[str(LAMPS)])
        await until(lambda: all(not station.watching for station in app.hub.stations))
    await until(lambda: not app.hub.stations)


async def test_without_a_session_the_socket_is_accepted_and_closed_4401(app, port):
    app.viewer = None
    async with talking(port) as client:
        assert await code_of(client) == 4401


async def test_a_lost_session_closes_4401(app, port):
    async with talking(port) as client:
        await say(client, op="sub", topics={str(LAMPS): [None, 0]})
        await hear(client, t=str(LAMPS))
        app.viewer.lost = Lost("signed out", 4401)
        assert await code_of(client) == 4401


@pytest.mark.parametrize(
    "said",
    [
        "nonsense", "[]", "{}", '{"op":"dance"}', '{"op":"sub"}', '{"op":"sub","topics":{"x":1}}',
        '{"op":"sub","topics":{"../x":[null,0]}}', '{"op":"sub","topics":{"a/b":[null,-1]}}',
        '{"op":"sub","topics":{"a/b":[null,true]}}', '{"op":"snap","topics":"all"}',
        '{"op":"ack","topics":[1]}', '{"op":"unsub","topics":[null]}', "[" * 5_000,
        json.dumps({"op": "sub", "topics": {f"lamps/{n}": [None, 0] for n in range(33)}}),
    ],
)  # fmt: skip
async def test_what_our_page_never_says_closes_4429(port, said):
    async with talking(port) as client:
        await client.send(said)
        assert await code_of(client) == 4429


async def test_a_flood_closes_4429(port):
    async with talking(port) as client:
        with suppress(ConnectionClosedError):  # it may be closed before the last is said
            for _ in range(25):
                await say(client, op="unsub", topics=[])
        assert await code_of(client) == 4429


async def test_an_oversized_message_is_refused(port):
    async with talking(port) as client:
        await client.send("x" * 20_000)
        assert await code_of(client) == 1009


async def test_a_database_that_is_away_sends_the_browser_away_to_return(app, port):
    app.lamps.broken = {"authorise"}
    async with talking(port) as client:
        await say(client, op="sub", topics={str(LAMPS): [None, 0]})
        assert await code_of(client) == 1013


async def stalled(port: int) -> socket.socket:
    """Shake hands, subscribe, and never read again."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(peer, ("127.0.0.1", port))
    await loop.sock_sendall(
        peer,
        b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    assert b"101" in await loop.sock_recv(peer, 1024)
    said = json.dumps({"op": "sub", "topics": {str(LAMPS): [None, 0]}}).encode()
    await loop.sock_sendall(peer, Frame(Opcode.TEXT, said).serialize(mask=True))
    return peer


async def test_a_stalled_browser_holds_up_nobody_and_costs_bounded_memory(app, port):
    peer = await stalled(port)
    await until(lambda: any(station.watching for station in app.hub.stations))
    (station,) = app.hub.stations
    async with talking(port) as client:
        await say(client, op="sub", topics={str(LAMPS): [None, 0]})
        await hear(client, t=str(LAMPS))
        took, largest, wire = [], 0, station.wire
        for number in range(120):
            rev = await turn(app, 1, f"{number}" + "x" * 8_000)
            begun = time.monotonic()
            await hear(client, r=rev)
            took.append(time.monotonic() - begun)
            largest = max(largest, wire.transport.get_write_buffer_size())
        assert wire.congested
        assert largest < 64 * 1024 + 2 * 10_000
        assert sorted(took)[110] < 1 * crowding()
        seen = asyncio.Event()
        reading = asyncio.create_task(drained(peer, b"119x", seen))
        await until(seen.is_set)
        await until(lambda: not wire.congested)
        await end(reading)
    peer.close()


async def drained(peer: socket.socket, wanted: bytes, seen: asyncio.Event) -> None:
    """Read at last, and on: the newest state comes, however much was skipped."""
    said, loop = b"", asyncio.get_running_loop()
    while more := await loop.sock_recv(peer, 65_536):
        said = said[-16:] + more
        if wanted in said:
            seen.set()


async def test_one_who_stays_stalled_is_cut_off(app, port, monkeypatch):
    monkeypatch.setattr(protocol, "DIRTY_SECONDS", 0.3)
    peer = await stalled(port)
    await until(lambda: any(station.watching for station in app.hub.stations))
    (station,) = app.hub.stations
    await filled(app, station)
    await until(lambda: not app.hub.stations)
    peer.close()


async def filled(app: App, station: Station) -> None:
    """Change so much, in as many frames as that takes, that the socket is full."""
    begun = time.monotonic()
    while not station.wire.congested and station in app.hub.stations:
        assert time.monotonic() - begun < 30
        await turn(app, 1, "x" * 20_000 + f"{time.monotonic()}")
        await asyncio.sleep(0.005)


async def test_a_dead_peer_is_cut_off_by_the_ping(app, monkeypatch):
    monkeypatch.setattr(protocol, "PING_SECONDS", 0.2)
    async with served(app) as port:
        peer = await stalled(port)  # answers no ping either
        await until(lambda: app.hub.stations)
        assert await until(lambda: not app.hub.stations) < 2
        peer.close()


async def test_a_full_socket_whose_session_ended_gets_nothing_more(app, port):
    peer = await stalled(port)
    await until(lambda: any(station.watching for station in app.hub.stations))
    (station,) = app.hub.stations
    await filled(app, station)
    assert station.wire.congested
    app.viewer.lost = Lost("signed out", 4401)
    await until(station.wire.transport.is_closing)
    peer.close()


async def test_socket_options_are_set(app, port):
    async with talking(port) as client:
        await hear(client, op="hello")
        (station,) = app.hub.stations
        connection = station.wire.transport.get_extra_info("socket")
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.IPPROTO_TCP, 25) == 16 * 1024
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000


async def test_a_drained_node_closes_1012_and_then_turns_away(app, port):
    async with talking(port) as client:
        await hear(client, op="hello")
        draining = asyncio.create_task(app.hub.drain(over=0.1))
        await hear(client, op="drain")
        assert await code_of(client) == 1012
        await draining
    async with talking(port) as client:
        assert await code_of(client) == 1013


# What of uvicorn LiveProtocol leans on; a new version must be read before this is changed.
INHERITED = {
    "connection_made", "connection_lost", "pause_writing", "resume_writing", "handle_connect",
    "run_asgi", "shutdown", "keepalive_timeout", "stop_keepalive", "on_task_complete", "receive",
    "send", "send_500_response",
}  # fmt: skip
USED = {
    f"self.{name}"
    for name in [
        "app",
        "conn",
        "transport",
        "scope",
        "request",
        "response",
        "queue",
        "tasks",
        "logger",
        "writable",
        "close_sent",
        "close_timer",
        "close_timeout",
        "handshake_complete",
        "loop",
        "read_paused",
        "ping_interval",
        "ping_timeout",
        "pong_timer",
        "pending_ping_payload",
    ]
}


def test_uvicorn_is_the_version_that_was_read():
    assert uvicorn.__version__.startswith("0.54.")
    parent = websockets_sansio_impl.WebSocketsSansIOProtocol
    assert vars(parent).keys() >= INHERITED
    source = inspect.getsource(parent)
    assert {name for name in USED if name not in source} == set()
    # Closing by hand mirrors this order: tell the session, close, resume reading, set a timer.
    close = inspect.getsource(parent.send).split('"websocket.close":')[-1]
    order = [
        "queue.put_nowait",
        "conn.send_close",
        "close_sent = True",
        "resume_reading",
        "call_later",
    ]
    assert sorted(order, key=close.index) == order
