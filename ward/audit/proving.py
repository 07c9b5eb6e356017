"""Proving: that one event stands in the sealed trail, for somebody who has only the public key."""

import base64
import json
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward.audit import leaves, merkle, notes
from ward.audit.leaves import ENTRY, FORMS
from ward.audit.merkle import HASH, Edge
from ward.audit.models import AuditCheckpoint
from ward.errors import Missing, WardError
from ward.node import Node

KIND = "ward-trail-proof-1"
_TABLE = AuditCheckpoint.__table__
_WHERE = text("SELECT xid::text::bigint AS xid, at FROM audit_event WHERE id = :id")


class Unsealed(WardError):
    """An event that is not under a checkpoint yet (409)."""

    status = 409

    def __init__(self) -> None:
        super().__init__("This event is not sealed yet. Try again in ten seconds.")


async def prove(node: Node, event_id: UUID) -> dict[str, Any]:
    """Give the proof of an event: its line, its place, the path to the root, the checkpoint."""
    snapshot = node.aside.execution_options(isolation_level="REPEATABLE READ")
    async with snapshot.connect() as connection:
        await leaves.settle(connection)
        found = (await connection.execute(_WHERE, {"id": event_id})).first()
        if found is None:
            raise Missing("There is no such event in the trail.")
        row = await _over(connection, event_id, found)
        columns = ", ".join(FORMS[row["form"]])
        one = f"SELECT {row['form']}, {columns} FROM audit_event WHERE id = '{event_id}'"  # noqa: S608
        (line,) = await leaves.lines(connection, f"{one} AND at = '{found.at.isoformat()}'")
        before = await _edge_before(connection, row["number"])
    nth = _nth(row, event_id)
    assert nth is not None
    hashes = [row["leaves"][at : at + HASH] for at in range(0, len(row["leaves"]), HASH)]
    path = merkle.path(before, hashes, before.size + nth)
    return {
        "kind": KIND,
        "event": base64.b64encode(line).decode(),
        "position": before.size + nth,
        "path": [base64.b64encode(each).decode() for each in path],
        "checkpoint": row["note"],
    }


async def _over(connection: AsyncConnection, event_id: UUID, found: Any) -> Any:
    """Find the checkpoint that holds the event."""
    asked = text(
        "SELECT * FROM audit_checkpoint"
        " WHERE (last_xid, last_at, last_id) >= (CAST(CAST(:xid AS text) AS xid8), :at, :id)"
        " ORDER BY number LIMIT 1"
    ).columns(*_TABLE.c)
    given = {"xid": str(found.xid), "at": found.at, "id": event_id}
    row = (await connection.execute(asked, given)).mappings().first()
    if row is None:
        raise Unsealed
    if _nth(row, event_id) is None:
        raise Missing("This event was never sealed. Run `ward audit verify`.")
    return row


def _nth(row: Any, event_id: UUID) -> int | None:
    ids = [row["entries"][at : at + 16] for at in range(0, len(row["entries"]), ENTRY.size)]
    return ids.index(event_id.bytes) if event_id.bytes in ids else None


async def _edge_before(connection: AsyncConnection, number: int) -> Edge:
    asked = select(_TABLE.c.size, _TABLE.c.edge).where(_TABLE.c.number == number - 1)
    row = (await connection.execute(asked)).first()
    return Edge.read(row.size, row.edge) if row else Edge()


def check(proof: dict[str, Any], key: notes.Public) -> tuple[dict[str, str | None], int]:
    """Check a proof by the public key alone; give the event's columns and the trail's size.

    Raises Forged when anything in it is not what was sealed.
    """
    try:
        line = base64.b64decode(proof["event"], validate=True)
        path = [base64.b64decode(each, validate=True) for each in proof["path"]]
        said = notes.Checkpoint.read(key.check(str(proof["checkpoint"])))
        root = merkle.root_of(line, int(proof["position"]), said.size, path)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, notes.Forged):
            raise
        raise notes.Forged("This is no proof of Ward's trail.") from None
    if root != said.root:
        raise notes.Forged("The event does not lead to the root of the checkpoint.")
    return columns_of(line), said.size


def columns_of(line: bytes) -> dict[str, str | None]:
    """Read a line into its columns, as they stand (escapes of COPY are kept)."""
    form, *values = line.decode().split("\t")
    names = FORMS[int(form)]
    return {
        name: None if value == "\\N" else value for name, value in zip(names, values, strict=True)
    }


def read(told: str) -> dict[str, Any]:
    """Read a proof from its file."""
    try:
        read = json.loads(told)
    except ValueError:
        raise notes.Forged("This is no proof of Ward's trail.") from None
    if not isinstance(read, dict) or read.get("kind") != KIND:
        raise notes.Forged("This is no proof of Ward's trail.")
    return read
