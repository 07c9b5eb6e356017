"""Reservations: a bed is kept for somebody until an instant."""

from datetime import datetime
from uuid import UUID

from domain import bedflow
from domain.access import Permission
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.work import Work


async def reserve(  # noqa: PLR0913 - a bed, a state or a time, and its reasons
    work: Work,
    bed_id: UUID,
    *,
    encounter_id: UUID | None = None,
    until: datetime | None = None,
    note: str | None = None,
    seen: int | None = None,
) -> Bed:
    """Keep a bed for one encounter, or for whoever the ward puts there; four hours by default."""
    bed = await work.access(Bed, bed_id, Permission.RESERVE_BED, lock=True, seen=seen)
    return await hold(work, bed, encounter_id, until, note)


async def hold(  # noqa: PLR0913 - a bed, for whom, until when
    work: Work,
    bed: Bed,
    encounter_id: UUID | None,
    until: datetime | None = None,
    note: str | None = None,
    *,
    permission: Permission = Permission.RESERVE_BED,
) -> Bed:
    """Hold a bed that is already locked; its screens are drawn again when the time is over."""
    whose = encounter_id or bed.id
    state = bedflow.reserve(bed.state_for(whose, work.now), whose, work.now, until)
    return await put(work, bed, state, permission, note=note)


async def release(work: Work, bed_id: UUID, *, seen: int | None = None) -> Bed:
    """Take a reservation away; the bed is offered again."""
    bed = await work.access(Bed, bed_id, Permission.RESERVE_BED, lock=True, seen=seen)
    return await put(work, bed, bedflow.release(bed.state), Permission.RESERVE_BED)
