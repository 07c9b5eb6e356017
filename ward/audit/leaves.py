"""Leaves: the bytes of an event that are sealed: its line in PostgreSQL's COPY text form.

That form is unambiguous (tabs and line breaks are escaped), made by the server as fast as it can
read, and the same for whoever asks with UTC, ISO dates and hexadecimal bytes. The number of the
form stands first, so that a later column makes a new form and old events keep theirs.
"""

import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FORMS = {
    1: (
        "id", "at", "xid", "actor_kind", "actor_id", "actor_name", "session_id", "ip", "action",
        "code", "data_classes", "patients", "resource", "resource_id", "relation", "outcome",
        "request_id", "items", "query", "detail", "version",
    ),
    2: (
        "id", "at", "xid", "actor_kind", "actor_id", "actor_name", "session_id", "ip", "action",
        "code", "data_classes", "patients", "resource", "resource_id", "relation", "outcome",
        "request_id", "items", "query", "detail", "version", "break_glass",
    ),
}  # fmt: skip
FORM = max(FORMS)
ENTRY = struct.Struct(">16sq")  # id, microseconds since 1970
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_SETTLED = text(
    "SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true),"
    " set_config('bytea_output', 'hex', true), set_config('statement_timeout', '0', true),"
    " set_config('idle_in_transaction_session_timeout', '0', true)"
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of all events."""

    xid: int
    at: datetime
    id: UUID

    def __str__(self) -> str:
        """Write it as a row that SQL compares with."""
        return f"('{self.xid}'::xid8, '{self.at.isoformat()}'::timestamptz, '{self.id}'::uuid)"


FIRST = Place(0, datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is sealed: form, id, instant, xid and the rest, with tabs between."""

    data: bytes

    @property
    def id(self) -> UUID:
        return UUID(self.data.split(b"\t", 2)[1].decode())

    @property
    def place(self) -> Place:
        """Tell where in the order it stands."""
        _, key, at, xid, _ = self.data.split(b"\t", 4)
        return Place(int(xid), datetime.fromisoformat(at.decode()), UUID(key.decode()))

    @property
    def entry(self) -> bytes:
        """Give id and instant as a checkpoint keeps them."""
        place = self.place
        return ENTRY.pack(place.id.bytes, (place.at - _EPOCH) // _MICRO)


def entry_of(packed: bytes) -> tuple[UUID, datetime]:
    """Read id and instant as a checkpoint keeps them."""
    key, micros = ENTRY.unpack(packed)
    return UUID(bytes=key), _EPOCH + micros * _MICRO


def between(after: Place, until: str, *, form: int = FORM, most: int | None = None) -> str:
    """Select the lines of events behind a place; `until` is a further condition."""
    columns = ", ".join(FORMS[form])
    limit = f" LIMIT {most}" if most else ""
    return (
        f"SELECT {form}, {columns} FROM audit_event"  # noqa: S608 - places are numbers and ids
        f" WHERE xid >= '{after.xid}'::xid8 AND (xid, at, id) > {after} AND {until}"
        f" ORDER BY xid, at, id{limit}"
    )


async def settle(connection: AsyncConnection) -> None:
    """Have this transaction write lines in the one form there is, and take its time."""
    await connection.execute(_SETTLED)


async def copy(
    connection: AsyncConnection, query: str, take: Callable[[list[bytes]], Awaitable[None]]
) -> None:
    """Stream lines: `take` is given many at a time."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    rest = b""

    async def chunk(data: bytes) -> None:
        nonlocal rest
        whole, _, left = (rest + data).rpartition(b"\n")
        rest = left
        if whole:
            await take(whole.split(b"\n"))

    await raw.copy_from_query(query, output=chunk)
    assert not rest


async def lines(connection: AsyncConnection, query: str) -> list[bytes]:
    """Give all lines of a query."""
    found: list[bytes] = []

    async def take(some: list[bytes]) -> None:
        found.extend(some)

    await copy(connection, query, take)
    return found
