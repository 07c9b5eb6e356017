"""Keeping: a bed is called otherwise, stands elsewhere, is taken away for good or put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain import bedflow
from domain.access import Permission
from domain.beds import TAKEN, BedStatus
from domain.errors import NotAllowed
from ward.beds.changes import put
from ward.beds.models import Bed, BedReason
from ward.beds.open import room_on
from ward.errors import Invalid, explain
from ward.places import history
from ward.places.amend import say_why
from ward.places.events import WardAmended
from ward.places.models import PlaceChange, PlaceDeed, PlaceKind, Ward
from ward.places.service import read_label
from ward.work import Work

MAY = Permission.OPEN_PLACES
LONGEST_NUMBER, MOST_ATTRIBUTES, LAST_PLACE = 12, 12, 9999

explain("ck_bed_ended_is_closed", "This bed was taken away. Put it back first.")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a bed is called, where it stands, and what it has."""

    label: str
    room_id: UUID | None
    position: int
    attributes: Sequence[str]


async def amend_bed(work: Work, bed_id: UUID, kept: Kept, *, seen: int | None) -> Bed:
    """Give a bed another number, room, place in the order, or other attributes."""
    bed = await work.access(Bed, bed_id, MAY, lock=True, seen=seen)
    label = read_label("A bed's number", kept.label, LONGEST_NUMBER)
    if not 0 <= kept.position <= LAST_PLACE:
        raise Invalid({"position": f"The place in the order is a number from 0 to {LAST_PLACE}."})
    if kept.room_id is not None:
        await room_on(work, bed.ward_id, kept.room_id)
    was = (bed.label, bed.room_id, bed.position, list(bed.attributes))
    if bed.label != label:
        await _note(work, bed, PlaceDeed.RENAMED, was=bed.label, now=label)
    bed.label, bed.room_id, bed.position = label, kept.room_id, kept.position
    bed.attributes = sorted(set(kept.attributes))
    if was != (bed.label, bed.room_id, bed.position, list(bed.attributes)):
        if was[1:] != (bed.room_id, bed.position, list(bed.attributes)):
            await _note(work, bed, PlaceDeed.AMENDED)
        await work.flush()
        work.record(WardAmended(bed.branch_id, bed.ward_id))
    return bed


async def end_bed(work: Work, bed_id: UUID, why: str, *, seen: int | None) -> Bed:
    """Take an empty bed away: no board shows it, nobody comes into it, its history stays."""
    bed = await work.access(Bed, bed_id, MAY, lock=True, seen=seen)
    await end_locked(work, bed, say_why(why))
    work.record(WardAmended(bed.branch_id, bed.ward_id))
    return bed


async def end_locked(work: Work, bed: Bed, why: str) -> None:
    """Take a bed away that is locked already, or say who or what is in the way."""
    if bed.ended_at is not None:
        raise NotAllowed(f"Bed {bed.label} was taken away already.", "bed.ended")
    state = bed.state_at(work.now)
    if state.status in TAKEN:
        raise NotAllowed(f"Somebody lies in bed {bed.label}. It stays.", "bed.taken")
    if state.hold is not None:
        raise NotAllowed(f"Bed {bed.label} is reserved. Release it first.", "bed.reserved")
    if state.status is not BedStatus.CLOSED:
        closed = bedflow.close(state, BedReason.OTHER.word)
        await put(work, bed, closed, MAY, reason=BedReason.OTHER)
    bed.ended_at = work.now
    await _note(work, bed, PlaceDeed.CLOSED, why=why)


async def return_bed(work: Work, bed_id: UUID, *, seen: int | None) -> Bed:
    """Put a bed back that was taken away; it is cleaned before anybody comes into it."""
    bed = await work.access(Bed, bed_id, MAY, lock=True, seen=seen)
    if bed.ended_at is None:
        raise NotAllowed(f"Bed {bed.label} stands on its ward.", "bed.stands")
    ward = await work.access(Ward, bed.ward_id, MAY, lock="share")
    if ward.ended_at is not None:
        raise NotAllowed(f"{ward.label} is closed. Open it again first.", "place.closed")
    if bed.room_id is not None:
        await room_on(work, bed.ward_id, bed.room_id)
    await return_locked(work, bed)
    work.record(WardAmended(bed.branch_id, bed.ward_id))
    return bed


async def return_locked(work: Work, bed: Bed) -> None:
    """Put a bed back that is locked already."""
    bed.ended_at = None
    await put(work, bed, bedflow.reopen(bed.state), MAY)
    await _note(work, bed, PlaceDeed.REOPENED)


async def _note(  # noqa: PLR0913 - what was done, to what, from what to what, and why
    work: Work,
    bed: Bed,
    deed: PlaceDeed,
    *,
    was: str | None = None,
    now: str | None = None,
    why: str | None = None,
) -> None:
    row = PlaceChange(
        branch_id=bed.branch_id, ward_id=bed.ward_id, kind=PlaceKind.BED, place_id=bed.id
    )
    await history.keep(work, row, deed, MAY, was=was, now=now or bed.label, why=why)
