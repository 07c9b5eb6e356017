"""Inbox: what is said is heard in order, and whoever leaves is forgotten once, after it."""

import asyncio
import inspect
import json
import socket
from dataclasses import dataclass, field

import pytest
import uvloop
from starlette.websockets import WebSocket
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets.frames import Frame, Opcode

from realtime.inbox import Inbox
from realtime.protocol import HIGH_WATER, LiveProtocol
from tests.realtime import toy
from tests.realtime.app import App, served
from tests.realtime.browser import until
from tests.realtime.toy import LAMPS

OVER = {"type": "websocket.disconnect", "code": 1005}


def said(text: str) -> dict[str, str]:
    return {"type": "websocket.receive", "text": text}


@dataclass
class Both:
    """Socket and session in one; each message waits until it is let through."""

    heard: list[str | None] = field(default_factory=list)
    sealed: bool = False
    over: bool = False
    left: int = 0
    through: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def seal(self) -> None:
        self.sealed = True

    def read_on(self) -> None: ...

    async def hear(self, text: str | None) -> None:
        self.heard.append(text)
        await self.through.wait()

    def leave(self) -> None:
        self.left += 1

    def begin(self, work) -> None:
        self.tasks.append(asyncio.create_task(work))


@pytest.fixture
async def both() -> Both:
    return Both()


@pytest.fixture
def inbox(both) -> Inbox:
    return Inbox(both, both, both.begin)


async def test_a_quiet_socket_has_no_task_and_leaves_at_once(both, inbox):
    inbox.put_nowait(OVER)
    assert (both.tasks, both.sealed, both.left) == ([], True, 1)


async def test_messages_are_heard_in_order_by_one_task(both, inbox):
    for text in "abc":
        inbox.put_nowait(said(text))
    both.through.set()
    await asyncio.gather(*both.tasks)
    inbox.put_nowait(said("d"))
    await asyncio.gather(*both.tasks)
    assert both.heard == ["a", "b", "c", "d"]
    assert (len(both.tasks), both.left) == (2, 0)


async def test_who_hangs_up_leaves_after_his_last_word_and_no_frame_follows(both, inbox):
    inbox.put_nowait(said("a"))
    inbox.put_nowait(said("b"))
    await asyncio.sleep(0)
    inbox.put_nowait(OVER)
    inbox.put_nowait(said("too late"))
    assert (both.sealed, both.left) == (True, 0)
    both.through.set()
    await asyncio.gather(*both.tasks)
    assert (both.heard, both.left) == (["a", "b"], 1)


async def test_what_is_left_over_when_the_socket_was_cut_is_not_heard(both, inbox):
    inbox.put_nowait(said("a"))
    inbox.put_nowait(said("b"))
    await asyncio.sleep(0)
    both.over = True
    both.through.set()
    await asyncio.gather(*both.tasks)
    inbox.put_nowait(OVER)
    assert (both.heard, both.left) == (["a"], 1)


async def test_a_cancelled_hearing_leaves(both, inbox):
    inbox.put_nowait(said("a"))
    await asyncio.sleep(0)
    both.tasks[0].cancel()
    await asyncio.wait(both.tasks)
    assert both.left == 1


def test_every_way_uvicorn_closes_a_socket_tells_the_inbox_first():
    """Nothing but the inbox seals the socket, so a close that it does not see would be a leak."""
    parent = websockets_sansio_impl.WebSocketsSansIOProtocol
    for name in ("connection_lost", "shutdown", "handle_close", "handle_parser_exception"):
        code = inspect.getsource(getattr(parent, name))
        assert code.index("queue.put_nowait") < code.rindex("transport.close")


def test_a_quiet_socket_keeps_nothing_of_its_handshake(url):
    """On uvloop, as served: the session needs no task, and a full socket pauses itself."""
    uvloop.run(_quiet(url))


class Slow(App):
    """It takes its time to look for the session."""

    async def live(self, websocket: WebSocket) -> None:
        await asyncio.sleep(0.3)
        await super().live(websocket)


async def _quiet(url: str) -> None:
    engine = await toy.prepare(url)
    app = Slow(engine)
    async with served(app) as port:
        peer = await _early(port)
        await until(lambda: any(station.watching for station in app.hub.stations))
        (station,) = app.hub.stations
        wire = station.wire
        assert isinstance(wire, LiveProtocol)
        await until(lambda: not wire.tasks)
        assert not {"scope", "request", "response"} & vars(wire).keys()
        sent = 0
        while wire.put is not None:
            wire.put(b"x" * 10_000)
            sent += 10_000
            assert sent < 8_000_000
        assert HIGH_WATER < wire.transport.get_write_buffer_size() <= HIGH_WATER + 10_000
        assert wire.congested
        peer.close()
        await until(lambda: not app.hub.stations)
        assert wire.put is None
    await engine.dispose()


async def _early(port: int) -> socket.socket:
    """Say half of the first message before the handshake is answered."""
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
    wanted = json.dumps({"op": "sub", "topics": {str(LAMPS): [None, 0]}}).encode()
    frame = Frame(Opcode.TEXT, wanted).serialize(mask=True)
    await asyncio.sleep(0.1)
    await loop.sock_sendall(peer, frame[:7])
    await asyncio.sleep(0.4)
    await loop.sock_sendall(peer, frame[7:])
    return peer
