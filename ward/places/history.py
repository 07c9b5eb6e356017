"""History: what was done to a place, kept for good, and who is told when a form comes too late."""

from uuid import UUID

from sqlalchemy import bindparam, select

from domain.access import Permission
from ward.changed import Change, tells
from ward.db import new_id
from ward.places.models import (
    Branch,
    PlaceChange,
    PlaceDeed,
    PlaceKind,
    Room,
    Ward,
)
from ward.work import Work

_OF = select(PlaceChange).where(PlaceChange.place_id == bindparam("place"))
OF_PLACE = _OF.order_by(PlaceChange.at.desc(), PlaceChange.id.desc())
LAST = OF_PLACE.limit(1)


async def note(  # noqa: PLR0913 - what was done, to what, from what to what, and why
    work: Work,
    place: Branch | Ward | Room,
    deed: PlaceDeed,
    permission: Permission,
    *,
    was: str | None = None,
    now: str | None = None,
    why: str | None = None,
) -> PlaceChange:
    """Keep what was done to a branch, a ward or a room."""
    if isinstance(place, Branch):
        row = PlaceChange(branch_id=place.id, kind=PlaceKind.BRANCH)
    elif isinstance(place, Ward):
        row = PlaceChange(branch_id=place.branch_id, ward_id=place.id, kind=PlaceKind.WARD)
    else:
        ward = await work.access(Ward, place.ward_id, Permission.VIEW_PLACES)
        row = PlaceChange(branch_id=ward.branch_id, ward_id=ward.id, kind=PlaceKind.ROOM)
    row.place_id = place.id
    return await keep(work, row, deed, permission, was=was, now=now, why=why)


async def keep(  # noqa: PLR0913 - the same
    work: Work,
    row: PlaceChange,
    deed: PlaceDeed,
    permission: Permission,
    *,
    was: str | None = None,
    now: str | None = None,
    why: str | None = None,
) -> PlaceChange:
    """Keep a change whose place is named already."""
    row.id, row.deed, row.at = new_id(), deed, work.now
    row.was, row.now = was, now
    row.actor_id, row.actor_name = work.actor.id, work.actor.name
    await work.seal(row, note=why or None)
    work.add(row, permission)
    return row


@tells(Branch)
async def _branch_changed(work: Work, branch: Branch) -> Change | None:
    return await last(work, branch.id, branch.label, branch.zone)


@tells(Ward)
async def _ward_changed(work: Work, ward: Ward) -> Change | None:
    return await last(work, ward.id, ward.label, ward.zone)


@tells(Room)
async def _room_changed(work: Work, room: Room) -> Change | None:
    ward = await work.access(Ward, room.ward_id, Permission.VIEW_PLACES)
    return await last(work, room.id, room.label, ward.zone)


async def last(work: Work, place_id: UUID, label: str, zone: str) -> Change | None:
    """Tell what was done to a place last, and which role did it."""
    for row in await work.every(LAST, Permission.VIEW_PLACES, place=place_id):
        told = f": {row.now}" if row.now else ""
        return Change(f"{label}, {row.deed.word}{told}", row.actor_name, row.at, zone)
    return None
