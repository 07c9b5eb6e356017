"""Blocking and closing: a bed out of use, for a while or for good, with its reason."""

from datetime import datetime
from uuid import UUID

from domain import bedflow
from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.changes import put
from ward.beds.models import Bed, BedReason
from ward.work import Work


async def block(
    work: Work, bed_id: UUID, reason: BedReason, note: str | None = None, *, seen: int | None = None
) -> Bed:
    """Make an empty bed unusable for a while; the board says why in one word."""
    bed = await _locked(work, bed_id, seen)
    state = bedflow.block(bed.state_at(work.now), _told(reason, note))
    return await put(work, bed, state, Permission.BLOCK_BED, reason=reason, note=note)


async def unblock(work: Work, bed_id: UUID, *, seen: int | None = None) -> Bed:
    """Give a blocked bed back in the state it had."""
    bed = await _locked(work, bed_id, seen)
    return await put(work, bed, bedflow.unblock(bed.state_at(work.now)), Permission.BLOCK_BED)


async def close(  # noqa: PLR0913 - a bed, a state or a time, and its reasons
    work: Work,
    bed_id: UUID,
    reason: BedReason,
    note: str | None = None,
    *,
    reopens_at: datetime | None = None,
    seen: int | None = None,
) -> Bed:
    """Take an empty bed out of use; it is cleaned before it is offered again."""
    bed = await _locked(work, bed_id, seen)
    state = bedflow.close(bed.state_at(work.now), _told(reason, note), reopens_at)
    return await put(work, bed, state, Permission.BLOCK_BED, reason=reason, note=note)


async def reopen(
    work: Work, bed_id: UUID, *, certified_clean: bool = False, seen: int | None = None
) -> Bed:
    """Bring a closed bed back: to be cleaned, or ready when it is certified clean."""
    bed = await _locked(work, bed_id, seen)
    state = bedflow.reopen(bed.state_at(work.now), certified_clean=certified_clean)
    return await put(work, bed, state, Permission.BLOCK_BED)


async def _locked(work: Work, bed_id: UUID, seen: int | None) -> Bed:
    return await work.access(Bed, bed_id, Permission.BLOCK_BED, lock=True, seen=seen)


def _told(reason: BedReason, note: str | None) -> str:
    if reason is BedReason.OTHER and not (note or "").strip():
        raise NotAllowed("Say why: Other needs a few words.", "bed.reason")
    return reason.word
