"""Known: who is told: the receivers of the settings, and those that administrators added."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward.config import Settings
from ward.interop.hl7.outbound.receiver_models import Hl7Receiver, ReceiverState
from ward.interop.hl7.outbound.receivers import Kind, Receiver, receivers
from ward.node import Node
from ward.work import Work


@dataclass(frozen=True, slots=True)
class Entry:
    """A receiver, how it stands, and its row; without one it is of the settings."""

    receiver: Receiver
    state: ReceiverState = ReceiverState.TOLD
    version: int | None = None


def anybody(*kinds: Kind) -> Callable[[Settings], str | None]:
    """Say for a job whether anybody is told of these; paused or just being added is somebody."""
    listed = ", ".join(f"'{kind.value}'" for kind in kinds)
    asked = f"hl7_is_told(ARRAY[{listed}])"  # where it is made: why nobody is missed

    def where(settings: Settings) -> str | None:
        named = any(not one.kinds.isdisjoint(kinds) for one in receivers(settings))
        return None if named else asked

    return where


async def adding(work: Work) -> None:
    """Begin to have somebody told: all that was done without a job for it commits before this.

    Until this commits, whatever is done writes its jobs; see `hl7_is_told`.
    """
    await (await work.connection()).execute(_ADDING)


async def told(work: Work, *kinds: Kind) -> tuple[Receiver, ...]:
    """List who is told of any of these; what is for one that is paused waits in line."""
    known = [one.receiver for one in await entries(work)]
    return tuple(one for one in known if not one.kinds.isdisjoint(kinds))


async def entries(work: Work) -> tuple[Entry, ...]:
    """List every receiver; of two of one name that of the settings."""
    return await _entries(await work.connection(), work.node.settings)


async def named(work: Work, name: str) -> Receiver | None:
    """Find a receiver by its name, of the settings or added."""
    return next((one.receiver for one in await entries(work) if one.receiver.name == name), None)


async def standing(node: Node) -> tuple[Receiver, ...]:
    """List every receiver, asked outside of any work: for those who send all day."""
    async with node.asking.connect() as connection:
        return tuple(one.receiver for one in await _entries(connection, node.settings))


async def _entries(connection: AsyncConnection, settings: Settings) -> tuple[Entry, ...]:
    fixed = [Entry(one) for one in receivers(settings)]
    names = {one.receiver.name for one in fixed}
    rows = (await connection.execute(_ADDED)).all()
    return (*fixed, *(_entry(row) for row in rows if row.name not in names))


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    kinds = frozenset(one for one in Kind if one.value in row.kinds)
    said = (row.name, row.host, row.port, kinds, row.application, row.facility)
    return Entry(Receiver(*said, added=True), row.state, row.version)


_ADDING = text("SELECT pg_advisory_xact_lock(hashtext('ward.hl7.receivers'))")
_R = Hl7Receiver
_ADDED = (
    select(_R.name, _R.host, _R.port, _R.kinds, _R.application, _R.facility, _R.state, _R.version)
    .where(_R.state != ReceiverState.REMOVED)
    .order_by(_R.name)
)
