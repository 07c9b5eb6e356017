"""Staffing: how many beds of a ward can be nursed now."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.events import WardStaffed
from ward.beds.models import Bed
from ward.places.models import Ward
from ward.work import Work


async def set_staffed(
    work: Work, ward_id: UUID, beds: int | None, *, seen: int | None = None
) -> Ward:
    """Say how many beds can be nursed; None means all of them. The board shows the rest."""
    ward = await work.access(Ward, ward_id, Permission.BLOCK_BED, lock=True, seen=seen)
    every = await work.every(select(Bed).where(Bed.ward_id == ward_id), Permission.VIEW_BEDS)
    if beds is not None and not 0 <= beds <= len(every):
        raise NotAllowed(
            f"{ward.label} has {len(every)} beds. Between 0 and {len(every)} can be staffed."
        )
    ward.staffed = beds
    work.record(WardStaffed(ward.branch_id, ward.id, beds))
    return ward
