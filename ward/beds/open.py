"""Opening: a new bed stands on a ward."""

from collections.abc import Sequence
from uuid import UUID

from domain.access import Permission
from domain.beds import BedStatus, Clean
from domain.errors import NotAllowed
from ward.beds.events import BedOpened
from ward.beds.models import Bed
from ward.db import new_id
from ward.errors import Invalid, explain
from ward.places.models import Room, Ward
from ward.work import Work

explain("uq_bed_ward_id_label", "There is a bed of this number on this ward already.")


async def open_bed(  # noqa: PLR0913 - a place and what it has
    work: Work,
    ward: Ward,
    label: str,
    *,
    position: int = 0,
    room_id: UUID | None = None,
    attributes: Sequence[str] = (),
) -> Bed:
    """Put a bed on a ward, ready for its first patient."""
    bed = Bed(
        id=new_id(),
        branch_id=ward.branch_id,
        ward_id=ward.id,
        room_id=room_id,
        label=label,
        position=position,
        attributes=list(attributes),
        status=BedStatus.UNOCCUPIED,
        clean=Clean.STANDARD,
        since=work.now,
    )
    work.add(bed, Permission.OPEN_PLACES)
    if room_id is not None:
        await room_on(work, ward.id, room_id)
    work.record(BedOpened(ward.branch_id, ward.id, bed.id))
    return bed


async def room_on(work: Work, ward_id: UUID, room_id: UUID) -> Room:
    """Find a room in which a bed of this ward can stand; it does not close meanwhile."""
    room = await work.access(Room, room_id, Permission.OPEN_PLACES, lock="share")
    if room.ward_id != ward_id:
        raise Invalid({"room_id": "This room is on another ward."})
    if room.ended_at is not None:
        raise NotAllowed(f"{room.label} is closed. Choose another room.", "place.closed")
    return room
