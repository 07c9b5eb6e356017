"""Amending: branches, wards and rooms are called otherwise."""

from uuid import UUID

from domain.access import Permission
from domain.errors import NotAllowed
from ward.places import history
from ward.places.events import BranchAmended, WardAmended
from ward.places.models import Branch, PlaceDeed, Room, Ward
from ward.places.service import LONGEST_CODE, read_label
from ward.work import Work

MAY = Permission.OPEN_PLACES
RENAMED = PlaceDeed.RENAMED


async def rename_branch(work: Work, branch_id: UUID, label: str, *, seen: int | None) -> Branch:
    """Call a branch otherwise."""
    branch = await work.access(Branch, branch_id, MAY, lock=True, seen=seen)
    was, branch.label = branch.label, read_label("The branch's name", label)
    if was != branch.label:
        await work.flush()
        await history.note(work, branch, RENAMED, MAY, was=was, now=branch.label)
        work.record(BranchAmended(branch.id))
    return branch


async def rename_ward(
    work: Work, ward_id: UUID, label: str, code: str, *, seen: int | None
) -> Ward:
    """Call a ward or a clinic otherwise; every open board says the new name."""
    ward = await work.access(Ward, ward_id, MAY, lock=True, seen=seen)
    label = read_label("The ward's name", label)
    code = read_label("The ward's short form", code, LONGEST_CODE)
    for deed, was, now in (
        (RENAMED, ward.label, label),
        (PlaceDeed.AMENDED, ward.code, code),
    ):
        if was != now:
            await history.note(work, ward, deed, MAY, was=was, now=now)
    if (ward.label, ward.code) != (label, code):
        ward.label, ward.code = label, code
        await work.flush()
        work.record(WardAmended(ward.branch_id, ward.id))
    return ward


async def rename_room(work: Work, room_id: UUID, label: str, *, seen: int | None) -> Room:
    """Call a room or a bay otherwise."""
    room = await work.access(Room, room_id, MAY, lock=True, seen=seen)
    was, room.label = room.label, read_label("The room's name", label)
    if was != room.label:
        await work.flush()
        change = await history.note(work, room, RENAMED, MAY, was=was, now=room.label)
        work.record(WardAmended(change.branch_id, room.ward_id))
    return room


def say_why(why: str | None) -> str:
    """Return why a place is closed, or ask for it."""
    why = " ".join((why or "").split())
    if not why:
        raise NotAllowed("Say why: closing a place needs a few words.", "place.why")
    return why
