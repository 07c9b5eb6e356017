"""Sockets: many browsers in one process, which note when each frame reaches them."""

import asyncio
import base64
import json
import os
import socket
import time
from typing import cast

from realtime.topics import Topic

SNAPS = 15  # whole boards that a browser asks for to fill its buffers
PING = b"\x89\x04"  # never part of a text
AT_ONCE = 50  # browsers that come together: more are a storm, which is not measured here


class Browser(asyncio.Protocol):
    """One socket: subscribes, then notes the arrival of each frame of its topic."""

    def __init__(self, port: int, cookie: str, topic: Topic) -> None:
        self._hello, self._topic = _handshake(port, cookie), topic
        self._begun = False
        self.ready = asyncio.get_running_loop().create_future()
        self.arrivals: list[float] = []
        self.last = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        if not self._begun:
            assert data.startswith(b"HTTP/1.1 101"), data[:100]
            self._begun = True
            wanted = {"op": "sub", "topics": {str(self._topic): [None, 0]}}
            assert self.transport is not None
            self.transport.write(_masked(json.dumps(wanted).encode()))
        if (at := data.find(PING)) >= 0:
            assert self.transport is not None
            self.transport.write(b"\x8a\x84\0\0\0\0" + data[at + 2 : at + 6])
        if b'{"t":"' in data:
            self.arrivals.append(time.perf_counter())
            self.last = data
            if not self.ready.done():
                self.ready.set_result(None)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_result(None)


def _handshake(port: int, cookie: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    ).encode()


def _masked(payload: bytes) -> bytes:
    """Frame a text as a browser must: masked (here with zeros, which change nothing)."""
    assert len(payload) < 65536
    size = bytes((0x80 | 126,)) + len(payload).to_bytes(2)
    return b"\x81" + size + b"\0\0\0\0" + payload


async def stall(port: int, cookie: str, topic: Topic) -> asyncio.Transport:
    """Seat a browser that asks for more than it reads, until all that lies before it is full."""
    loop = asyncio.get_running_loop()
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    await loop.sock_connect(peer, ("127.0.0.1", port))
    _, browser = await loop.create_connection(lambda: Browser(port, cookie, topic), sock=peer)
    await asyncio.sleep(0.3)  # its first board comes in too many pieces to be noticed
    assert browser.transport is not None
    browser.transport.pause_reading()
    snap = _masked(json.dumps({"op": "snap", "topics": [str(topic)]}).encode())
    for _ in range(SNAPS):
        browser.transport.write(snap)
        await asyncio.sleep(0.06)  # faster would be called a flood
    return browser.transport


async def watch(count: int, port: int, cookie: str, topic: Topic) -> list[Browser]:
    """Connect many browsers, some at a time, and wait until each shows the topic."""
    loop, browsers = asyncio.get_running_loop(), list[Browser]()
    async with asyncio.timeout(120):
        while len(browsers) < count:
            came: list[Browser] = []
            for _ in range(min(AT_ONCE, count - len(browsers))):
                _, browser = await loop.create_connection(
                    lambda: Browser(port, cookie, topic), "127.0.0.1", port
                )
                came.append(browser)
            await asyncio.gather(*(browser.ready for browser in came))
            browsers += [browser for browser in came if browser.arrivals]  # others were sent away
    return browsers
