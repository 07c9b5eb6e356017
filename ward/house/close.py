"""Closing: a ward, a room or a branch shuts, once nothing hangs on it, and opens again.

Beds are locked before their ward, as whoever admits locks them: of two who close a ward and
admit to it at once, one is refused.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.keep import end_locked, return_locked
from ward.beds.models import Bed
from ward.house import hangs
from ward.places import history
from ward.places.amend import say_why
from ward.places.events import BranchAmended, WardAmended
from ward.places.models import Branch, PlaceDeed, Room, Ward
from ward.work import Work

MAY = Permission.OPEN_PLACES
CLOSED, REOPENED = PlaceDeed.CLOSED, PlaceDeed.REOPENED
_OF_WARD = select(Bed).where(Bed.ward_id == bindparam("ward")).order_by(Bed.id)
_STANDING = _OF_WARD.where(Bed.ended_at.is_(None)).with_for_update(of=Bed)
_WENT = _OF_WARD.where(Bed.ended_at == bindparam("went")).with_for_update(of=Bed)


async def close_ward(work: Work, ward_id: UUID, why: str | None, *, seen: int | None) -> Ward:
    """Shut a ward or a clinic with its beds: no board or choice has it, its history stays."""
    await work.access(Ward, ward_id, MAY)
    said = say_why(why)
    await work.every(_STANDING, MAY, ward=ward_id)
    ward = await work.access(Ward, ward_id, MAY, lock=True, seen=seen)
    if ward.ended_at is not None:
        raise NotAllowed(f"{ward.label} is closed already.", "place.closed")
    _refuse(ward.label, await hangs.hangs(work, ward.id, hangs.ON_WARD))
    for bed in await work.every(_STANDING, MAY, ward=ward_id):
        await end_locked(work, bed, said)
    ward.ended_at, ward.staffed = work.now, None
    await history.note(work, ward, CLOSED, MAY, now=ward.label, why=said)
    work.record(WardAmended(ward.branch_id, ward.id))
    await work.flush()
    return ward


async def reopen_ward(work: Work, ward_id: UUID, *, seen: int | None) -> Ward:
    """Open a closed ward again, with the beds that went with it; each is cleaned first."""
    went = (await work.access(Ward, ward_id, MAY)).ended_at
    beds: Sequence[Bed] = await work.every(_WENT, MAY, ward=ward_id, went=went) if went else ()
    ward = await work.access(Ward, ward_id, MAY, lock=True, seen=seen)
    if ward.ended_at is None or ward.ended_at != went:
        raise NotAllowed(f"{ward.label} is open.", "place.open")
    branch = await work.access(Branch, ward.branch_id, Permission.VIEW_PLACES, lock="share")
    _refuse_closed(branch)
    ward.ended_at = None
    for bed in beds:
        await return_locked(work, bed)
    await history.note(work, ward, REOPENED, MAY, now=ward.label)
    work.record(WardAmended(ward.branch_id, ward.id))
    await work.flush()
    return ward


async def close_room(work: Work, room_id: UUID, why: str | None, *, seen: int | None) -> Room:
    """Shut a room in which no bed stands."""
    room = await work.access(Room, room_id, MAY, lock=True, seen=seen)
    said = say_why(why)
    if room.ended_at is not None:
        raise NotAllowed(f"{room.label} is closed already.", "place.closed")
    _refuse(room.label, await hangs.hangs(work, room.id, hangs.IN_ROOM))
    return await _room(work, room, CLOSED, said)


async def reopen_room(work: Work, room_id: UUID, *, seen: int | None) -> Room:
    """Open a closed room again."""
    room = await work.access(Room, room_id, MAY, lock=True, seen=seen)
    if room.ended_at is None:
        raise NotAllowed(f"{room.label} is open.", "place.open")
    _refuse_closed(await work.access(Ward, room.ward_id, MAY, lock="share"))
    return await _room(work, room, REOPENED, None)


async def _room(work: Work, room: Room, deed: PlaceDeed, why: str | None) -> Room:
    room.ended_at = work.now if deed is CLOSED else None
    change = await history.note(work, room, deed, MAY, now=room.label, why=why)
    work.record(WardAmended(change.branch_id, room.ward_id))
    await work.flush()
    return room


async def close_branch(work: Work, branch_id: UUID, why: str | None, *, seen: int | None) -> Branch:
    """Shut a branch in which no ward is open and no role holds."""
    branch = await work.access(Branch, branch_id, MAY, lock=True, seen=seen)
    said = say_why(why)
    _refuse_closed(branch)
    _refuse(branch.label, await hangs.hangs(work, branch.id, hangs.ON_BRANCH))
    return await _branch(work, branch, CLOSED, said)


async def reopen_branch(work: Work, branch_id: UUID, *, seen: int | None) -> Branch:
    """Open a closed branch again; its wards stay closed until each is opened."""
    branch = await work.access(Branch, branch_id, MAY, lock=True, seen=seen)
    if branch.ended_at is None:
        raise NotAllowed(f"{branch.label} is open.", "place.open")
    return await _branch(work, branch, REOPENED, None)


async def _branch(work: Work, branch: Branch, deed: PlaceDeed, why: str | None) -> Branch:
    branch.ended_at = work.now if deed is CLOSED else None
    await history.note(work, branch, deed, MAY, now=branch.label, why=why)
    work.record(BranchAmended(branch.id))
    await work.flush()
    return branch


def _refuse(label: str, hanging: Sequence[str]) -> None:
    if hanging:
        raise NotAllowed(f"{label} stays open. {' '.join(hanging)}", "place.hangs")


def _refuse_closed(place: Branch | Ward) -> None:
    if place.ended_at is not None:
        raise NotAllowed(f"{place.label} is closed.", "place.closed")
