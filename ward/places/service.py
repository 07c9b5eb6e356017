"""Places: the commands."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.errors import explain
from ward.places.events import WardOpened
from ward.places.models import Branch, Room, Ward, WardKind
from ward.work import Work

_OPEN = Permission.OPEN_PLACES

explain("uq_branch_label", "There is a branch of this name already.")
explain("uq_ward_branch_id_label", "There is a ward of this name in this branch already.")
explain("uq_room_ward_id_label", "There is a room of this name on this ward already.")


async def open_branch(work: Work, label: str, zone: str, *, source: str | None = None) -> Branch:
    """Open a branch; one that came from the same source before is given back unchanged."""
    if source is not None:
        known = await work.every(select(Branch).where(Branch.source == source), _OPEN)
        if known:
            return known[0]
    branch = Branch(label=label, zone=zone, source=source)
    work.add(branch, _OPEN)
    await work.flush()
    return branch


async def open_ward(
    work: Work, branch_id: UUID, label: str, code: str, kind: WardKind = WardKind.WARD
) -> Ward:
    """Open a ward or a clinic; its board can be watched from now on."""
    ward = Ward(branch_id=branch_id, label=label, code=code, kind=kind)
    work.add(ward, _OPEN)
    await work.flush()
    work.record(WardOpened(branch_id, ward.id))
    return ward


async def open_room(work: Work, ward_id: UUID, label: str) -> Room:
    """Open a room or a bay of a ward."""
    room = Room(ward_id=ward_id, label=label)
    work.add(room, _OPEN)
    await work.flush()
    return room


async def staff_beds(work: Work, ward_id: UUID, staffed: int | None, *, seen: int | None) -> Ward:
    """Say how many beds of a ward can be nursed now; None: all of them."""
    ward = await work.access(Ward, ward_id, _OPEN, lock=True, seen=seen)
    ward.staffed = staffed
    work.record(WardOpened(ward.branch_id, ward.id))
    return ward
