"""Meter: what delivering a frame costs a node, beside a bare loop over the same sockets.

Each push is timed in the node's own thread, from the first socket until uvloop has written to the
last one; a moment later the same bytes are written by a plain loop to the same transports, and
timed in the same way. So both meet the same kernel, the same receivers and the same noise.
"""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from realtime.frames import Frame
from realtime.views import View, Watch

PAUSE = 0.04  # seconds between a push and its bare twin: the receivers have read the first
LEAST = 100  # sockets: a smaller view is not what is measured


def install(notes: Path) -> None:
    """Have every push of this node written down: sockets, nanoseconds, those of the bare loop."""
    plain = View.send

    def send(self: View, frame: Frame, give: Callable[[View, Watch], None]) -> None:
        if len(self.watches) < LEAST:
            plain(self, frame, give)
            return
        loop, began = asyncio.get_running_loop(), time.thread_time_ns()
        plain(self, frame, give)
        loop.call_soon(_ended, notes, self, frame.message.framed, began)

    View.send = send  # type: ignore[method-assign]


def _ended(notes: Path, view: View, framed: bytes, began: int) -> None:
    """Run after uvloop has written what this turn of the loop queued."""
    spent = time.thread_time_ns() - began
    asyncio.get_running_loop().call_later(PAUSE, _bare, notes, view, framed, spent)


def _bare(notes: Path, view: View, framed: bytes, spent: int) -> None:
    wires: list[Any] = [watch.station.wire for watch in view.watches]
    transports = [wire.transport for wire in wires]
    began = time.thread_time_ns()
    for transport in transports:
        transport.write(framed)
    asyncio.get_running_loop().call_soon(_noted, notes, len(transports), spent, began, len(framed))


def _noted(notes: Path, sockets: int, spent: int, began: int, size: int) -> None:
    bare = time.thread_time_ns() - began
    with notes.open("a", encoding="ascii") as file:
        file.write(json.dumps([sockets, spent, bare, size]) + "\n")
