"""Verifying: everything sealed is computed again; what does not fit is named, oldest first."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward.audit import anchors, leaves, merkle, notes, retired
from ward.audit.leaves import ENTRY, FIRST, Line, Place
from ward.audit.merkle import HASH
from ward.audit.models import AuditCheckpoint
from ward.audit.sealing import end_of
from ward.node import Node

MOST_TOLD = 20
PAUSE = 0.002  # seconds after each piece: beside the pages of the ward they come first
WINDOW = 50_000  # events read by one statement
_TABLE = AuditCheckpoint.__table__
_WRONG_ROOT = "the hashes kept beside it do not make the root that was signed."
_AFTER = "xid < pg_snapshot_xmax(pg_current_snapshot())"
_FUTURE = text(
    "SELECT id, at FROM audit_event"
    " WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) ORDER BY xid, at, id LIMIT 20"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit: what, which event, and of which day."""

    what: str  # altered, removed, inserted, moved, forged
    event: UUID | None
    at: datetime | None
    why: str = ""

    def __str__(self) -> str:
        """Say it in a sentence."""
        when = f" of {self.at.date().isoformat()}" if self.at else ""
        who = f"Event {self.event}{when} was {self.what}." if self.event else ""
        return " ".join(filter(None, (who, self.why)))


@dataclass(slots=True)
class Report:
    """How far it was checked, and what was found."""

    events: int = 0  # sealed events that are there
    retired: int = 0  # sealed events of months that were taken away
    waiting: int = 0  # not sealed yet
    checkpoints: int = 0
    until: datetime | None = None  # when the newest checkpoint was signed
    newest: str = ""
    faults: list[Fault] = field(default_factory=list)
    more: int = 0

    def found(self, what: str, event: UUID | None, at: datetime | None, why: str = "") -> None:
        """Note a fault; beyond twenty they are only counted."""
        if len(self.faults) < MOST_TOLD:
            self.faults.append(Fault(what, event, at, why))
        else:
            self.more += 1

    def settle(self) -> None:
        """Call altered what is gone from its place and stands at another."""
        gone = {one.event for one in self.faults if one.what == "removed"}
        moved = {one.event for one in self.faults if one.what == "inserted"} & gone
        self.faults = [
            replace(one, what="altered") if one.event in moved else one
            for one in self.faults
            if one.event not in moved or one.what == "removed"
        ]


Progress = Callable[[int, int], None]


def _quietly(_done: int, _all: int) -> None:
    """Tell nobody how far it is."""


async def verify(
    node: Node, *, anchor: str | None = None, progress: Progress = _quietly, gently: bool = False
) -> Report:
    """Recompute the whole trail from its rows; `anchor` is the text of an anchor file.

    Without one, the node's own is compared: whoever forges a whole new trail cannot reach it.
    `gently` leaves the processor to the pages of the same node.
    """
    told = await anchors.kept(node) if anchor is None else anchor
    chain = _Chain(node, anchors.by_size(told))
    chain.pause = PAUSE if gently else 0.0
    async with node.aside.connect() as connection:
        await leaves.settle(connection)
        chain.gone = await retired.seals(connection, chain.key, chain.report)
        total = await connection.scalar(select(_TABLE.c.size).order_by(_TABLE.c.number.desc()))
        async for group in _groups(connection):
            await chain.follow(connection, group)
            progress(chain.edge.size, total or 0)
        await chain.finish(connection)
    return chain.report


async def _groups(connection: AsyncConnection) -> Any:
    """Give checkpoints in order, as many together as make a window."""
    last, group, size = 0, [], 0
    while True:
        asked = select(_TABLE).where(_TABLE.c.number > last).order_by(_TABLE.c.number).limit(200)
        rows = (await connection.execute(asked)).mappings().all()
        for row in rows:
            group.append(row)
            size += len(row["leaves"]) // HASH
            if size >= WINDOW:
                yield group
                group, size = [], 0
        if not rows:
            break
        last = rows[-1]["number"]
    if group:
        yield group


class _Chain:
    """What is known while the checkpoints are followed from the first to the last."""

    def __init__(self, node: Node, anchored: Mapping[int, str]) -> None:
        self.key = notes.Signer(node.vault.signing).public
        self.anchored = dict(anchored)
        self.report = Report()
        self.gone = retired.Gone()
        self.edge = merkle.Edge()
        self.place: Place = FIRST
        self.number = 0
        self.before = bytes(32)
        self.settled = 0
        self.pause = 0.0
        self.broken = False  # a checkpoint does not hold: those behind it are not told again

    async def follow(self, connection: AsyncConnection, group: list[Any]) -> None:
        """Read the events of these checkpoints and compare them."""
        form, until = group[0]["form"], end_of(group[-1])
        query = leaves.between(self.place, _up_to(until), form=form)
        reader = _Rows(group, self)
        await leaves.copy(connection, query, reader.take)
        reader.close()
        self.place = until

    def check(self, row: Any) -> None:
        """Check a checkpoint itself: signed, in line, and of this root."""
        report = self.report
        report.checkpoints, report.until = report.checkpoints + 1, row["sealed_at"]
        self.edge.add(_pieces(row["leaves"], HASH))
        why = self._why_wrong(row)
        self.number, self.before = row["number"], notes.digest(row["note"])
        report.newest = row["note"]
        if why and not self.broken:
            self.broken = True
            sealed = row["sealed_at"]
            told = f"Checkpoint {row['number']} of {sealed.date().isoformat()} was forged: {why}"
            report.found("forged", None, sealed, told)

    def _why_wrong(self, row: Any) -> str:
        try:
            said = notes.Checkpoint.read(self.key.check(row["note"]))
        except notes.Forged as error:
            return str(error)
        settled, self.settled = self.settled, said.settled
        end = leaves.entry_of(row["entries"][-ENTRY.size :])
        reasons = {
            f"checkpoint {self.number + 1} is missing before it.": row["number"] != self.number + 1,
            "it does not follow the one before it.": said.before != self.before,
            _WRONG_ROOT: (said.size, said.root) != (self.edge.size, self.edge.root()),
            "up to where it goes was changed.": not settled <= said.settled == row["settled"],
            "the edge of its tree was changed.": row["edge"] != self.edge.packed(),
            "where it ends was changed.": end != (row["last_id"], row["last_at"]),
            "another one was anchored outside.": self.anchored.pop(said.size, row["note"])
            != row["note"],
        }
        return next((why for why, wrong in reasons.items() if wrong), "")

    async def finish(self, connection: AsyncConnection) -> None:
        """Look behind the last checkpoint: what waits, what cannot be, what was cut off."""

        async def count(some: list[bytes]) -> None:
            self.report.waiting += len(some)
            if Line(some[0]).place.xid < self.settled:  # they come in order
                for place in (Line(one).place for one in some):
                    if place.xid < self.settled:
                        self.report.found("inserted", place.id, place.at)

        await leaves.copy(connection, leaves.between(self.place, _AFTER), count)
        for row in await connection.execute(_FUTURE):
            self.report.found("inserted", row.id, row.at, "Its transaction has not been yet.")
        for size in sorted(self.anchored):
            if size > self.edge.size:
                here = self.edge.size
                told = f"The trail was cut off: {size} events were anchored, {here} are here."
            else:
                told = f"The anchored checkpoint of {size} events is none of these."
            self.report.found("forged", None, None, told)
        self.gone.compare(self.report)
        self.report.settle()


def _up_to(place: Place) -> str:
    return f"xid <= '{place.xid}'::xid8 AND (xid, at, id) <= {place}"


def _pieces(packed: bytes, size: int) -> Iterator[bytes]:
    return (packed[at : at + size] for at in range(0, len(packed), size))


class _Rows:
    """Lays the rows of a window under its checkpoints."""

    def __init__(self, group: list[Any], chain: _Chain) -> None:
        self.group, self.chain = group, chain
        self.lines: list[bytes] = []
        self.nth = 0
        self.stuck = False  # something is missing or too much: judged at the end of the window

    async def take(self, some: list[bytes]) -> None:
        """Take rows as they come; judge a checkpoint once its rows are there."""
        if self.chain.pause:
            await asyncio.sleep(self.chain.pause)
        self.lines += some
        while self.nth < len(self.group) and not self.stuck:
            row = self.group[self.nth]
            count = len(row["leaves"]) // HASH
            if len(self.lines) <= count:
                return
            mine = self.lines[:count]
            if b"".join(_hashes(mine)) != row["leaves"]:
                self.stuck = True
                return
            self._fits(row, count)

    def _fits(self, row: Any, count: int) -> None:
        self.chain.report.events += count
        self.chain.check(row)
        del self.lines[:count]
        self.nth += 1

    def close(self) -> None:
        """Judge what is left, checkpoint by checkpoint."""
        left, self.group = self.group[self.nth :], []
        for row in left:
            until = end_of(row)
            count = len(row["leaves"]) // HASH
            if b"".join(_hashes(self.lines[:count])) == row["leaves"]:
                mine, self.lines = self.lines[:count], self.lines[count:]
                self.chain.report.events += count
            else:
                mine = [one for one in self.lines if Line(one).place <= until]
                self.lines = self.lines[len(mine) :]
                self._differ(row, mine)
            self.chain.check(row)
        for extra in self.lines:
            self._extra(extra)

    def _differ(self, row: Any, mine: list[bytes]) -> None:
        """Name what makes the difference."""
        report = self.chain.report
        there = {Line(one).id: one for one in mine}
        # Forged ones may be of different lengths: the root, checked next, names the checkpoint.
        packed_all, hashes = _pieces(row["entries"], ENTRY.size), _pieces(row["leaves"], HASH)
        sealed = zip(packed_all, hashes, strict=False)
        gone = []
        for packed, leaf in sealed:
            key, at = leaves.entry_of(packed)
            found = there.pop(key, None)
            if found is None:
                gone.append((key, at, leaf))
                continue
            report.events += 1
            if merkle.leaf(found) != leaf:
                report.found("altered", key, at)
        for key, at, leaf in gone:
            if not self.chain.gone.take(at, leaf):
                report.found("removed", key, at)
            else:
                report.retired += 1
        for one in there.values():
            self._extra(one)

    def _extra(self, one: bytes) -> None:
        place = Line(one).place
        self.chain.report.found("inserted", place.id, place.at)


def _hashes(lines: list[bytes]) -> Iterator[bytes]:
    return (sha256(b"\0" + line).digest() for line in lines)
