"""Listening: a listener for tests, with a handler that keeps messages in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from tests.interop.hl7.corpus import RULES
from tests.settling import PATIENCE
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.mllp import Handler, Limits, Listener

START, END = b"\x0b", b"\x1c\r"


def framed(message: bytes) -> bytes:
    """Put a message between MLLP's start and end."""
    return START + message + END


@dataclass
class Memory:
    """Stores every distinct message, and gives a repeated one its first answer again."""

    kept: dict[tuple[str, str, str, str], bytes] = field(default_factory=dict)

    async def handle(self, block: bytes, peer: str) -> bytes:
        """Store a message and answer it, as the real handler does with a database."""
        assert peer.startswith("127.0.0.1:")
        reading = wire.read(block, RULES)
        sent = reading.envelope
        key = (
            sent.sending_application,
            sent.sending_facility,
            sent.control_id,
            sha256(block).hexdigest(),
        )
        if key not in self.kept:
            self.kept[key] = ack.answer(reading, ack.Stamp.new())
        return self.kept[key]


@asynccontextmanager
async def listening(
    handle: Handler, limits: Limits | None = None, **more: object
) -> AsyncIterator[Listener]:
    """Run a listener on a free port."""
    listener = Listener(handle, limits or Limits(), **more)  # type: ignore[arg-type]
    await listener.start(port=0)
    try:
        yield listener
    finally:
        await listener.stop()


@dataclass
class Wire:
    """A raw connection: sends any bytes, reads answers frame by frame."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def put(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """Read one answer."""
        async with asyncio.timeout(PATIENCE):
            block = await self.reader.readuntil(END)
        assert block.startswith(START)
        return block[1:-2]

    async def closed(self) -> bool:
        """Wait until the listener hangs up, having said nothing more."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read() == b""


@asynccontextmanager
async def wired(listener: Listener) -> AsyncIterator[Wire]:
    """Connect to a listener."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
