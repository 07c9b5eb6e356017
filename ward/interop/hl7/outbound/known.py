"""Known: who is told: the receivers of the settings, and those that administrators added."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
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


async def told(work: Work, *kinds: Kind) -> tuple[Receiver, ...]:
    """List who is told of any of these; what is for one that is paused waits in line."""
    known = [one.receiver for one in await entries(work)]
    return tuple(one for one in known if not one.kinds.isdisjoint(kinds))


async def entries(work: Work) -> tuple[Entry, ...]:
    """List every receiver; of two of one name that of the settings."""
    return await _entries(await work.connection(), work.node.settings)


async def standing(node: Node) -> tuple[Receiver, ...]:
    """List every receiver, asked outside of any work: for those who send all day."""
    async with node.asking.connect() as connection:
        return tuple(one.receiver for one in await _entries(connection, node.settings))


async def _entries(connection: AsyncConnection, settings: Settings) -> tuple[Entry, ...]:
    named = [Entry(one) for one in receivers(settings)]
    names = {one.receiver.name for one in named}
    rows = (await connection.execute(_ADDED)).all()
    return (*named, *(_entry(row) for row in rows if row.name not in names))


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    kinds = frozenset(one for one in Kind if one.value in row.kinds)
    said = (row.name, row.host, row.port, kinds, row.application, row.facility)
    return Entry(Receiver(*said, added=True), row.state, row.version)


_R = Hl7Receiver
_ADDED = (
    select(_R.name, _R.host, _R.port, _R.kinds, _R.application, _R.facility, _R.state, _R.version)
    .where(_R.state != ReceiverState.REMOVED)
    .order_by(_R.name)
)
