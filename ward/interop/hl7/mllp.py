"""MLLP: the listener that takes HL7 messages off connections and answers each one."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from hl7.mllp import start_hl7_server  # type: ignore[import-untyped]
from hl7.mllp.streams import HL7StreamReader, HL7StreamWriter  # type: ignore[import-untyped]

from ward.interop.hl7 import ack
from ward.interop.hl7.codes import ErrorCode, Fault
from ward.interop.hl7.framing import Counts, Frame, Framer

Handler = Callable[[bytes, str], Awaitable[bytes]]
"""Takes a message and its peer, stores it, and gives the acknowledgement to send."""

_CHUNK = 65_536
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one listener bears. Seconds, bytes and counts; engineering defaults."""

    message: int = 4 * 1024 * 1024
    idle_in_frame: float = 30
    idle_between: float = 600
    answer_within: float = 25
    """Senders wait 30 s; a message not stored by then is refused and sent again."""
    connections: int = 100
    drain: float = 10


@dataclass(slots=True, eq=False)
class _Line:
    """One connection."""

    peer: str
    writer: HL7StreamWriter
    framer: Framer
    busy: bool = False


@dataclass(slots=True, eq=False)
class Listener:
    """An MLLP listener: each frame gets exactly one answer, in order; nothing else ends a line."""

    handle: Handler
    limits: Limits = field(default_factory=Limits)
    tls: ssl.SSLContext | None = None
    ended: Counts = field(default_factory=Counts)
    """What the connections held that are over; `counts` adds the open ones."""
    refused_connections: int = 0
    failures: int = 0
    """Messages answered AR 207 because the handler failed."""
    _server: asyncio.Server | None = None
    _lines: dict["asyncio.Task[None]", _Line] = field(default_factory=dict)
    _stopping: bool = False

    async def start(self, host: str = "127.0.0.1", port: int = 2575) -> None:
        """Listen; other machines reach it only when `host` says so."""
        self._server = await start_hl7_server(
            self._connected, host, port, limit=_CHUNK, ssl=self.tls
        )

    @property
    def port(self) -> int:
        """Return the port, also when 0 was asked for."""
        if self._server is None:
            raise RuntimeError("the listener is not started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def counts(self) -> Counts:
        """Return what every connection so far has held."""
        total = Counts()
        for counts in (self.ended, *(line.framer.counts for line in self._lines.values())):
            total.add(counts)
        return total

    @property
    def connections(self) -> int:
        """Return how many are open."""
        return len(self._lines)

    async def stop(self) -> None:
        """Take no more messages, answer those that are being stored, close every connection."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for line in self._lines.values():
            if not line.busy:
                line.writer.close()
        if self._lines:
            await asyncio.wait(tuple(self._lines), timeout=self.limits.drain)
        for task, line in tuple(self._lines.items()):
            line.writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _connected(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        """Give a connection a task that lives as long as it."""
        if self._stopping or len(self._lines) >= self.limits.connections:
            self.refused_connections += 1
            _log.warning("mllp.too_many_connections", connections=len(self._lines))
            writer.close()
            return
        host, port = (writer.get_extra_info("peername") or ("?", 0))[:2]
        connection = writer.get_extra_info("socket")
        with suppress(OSError, AttributeError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        line = _Line(f"{host}:{port}", writer, Framer(self.limits.message))
        task = asyncio.get_running_loop().create_task(self._serve(line, reader))
        self._lines[task] = line
        task.add_done_callback(self._lines.pop)

    async def _serve(self, line: _Line, reader: HL7StreamReader) -> None:
        """Read and answer until the peer leaves, is silent too long, or we stop."""
        try:
            while data := await self._read(line, reader):
                await self._answer_all(line, line.framer.feed(data))
                if self._stopping:
                    break
        except TimeoutError:
            _log.warning("mllp.idle", peer=line.peer, in_frame=line.framer.open)
        except (ConnectionError, OSError) as error:
            _log.info("mllp.lost", peer=line.peer, error=type(error).__name__)
        finally:
            self._ended(line)

    async def _read(self, line: _Line, reader: HL7StreamReader) -> bytes:
        limits = self.limits
        idle = limits.idle_in_frame if line.framer.open else limits.idle_between
        async with asyncio.timeout(idle):
            return bytes(await reader.read(_CHUNK))

    async def _answer_all(self, line: _Line, frames: list[Frame]) -> None:
        for frame in frames:
            if self._stopping:
                return
            line.busy = True
            line.writer.writeblock(await self._answer(frame, line.peer))
            async with asyncio.timeout(self.limits.idle_in_frame):
                await line.writer.drain()
            line.busy = False

    async def _answer(self, frame: Frame, peer: str) -> bytes:
        if frame.oversized:
            _log.warning("mllp.oversized", peer=peer)
            fault = Fault(ErrorCode.TOO_LONG, "", "The message is larger than is taken in here")
            return ack.refuse(frame.block, fault, ack.Stamp.new())
        try:
            async with asyncio.timeout(self.limits.answer_within):
                return await self.handle(frame.block, peer)
        except Exception as error:  # noqa: BLE001 - whatever happens, the sender is answered
            self.failures += 1
            _log.error("mllp.handler_failed", peer=peer, error=type(error).__name__)
            fault = Fault(ErrorCode.APPLICATION, "", "The message is not stored; send it again")
            return ack.refuse(frame.block, fault, ack.Stamp.new())

    def _ended(self, line: _Line) -> None:
        counts = line.framer.counts
        counts.cut += line.framer.open
        line.framer.counts = Counts()
        self.ended.add(counts)
        if counts.garbage or counts.cut:
            _log.warning("mllp.protocol", peer=line.peer, garbage=counts.garbage, cut=counts.cut)
        line.writer.close()
