"""Changes: how a bed takes the state that a rule gave it, with its history and its event."""

from datetime import datetime
from uuid import UUID

from domain.access import Permission
from domain.beds import BedState
from realtime.topics import Topic
from ward.beds.events import (
    BedBlocked,
    BedEvent,
    BedReleased,
    BedReserved,
    BedStatusChanged,
    BedUnblocked,
)
from ward.beds.models import Bed, BedChange, BedReason
from ward.db import new_id
from ward.work import Work


async def put(  # noqa: PLR0913 - a bed, a state or a time, and its reasons
    work: Work,
    bed: Bed,
    state: BedState,
    permission: Permission,
    *,
    reason: BedReason | None = None,
    note: str | None = None,
) -> Bed:
    """Give a bed its new state: its row, its history, and what its screens are told."""
    before = bed.state
    if state == before:
        return bed
    if state.hold is not None and state.hold != before.hold:
        work.due(Topic("beds", bed.ward_id), state.hold.until)
        work.due(Topic("wards", bed.branch_id), state.hold.until)
    events = _told(bed, before, state)
    change = _change(work, bed, state, reason)
    _assign(bed, state, reason, work.now)
    await work.seal(bed, note=note)
    work.add(change, permission)
    for event in events:
        work.record(event)
    return bed


def _change(work: Work, bed: Bed, state: BedState, reason: BedReason | None) -> BedChange:
    return BedChange(
        id=new_id(),
        bed_id=bed.id,
        ward_id=bed.ward_id,
        at=work.now,
        was=bed.status,
        now=state.status,
        overlay=state.overlay,
        clean=state.clean,
        reason=reason,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
    )


def _assign(bed: Bed, state: BedState, reason: BedReason | None, now: datetime) -> None:
    bed.status, bed.clean = state.status, state.clean
    bed.held_for = state.hold.encounter if state.hold else None
    bed.held_until = state.hold.until if state.hold else None
    bed.blocked = (reason or bed.blocked) if state.blocked is not None else None
    bed.closed = (reason or bed.closed) if state.closed is not None else None
    bed.reopens_at, bed.away_since = state.reopens_at, state.away_since
    bed.since = now


def _told(bed: Bed, before: BedState, after: BedState) -> list[BedEvent]:
    where: tuple[UUID, UUID, UUID] = (bed.branch_id, bed.ward_id, bed.id)
    told: list[BedEvent] = []
    if before.status is not after.status:
        told.append(BedStatusChanged(*where, before.status, after.status))
    if before.hold != after.hold:
        told.append(BedReserved(*where, after.hold.until) if after.hold else BedReleased(*where))
    if (before.blocked is None) != (after.blocked is None):
        told.append(BedBlocked(*where) if after.blocked is not None else BedUnblocked(*where))
    return told or [BedStatusChanged(*where, before.status, after.status)]
