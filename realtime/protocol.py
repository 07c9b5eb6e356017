"""Protocol: a WebSocket whose writer never waits, on uvicorn's sans-IO implementation."""

import asyncio
import logging
import socket
from asyncio.transports import BaseTransport
from collections.abc import Callable, Coroutine
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request
from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol

from realtime import metrics
from realtime.frames import Message
from realtime.inbox import Inbox, Listener

EXTENSION = "ward.live"  # under which the session finds its socket in the ASGI scope
HIGH_WATER, LOW_WATER = 64 * 1024, 16 * 1024
LARGEST_INBOUND = 16 * 1024
DIRTY_SECONDS = 30.0
PING_SECONDS = 10.0
CLOSE_SECONDS = 5.0

_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    # Without it stale frames wait in the kernel, where conflation cannot reach them.
    (socket.IPPROTO_TCP, getattr(socket, "TCP_NOTSENT_LOWAT", 25), 16 * 1024),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_USER_TIMEOUT", 18), 15_000),
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024),
)

log = logging.getLogger(__name__)
_always = asyncio.Event()  # writers never wait here, so that one Event does for all
_always.set()


def _nothing(_topic: str) -> Message | None:
    """Owe nothing: no hub has taken the socket yet, or it is gone."""
    return None


class LiveProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, and the hub's `Wire`.

    The ASGI task only shakes hands: afterwards a session is told by its inbox what the browser
    says, and nothing of the handshake is kept.
    """

    newest: Callable[[str], Message | None]
    put: Callable[[bytes], object] | None  # writes at once; None: let `offer` weigh the frame

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # No compression: one frame's bytes serve every socket of a view.
        self.conn = ServerProtocol(max_size=LARGEST_INBOUND, logger=log)
        self.writable = _always
        self.ping_interval = self.ping_timeout = PING_SECONDS
        self.close_timeout = CLOSE_SECONDS
        self.newest, self.put = _nothing, None
        self._listening = False
        self._dirty: dict[str, None] = {}
        self._dirty_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER, low=LOW_WATER)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
            tune(connection.fileno())

    def handle_connect(self, event: Request) -> None:
        """Answer the handshake; what is said after it is read by a parser without its memory."""
        super().handle_connect(event)
        if self.response.status_code == 101 and not self.conn.reader.buffer:
            self.conn = ServerProtocol(state=OPEN, max_size=LARGEST_INBOUND, logger=log)
            self.conn.state = CONNECTING  # until the answer is written; the parser awaits frames

    async def run_asgi(self) -> None:
        """Run the app; it may return as soon as a session listens."""
        cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = self
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application")
            self.send_500_response()
        if self._listening:
            del self.scope, self.request, self.response
            return
        if not self.handshake_complete:
            self.logger.error("ASGI callable returned without completing handshake.")
            self.send_500_response()
        if self.close_timer is None:
            self.transport.close()

    def listen(self, listener: Listener) -> None:
        """Let the session hear by itself from now on; what was said meanwhile comes first."""
        said, inbox = self.queue, Inbox(self, listener, self._begin)
        self.queue = cast("asyncio.Queue[ASGIReceiveEvent]", inbox)
        self._listening = True
        self._free()
        while not said.empty():
            inbox.put_nowait(said.get_nowait())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def read_on(self) -> None:
        """Read the browser's next message."""
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    # The hub's wire ----------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """Tell whether nothing can be said any more."""
        return self.close_sent or not self.handshake_complete or self.transport.is_closing()

    @property
    def congested(self) -> bool:
        return bool(self._dirty) or self.transport.get_write_buffer_size() > HIGH_WATER

    def offer(self, topic: str, message: Message) -> None:
        """Write the frame, or remember that the topic needs its newest state later."""
        if self.over:
            return
        if self.congested:
            metrics.CONFLATED.inc()
            self.put = None
            self._dirty[topic] = None
            if self._dirty_timer is None:
                self._dirty_timer = self.loop.call_later(DIRTY_SECONDS, self._abort, "dirty")
            return
        self.transport.write(message.framed)

    def say(self, message: Message) -> None:
        """Write a small message whatever the congestion."""
        if not self.over:
            self.transport.write(message.framed)

    def seal(self) -> None:
        """Let no frame out any more: the socket is closing."""
        self.put = None

    def pause_writing(self) -> None:
        """Hear from the transport that more than the high water waits."""
        self.put = None

    def resume_writing(self) -> None:
        """Hear from the transport that what waited has gone down to the low water."""
        self.flush()

    def flush(self) -> None:
        """Write the newest state of topics that had to wait, as far as there is room."""
        for topic in list(self._dirty):
            if self.over or self.transport.get_write_buffer_size() > HIGH_WATER:
                return
            if message := self.newest(topic):
                del self._dirty[topic]
                self.transport.write(message.framed)
        self._free()

    def forget(self, topic: str) -> None:
        """Owe nothing for a topic that is no longer watched."""
        self._dirty.pop(topic, None)

    def _free(self) -> None:
        """Let frames out without a second look again, where nothing is owed and there is room."""
        if self._dirty:
            return
        if self._dirty_timer is not None:
            self._dirty_timer.cancel()
            self._dirty_timer = None
        if self.put is None and not (self.over or self.congested):
            self.put = self.transport.write

    def finish(self, code: int, reason: str = "") -> None:
        """Close with this code; a peer that does not take it in time is cut off."""
        if self.over:
            return
        if self.congested:  # what waits must not be delivered after rights are gone
            self._abort("finish")
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.read_on()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def shutdown(self) -> None:
        """Leave as the server stops; a peer that takes nothing is not waited for."""
        if self.handshake_complete and self.congested:
            self._abort("shutdown")
        super().shutdown()

    # Dead peers --------------------------------------------------------------------------

    def keepalive_timeout(self) -> None:
        """Cut off a peer that answers no ping: closing would wait for a flush that never comes."""
        self.pong_timer = None
        self.pending_ping_payload = None
        self._abort("ping")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._dirty_timer is not None:
            self._dirty_timer.cancel()
            self._dirty_timer = None
        self._dirty.clear()
        super().connection_lost(exc)
        self.put, self.newest = None, _nothing

    def _abort(self, why: str) -> None:
        self.put = None
        if not self.transport.is_closing():
            metrics.ABORTED.labels(why).inc()
        self.transport.abort()


def tune(descriptor: int) -> None:
    """Set the options of a live socket."""
    with socket.socket(fileno=socket.dup(descriptor)) as connection:  # the options outlive the copy
        for level, option, value in _OPTIONS:
            try:
                connection.setsockopt(level, option, value)
            except OSError:
                log.warning("live: option %s is not known here", option)
