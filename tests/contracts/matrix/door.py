"""Door: asks a serving node as a browser does, thousands of times, and says what came back."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from ward.dev.cast import PASSWORD

_FORM = "application/x-www-form-urlencoded"
_HX = "hx-request: true\r\n"


class Outcome(StrEnum):
    """What a door did."""

    IN = "in"
    SIGN_IN = "sign-in"  # nobody is there
    ROLE = "role"  # the role does not hold it
    RELATION = "relation"  # nothing explains the patient
    MISSING = "missing"  # a place of another branch, or a row that is not this person's
    ASKED = "asked"  # a field is missing or wrong: nobody looked at whom it is about
    BROKEN = "broken"


REFUSED = frozenset({Outcome.RELATION, Outcome.MISSING})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def outcome(self) -> Outcome:
        match self.status:
            case 403 if b"Your role does not include this." in self.body:
                return Outcome.ROLE
            case 403:
                return Outcome.RELATION
            case 401:
                return Outcome.SIGN_IN
            case 302 | 303 if re.search(r"location: (?:http://[^/]+)?/login", self.headers):
                return Outcome.SIGN_IN
            case 404:
                return Outcome.MISSING
            case 400 | 409 | 422:
                return Outcome.ASKED
            case status if status >= 500:
                return Outcome.BROKEN
        return Outcome.IN


class Door:
    """One connection that stays open, with the cookies of one person (or of nobody)."""

    def __init__(self, url: str) -> None:
        self.url, self.cookie = url, ""
        self.place = urlsplit(url)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def sign_in(self, username: str) -> "Door":
        """Come in as one of the cast."""
        said = {"username": username, "password": PASSWORD}
        answer = await self.ask("POST", "/login", said, htmx=False)
        found = re.search(r"set-cookie: (ward_session=[^;]+)", answer.headers)
        assert found, (username, answer.status)
        self.cookie = found[1]
        return self

    async def ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, *, htmx: bool = True
    ) -> Answer:
        """Send one request and read all of what comes."""
        said = urlencode(fields or {}).encode() if method == "POST" else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self.place.netloc}\r\norigin: {self.url}\r\n"
            f"{_HX if htmx else ''}"
            f"cookie: {self.cookie}\r\ncontent-type: {_FORM}\r\ncontent-length: {len(said)}\r\n\r\n"
        )
        for fresh in (False, True):  # a server may close what was idle
            try:
                return await self._once(head.encode() + said, fresh=fresh)
            except (ConnectionError, asyncio.IncompleteReadError):
                if fresh:
                    raise
        raise AssertionError

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            await self._writer.wait_closed()
            self._writer = None

    async def _once(self, sent: bytes, *, fresh: bool) -> Answer:
        if fresh:
            await self.close()
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self.place.hostname, self.place.port
            )
        assert self._reader is not None
        self._writer.write(sent)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, headers = int(head[9:12]), head.lower()
        if "transfer-encoding: chunked" in headers:
            body = await self._chunks()
        else:
            length = re.search(r"content-length: (\d+)", headers)
            body = await self._reader.readexactly(int(length[1])) if length else b""
        if "connection: close" in headers:
            await self.close()
        return Answer(status, _low(head), body)

    async def _chunks(self) -> bytes:
        assert self._reader is not None
        body = b""
        while True:
            size = int(await self._reader.readline(), 16)
            piece = await self._reader.readexactly(size + 2)
            if not size:
                return body
            body += piece[:-2]


def _low(head: str) -> str:
    """Write the names of headers small; values stay as they are."""
    return re.sub(r"(?m)^[\w-]+:", lambda name: name[0].lower(), head)


def nobody() -> str:
    """Give an id that no row has."""
    return str(uuid4())
