"""Capture: a mail server and a gateway for text messages that keep what they take.

The demo's reminders end here: nothing is sent on, and a page shows them. As a real gateway does,
it takes a text message once for each key; a mail is kept as often as it comes.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from domain.reminders import Channel
from ward import clock

HOST = "127.0.0.1"
KEPT = 500
LARGEST = 65536
_DONE = b"250 OK\r\n"


@dataclass(frozen=True, slots=True, repr=False)
class Caught:
    """One message that would have left the house."""

    channel: Channel
    to: str
    subject: str
    text: str
    key: str
    at: datetime


@dataclass(slots=True)
class Capture:
    """What was taken, newest last."""

    most: int | None = KEPT
    caught: deque[Caught] = field(default_factory=deque)
    asked: int = 0  # times that a text message came, repeats too
    smtp_port: int = 0
    http_port: int = 0
    first: asyncio.Event = field(default_factory=asyncio.Event)
    _keys: set[str] = field(default_factory=set)

    def keep(self, channel: Channel, to: str, subject: str, text: str, key: str) -> None:
        """Keep a message; of many, the newest."""
        self.caught.append(Caught(channel, to, subject, text, key, clock.now()))
        self.first.set()
        if self.most is not None and len(self.caught) > self.most:
            self.caught.popleft()

    @asynccontextmanager
    async def serving(self, smtp: int = 0, http: int = 0) -> AsyncIterator["Capture"]:
        """Take messages until the block ends; port 0: whichever is free."""
        mail = await asyncio.start_server(_quietly(self._mail), HOST, smtp)
        texts = await asyncio.start_server(_quietly(self._texts), HOST, http)
        self.smtp_port = mail.sockets[0].getsockname()[1]
        self.http_port = texts.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            mail.close()
            texts.close()

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much SMTP (RFC 5321) as a client needs to leave a message."""
        writer.write(b"220 capture ESMTP\r\n")
        to = ""
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to = line.partition(":")[2].strip(" <>")
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                raw = await _until_dot(reader)
                if raw is None:
                    return
                self._take_mail(to, raw)
            writer.write(b"221 bye\r\n" if verb == "QUIT" else _DONE)
            await writer.drain()
            if verb == "QUIT":
                return

    def _take_mail(self, to: str, raw: bytes) -> None:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        key = str(message["Message-ID"] or "").strip("<>").partition("@")[0]
        text = message.get_content().strip()
        self.keep(Channel.EMAIL, to, str(message["Subject"] or ""), text, key)

    async def _texts(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take text messages as JSON over HTTP/1.1, each key once."""
        while head := await reader.readuntil(b"\r\n\r\n"):
            headers = dict(
                line.lower().split(": ", 1)
                for line in head.decode("latin-1").split("\r\n")[1:]
                if ": " in line
            )
            body = await reader.readexactly(min(int(headers.get("content-length", "0")), LARGEST))
            status = self._take_text(body)
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}".encode())
            await writer.drain()

    def _take_text(self, body: bytes) -> str:
        try:
            said = json.loads(body)
            to, text, key = str(said["to"]), str(said["text"]), str(said["key"])
        except (ValueError, KeyError, TypeError):
            return "400 Bad Request"
        self.asked += 1
        if key not in self._keys:
            self._keys.add(key)
            self.keep(Channel.SMS, to, "", text, key)
        return "202 Accepted"


async def _until_dot(reader: asyncio.StreamReader) -> bytes | None:
    """Read the lines of a message to the dot that ends it; None when it never came."""
    lines = []
    while (line := await reader.readline()) != b".\r\n":
        if not line:
            return None
        lines.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(lines)


_Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _quietly(handler: _Handler) -> _Handler:
    """Have a client that hangs up, or that is hung up on, be no error."""

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await handler(reader, writer)
        finally:
            writer.close()

    return handled
