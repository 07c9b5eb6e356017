"""Client: sends HL7 messages over MLLP and reads their answers, as `mllp_send` does."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from hl7.mllp import open_hl7_connection  # type: ignore[import-untyped]
from hl7.mllp.streams import HL7StreamReader, HL7StreamWriter  # type: ignore[import-untyped]

from ward.interop.hl7 import batch

_LARGEST_ANSWER = 4 * 1024 * 1024
_FRAME = re.compile(rb"\x0b(.*?)\x1c[\r\n]", re.DOTALL)
_NEXT_MESSAGE = re.compile(rb"(?:\A|(?<=[\r\n]))(?=(?:\xef\xbb\xbf)?MSH[^\w\s])")


@dataclass(frozen=True, slots=True)
class Sender:
    """A connection to a listener; one message at a time, each answered before the next."""

    reader: HL7StreamReader
    writer: HL7StreamWriter
    patience: float

    async def send(self, message: bytes) -> bytes:
        """Send one message and return its acknowledgement."""
        self.writer.writeblock(message)
        await self.writer.drain()
        return await self.answer()

    async def answer(self) -> bytes:
        """Wait for one acknowledgement."""
        async with asyncio.timeout(self.patience):
            return bytes(await self.reader.readblock())


@asynccontextmanager
async def connect(
    host: str, port: int, *, tls: ssl.SSLContext | None = None, patience: float = 30
) -> AsyncIterator[Sender]:
    """Open a connection for as long as the block lasts."""
    reader, writer = await open_hl7_connection(host, port, limit=_LARGEST_ANSWER, ssl=tls)
    try:
        yield Sender(reader, writer, patience)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def messages(data: bytes) -> list[bytes]:
    """Find the messages in a file: framed ones, those of a batch, or one at each line with MSH.

    Line ends become the segment separator CR. A file without an MSH is one (unreadable) message;
    an empty one holds none.
    """
    framed = _FRAME.findall(data)
    around = None if framed else batch.opened(data)
    if around and around.sound:
        framed = list(around.messages)
    found = framed or [part for part in _NEXT_MESSAGE.split(data) if part.strip()]
    return [part.replace(b"\r\n", b"\r").replace(b"\n", b"\r") for part in found]
