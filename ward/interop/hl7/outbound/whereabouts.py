"""Whereabouts: a place as a receiver calls it: in its own words where it has some, else in ours."""

from uuid import UUID

from sqlalchemy import func, select

from domain.access import Permission
from ward.beds.models import Bed
from ward.interop.hl7.models import Hl7Place
from ward.interop.hl7.outbound.receivers import Receiver
from ward.interop.hl7.outbound.segments import Value
from ward.places.models import Branch, Ward
from ward.work import Work

P = Permission


async def place(
    work: Work, receiver: Receiver, bed_id: UUID | None, ward_id: UUID | None = None
) -> Value:
    """Write a bed, or the ward of whoever lies in none, as a PL."""
    bed = await work.access(Bed, bed_id, P.VIEW_BEDS) if bed_id else None
    if (ward_id := bed.ward_id if bed else ward_id) is None:
        return ""
    ward = await work.access(Ward, ward_id, P.VIEW_BEDS)
    branch = await work.access(Branch, ward.branch_id, P.VIEW_PLACES)
    theirs = await _theirs(work, receiver, bed or ward, branch.label)
    if theirs:
        return (*theirs, branch.label)
    return (ward.label, (bed.room or "") if bed else "", bed.label if bed else "", branch.label)


async def _theirs(
    work: Work, receiver: Receiver, meant: Bed | Ward, facility: str
) -> tuple[str, ...]:
    """Find what this system's own messages call the place; the last that was said, of this site."""
    which = Hl7Place.bed_id if isinstance(meant, Bed) else Hl7Place.ward_id
    said = select(Hl7Place).where(
        func.lower(Hl7Place.msh3) == receiver.application.lower(), which == meant.id
    )
    here = (func.lower(Hl7Place.msh4) == facility.lower()).desc()
    rows = await work.every(said.order_by(here, Hl7Place.id.desc()).limit(1), P.REVIEW_MESSAGES)
    return tuple(rows[0].place.split("^")) if rows else ()
