"""Places: the commands."""

from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import select

from domain.access import Permission
from ward.errors import Invalid, explain
from ward.places.events import RoomOpened, WardOpened
from ward.places.models import Branch, Room, Ward, WardKind
from ward.work import Work

_OPEN = Permission.OPEN_PLACES
LONGEST_LABEL, LONGEST_CODE = 80, 12

explain("uq_branch_label", "There is a branch of this name already.")
explain("uq_ward_branch_id_label", "There is a ward of this name in this branch already.")
explain("uq_room_ward_id_label", "There is a room of this name on this ward already.")


async def open_branch(work: Work, label: str, zone: str, *, source: str | None = None) -> Branch:
    """Open a branch; one that came from the same source before is given back unchanged."""
    if source is not None:
        known = await work.every(select(Branch).where(Branch.source == source), _OPEN)
        if known:
            return known[0]
    if zone not in available_timezones():
        raise Invalid({"zone": f"There is no time zone {zone!r}; one looks like Europe/London."})
    branch = Branch(label=read_label("The branch's name", label), zone=zone, source=source)
    work.add(branch, _OPEN)
    await work.flush()
    return branch


async def open_ward(
    work: Work, branch_id: UUID, label: str, code: str, kind: WardKind = WardKind.WARD
) -> Ward:
    """Open a ward or a clinic; its board can be watched from now on."""
    label = read_label("The ward's name", label)
    code = read_label("The ward's short form", code, LONGEST_CODE)
    ward = Ward(branch_id=branch_id, label=label, code=code, kind=kind)
    work.add(ward, _OPEN)
    await work.flush()
    work.record(WardOpened(branch_id, ward.id))
    return ward


async def open_room(work: Work, ward_id: UUID, label: str) -> Room:
    """Open a room or a bay of a ward."""
    room = Room(ward_id=ward_id, label=read_label("The room's name", label))
    work.add(room, _OPEN)
    await work.flush()
    ward = await work.access(Ward, ward_id, Permission.VIEW_PLACES)
    work.record(RoomOpened(ward.branch_id, ward.id))
    return room


def read_label(what: str, label: str, longest: int = LONGEST_LABEL) -> str:
    """Return a name that fits on a board, or say what is wrong with it."""
    label = " ".join(label.split())
    if not label or len(label) > longest or not label.isprintable():
        raise Invalid({"label": f"{what} has 1 to {longest} letters."})
    return label
