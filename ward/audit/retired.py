"""Retired months: events that were exported, checked and taken away; a signed seal stays."""

import asyncio
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from domain.errors import NotAllowed
from ward import clock
from ward.audit import leaves, merkle, notes
from ward.audit.leaves import ENTRY, FIRST, Place
from ward.audit.merkle import HASH
from ward.audit.models import AuditCheckpoint, AuditRetired
from ward.db import new_id
from ward.node import Node

if TYPE_CHECKING:
    from ward.audit.verifying import Report

_TITLE = f"{notes.ORIGIN}/month"
_TABLE = AuditCheckpoint.__table__
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('ward.audit.seal'))")


def month_of(at: datetime) -> date:
    """Give the first day of the month that holds an instant."""
    return at.date().replace(day=1)


def following(month: date) -> date:
    """Give the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


@dataclass(slots=True)
class _Sum:
    """The leaves of one month, in the order of the trail."""

    events: int = 0
    hashed: Any = field(default_factory=sha256)


@dataclass(slots=True)
class Gone:
    """The months that may be missing, and what was found missing of each."""

    sealed: dict[date, tuple[int, str]] = field(default_factory=dict)
    found: dict[date, _Sum] = field(default_factory=dict)

    def take(self, at: datetime, leaf: bytes) -> bool:
        """Count an event that is not there; False if its month was not taken away."""
        month = month_of(at)
        if month not in self.sealed:
            return False
        total = self.found.setdefault(month, _Sum())
        total.events += 1
        total.hashed.update(leaf)
        return True

    def compare(self, report: "Report") -> None:
        """Say which month's missing events are not those of its seal."""
        for month, sealed in self.sealed.items():
            total = self.found.get(month, _Sum())
            if (total.events, total.hashed.hexdigest()) != sealed:
                told = f"What is missing of {month:%Y-%m} is not what its seal says."
                report.found("forged", None, None, told)


def _text(month: date, events: int, hashed: str, file: str) -> str:
    return f"{_TITLE}\n{month:%Y-%m}\n{events}\n{hashed}\n{file}\n"


async def seals(connection: AsyncConnection, key: notes.Public, report: "Report") -> Gone:
    """Read the seals of months that were taken away; one that is forged counts for nothing."""
    gone = Gone()
    kept = select(AuditRetired.month, AuditRetired.events, AuditRetired.note)
    for row in await connection.execute(kept.order_by(AuditRetired.month)):
        try:
            _, month, events, hashed, _ = key.check(row.note).splitlines()
            if month != f"{row.month:%Y-%m}":
                raise notes.Forged("it is another month's.")
        except ValueError as error:
            told = f"The seal of {row.month:%Y-%m} was forged: {error}"
            report.found("forged", None, None, told)
            continue
        gone.sealed[row.month] = (int(events), hashed)
    return gone


async def retire(node: Node, month: date, folder: Path) -> tuple[Path, int]:
    """Write a month's events to a file, read it again, seal it, and drop them: all or nothing."""
    choice = node.settings
    owner = choice.database_owner_url or choice.database_url
    assert owner is not None
    if following(month) > clock.now().date().replace(day=1):
        raise NotAllowed("Only a month that is over can be taken away.")
    engine = create_async_engine(owner.get_secret_value(), connect_args={"timeout": 10})
    try:
        async with engine.begin() as connection:
            await connection.execute(_LOCK)
            await leaves.settle(connection)
            path = folder / f"ward-trail-{month:%Y-%m}.txt.gz"
            events, hashed = await _export(connection, month, path)
            await _seal_and_drop(node, connection, month, events, hashed, path)
    finally:
        await engine.dispose()
    return path, events


async def _export(connection: AsyncConnection, month: date, path: Path) -> tuple[int, str]:
    """Write the month's lines in the order of the trail; refuse if one is not as it was sealed."""
    part = f"audit_event_{month:%Y_%m}"
    there = await connection.scalar(text("SELECT to_regclass(:part)"), {"part": part})
    if there is None:
        raise NotAllowed(f"There is no month {month:%Y-%m} in the trail.")
    events, hashed, after = 0, sha256(), FIRST
    within = f"at >= '{month}'::timestamptz AND at < '{following(month)}'::timestamptz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb") as file:
        async for row in _touching(connection, month):
            place = Place(row["last_xid"], row["last_at"], row["last_id"])
            until = f"xid <= '{place.xid}'::xid8 AND (xid, at, id) <= {place} AND {within}"
            query = leaves.between(after, until, form=row["form"])
            found = await leaves.lines(connection, query)
            wanted = list(_leaves_of(row, month))
            if [merkle.leaf(line) for line in found] != wanted:
                raise NotAllowed(f"{month:%Y-%m} is not as it was sealed. Run `ward audit verify`.")
            file.writelines(line + b"\n" for line in found)
            hashed.update(b"".join(wanted))
            events, after = events + len(found), place
    every = await connection.scalar(text(f"SELECT count(*) FROM {part}"))  # noqa: S608 - a date
    if every != events:
        raise NotAllowed(f"Not all of {month:%Y-%m} is sealed yet. Nothing was taken away.")
    return events, hashed.hexdigest()


async def _touching(connection: AsyncConnection, month: date) -> Any:
    """Give the checkpoints that hold events of the month, oldest first."""
    last = 0
    while True:
        asked = select(_TABLE).where(_TABLE.c.number > last).order_by(_TABLE.c.number).limit(100)
        rows = (await connection.execute(asked)).mappings().all()
        for row in rows:
            if any(True for _ in _leaves_of(row, month)):
                yield row
        if not rows:
            return
        last = rows[-1]["number"]


def _leaves_of(row: Any, month: date) -> Iterable[bytes]:
    entries, hashes = row["entries"], row["leaves"]
    for nth in range(len(hashes) // HASH):
        _, at = leaves.entry_of(entries[nth * ENTRY.size : (nth + 1) * ENTRY.size])
        if month_of(at) == month:
            yield hashes[nth * HASH : (nth + 1) * HASH]


async def _seal_and_drop(  # noqa: PLR0913, PLR0917 - what a seal says
    node: Node, connection: AsyncConnection, month: date, events: int, hashed: str, path: Path
) -> None:
    again, file = await asyncio.to_thread(_read_again, path)
    if again != hashed:
        raise NotAllowed(f"{path} does not read as it was written. Nothing was taken away.")
    said = _text(month, events, hashed, file)
    row = {
        "id": new_id(),
        "version": 1,
        "month": month,
        "retired_at": clock.now(),
        "events": events,
        "note": notes.Signer(node.vault.signing).sign(said),
    }
    await connection.execute(insert(AuditRetired), row)
    part = f"audit_event_{month:%Y_%m}"
    await connection.execute(text(f"ALTER TABLE audit_event DETACH PARTITION {part}"))
    await connection.execute(text(f"DROP TABLE {part}"))


def _read_again(path: Path) -> tuple[str, str]:
    """Hash what the file says, and the file itself."""
    leaves_hashed = sha256()
    with gzip.open(path, "rb") as file:
        for line in file:
            leaves_hashed.update(merkle.leaf(line[:-1]))
    return leaves_hashed.hexdigest(), sha256(path.read_bytes()).hexdigest()
