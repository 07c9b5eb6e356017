"""Finding: places by the names that people say."""

from typing import Any

from sqlalchemy import ColumnElement, select, true

from domain.access import Permission
from ward.errors import Missing
from ward.places.models import Branch, Room, Ward
from ward.work import Work

_SEE = Permission.VIEW_PLACES


async def find_branch(work: Work, label: str | None, *, closed: bool | None = False) -> Branch:
    """Find a branch by its name; without a name the only one there is."""
    everywhere = select(Branch).where(stands(Branch, closed=closed)).order_by(Branch.label)
    there = await work.every(everywhere, _SEE)
    found = [branch for branch in there if label is None or _same(branch.label, label)]
    if len(found) == 1:
        return found[0]
    if not there:
        raise Missing("There is no branch yet; `ward place branch add` opens one.")
    if label is None:
        raise Missing(f"Say which branch: {_list(there)}.")
    raise Missing(f"There is no branch called {label}. There is {_list(there)}.")


async def find_ward(
    work: Work, label: str, branch: str | None = None, *, closed: bool = False
) -> Ward:
    """Find a ward by its name, and by its branch where names repeat."""
    everywhere = select(Ward).where(stands(Ward, closed=closed)).order_by(Ward.label)
    place = "here"
    if branch is not None:
        at = await find_branch(work, branch, closed=None if closed else False)
        everywhere, place = everywhere.where(Ward.branch_id == at.id), f"at {at.label}"
    there = await work.every(everywhere, _SEE)
    found = [ward for ward in there if _same(ward.label, label)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Missing(f"{label} is at more than one branch; name it with --branch.")
    if not there:
        raise Missing(f"There is no ward {place} yet; `ward place ward add` opens one.")
    raise Missing(f"There is no ward called {label} {place}. There is {_list(there)}.")


async def find_room(work: Work, ward: Ward, label: str, *, closed: bool = False) -> Room:
    """Find a room of a ward by its name."""
    rooms = select(Room).where(Room.ward_id == ward.id, stands(Room, closed=closed))
    there = await work.every(rooms.order_by(Room.label), _SEE)
    found = [room for room in there if _same(room.label, label)]
    if not found:
        known = f" There is {_list(there)}." if there else ""
        raise Missing(f"{ward.label} has no room called {label}.{known}")
    return found[0]


def stands(kind: Any, *, closed: bool | None) -> ColumnElement[bool]:
    """Leave out what was closed, or what was not; None: neither."""
    if closed is None:
        return true()
    found: ColumnElement[bool] = kind.ended_at.is_not(None) if closed else kind.ended_at.is_(None)
    return found


def _same(one: str, other: str) -> bool:
    return one.casefold() == " ".join(other.split()).casefold()


def _list(places: list[Branch] | list[Ward] | list[Room]) -> str:
    return ", ".join(place.label for place in places)
