"""Commands: what staff make of a bed that no one lies in."""

from uuid import UUID

from domain import bedflow
from domain.access import Permission
from domain.beds import BedStatus
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.work import Work


async def change_status(work: Work, bed_id: UUID, to: BedStatus, *, seen: int | None = None) -> Bed:
    """Do what a button on the card says; every screen on its ward will show it."""
    bed = await work.access(Bed, bed_id, Permission.CHANGE_BED_STATUS, lock=True, seen=seen)
    state = bedflow.press(bed.state_at(work.now), to)
    return await put(work, bed, state, Permission.CHANGE_BED_STATUS)


async def start_clean(work: Work, bed_id: UUID, *, seen: int | None = None) -> Bed:
    """Begin to clean a bed; a contaminated one gets its terminal clean."""
    bed = await work.access(Bed, bed_id, Permission.CHANGE_BED_STATUS, lock=True, seen=seen)
    return await put(
        work, bed, bedflow.start_clean(bed.state_at(work.now)), Permission.CHANGE_BED_STATUS
    )


async def finish_clean(
    work: Work, bed_id: UUID, *, passed: bool = True, seen: int | None = None
) -> Bed:
    """Offer a clean bed again; one that failed its inspection stays in cleaning."""
    bed = await work.access(Bed, bed_id, Permission.CHANGE_BED_STATUS, lock=True, seen=seen)
    state = bedflow.finish_clean(bed.state_at(work.now), passed=passed)
    return await put(work, bed, state, Permission.CHANGE_BED_STATUS)
