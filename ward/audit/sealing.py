"""Sealing: what nobody can change any more goes under a signed checkpoint, within ten seconds."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from realtime.tasks import end
from ward import clock
from ward.audit import anchors, leaves, merkle, months, notes, signals
from ward.audit.leaves import Line, Place
from ward.audit.models import AuditCheckpoint
from ward.db import new_id
from ward.errors import Unavailable
from ward.node import Node

EVERY = 10.0  # seconds
SOON = 1_000  # rows committed here since the last time: then it is time
TICK = 1.0
AT_ONCE = 4_096  # events under one checkpoint

SEALED = Counter("audit_sealed_total", "Events sealed by this node")
SIZE = Gauge("audit_sealed_size", "Events under the newest checkpoint")

log = structlog.get_logger(__name__)
_TABLE = AuditCheckpoint.__table__
_MINE = text("SELECT pg_try_advisory_xact_lock(hashtext('ward.audit.seal'))")
_XMIN = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
_KNOWN = ("number", "size", "last_xid", "last_at", "last_id", "settled", "edge", "note")
NEWEST = select(*(_TABLE.c[name] for name in _KNOWN)).order_by(_TABLE.c.number.desc()).limit(1)


class Sealer:
    """Seals in turn with the other nodes: whoever holds the lock does it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take in what waits on the second device, before anybody is served; then begin."""
        await self.node.trail.drain()
        self._task = asyncio.create_task(self._run(), name="sealer")

    async def stop(self) -> None:
        """Stop; what is not sealed yet is sealed by another node, or at the next start."""
        await end(self._task)

    async def _run(self) -> None:
        trail = self.node.trail
        taken, slept = trail.taken, 0.0
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(trail.alarm.wait(), TICK)
            slept += TICK
            if not trail.alarm.is_set() and slept < EVERY and trail.taken - taken < SOON:
                continue
            trail.alarm.clear()
            taken, slept = trail.taken, 0.0
            try:
                await months.keep_ahead(self.node)
                await seal(self.node)
                await signals.look_through(self.node)
            except (SQLAlchemyError, OSError, Unavailable) as error:
                log.warning("audit.later", kind=type(error).__name__)
            except Exception:  # what is odd about one look must not leave the others unsealed
                log.exception("audit.later")


async def seal(node: Node) -> int:
    """Seal all that can be sealed now; return how many events. Nothing while another node does."""
    sealed = 0
    while done := await _seal_some(node):
        sealed += done
        if done < AT_ONCE:
            break
    await anchors.write(node)
    return sealed


async def _seal_some(node: Node) -> int:
    snapshot = node.aside.execution_options(isolation_level="REPEATABLE READ")
    async with snapshot.begin() as connection:
        if not await connection.scalar(_MINE):
            return 0
        await leaves.settle(connection)
        xmin = await connection.scalar(_XMIN)
        last = (await connection.execute(NEWEST)).mappings().first()
        ready = f"xid < '{xmin}'::xid8"
        query = leaves.between(_next_of(last), ready, most=AT_ONCE)
        found = await leaves.lines(connection, query)
        if found:
            settled = Line(found[-1]).place.xid if len(found) == AT_ONCE else int(xmin)
            row = await asyncio.to_thread(_checkpoint, node, last, found, settled)
            await connection.execute(insert(AuditCheckpoint), row)
            SIZE.set(row["size"])
    if found:
        SEALED.inc(len(found))
    return len(found)


def end_of(checkpoint: Any) -> Place:
    """Tell up to where a checkpoint goes; None: the beginning."""
    if checkpoint is None:
        return leaves.FIRST
    return Place(checkpoint["last_xid"], checkpoint["last_at"], checkpoint["last_id"])


def _next_of(last: Any) -> Place:
    """Tell where to go on: what stands below a settled transaction came by no honest way."""
    if last is None or last["last_xid"] >= last["settled"]:
        return end_of(last)
    return replace(leaves.FIRST, xid=last["settled"])


def _checkpoint(node: Node, last: Any, found: Sequence[bytes], settled: int) -> dict[str, Any]:
    """Make the checkpoint of these events; aside from the loop that answers pages."""
    edge = merkle.Edge.read(last["size"], last["edge"]) if last else merkle.Edge()
    hashes = [merkle.leaf(data) for data in found]
    edge.add(hashes)
    before = notes.digest(last["note"]) if last else bytes(32)
    said = notes.Checkpoint(edge.size, edge.root(), before, settled)
    place = Line(found[-1]).place
    return {
        "id": new_id(),
        "version": 1,
        "number": last["number"] + 1 if last else 1,
        "size": edge.size,
        "sealed_at": clock.now(),
        "last_xid": place.xid,
        "last_at": place.at,
        "last_id": place.id,
        "settled": settled,
        "form": leaves.FORM,
        "entries": b"".join(Line(data).entry for data in found),
        "leaves": b"".join(hashes),
        "edge": edge.packed(),
        "note": notes.Signer(node.vault.signing).sign(said.text()),
    }
