"""Staffing: how many beds of a ward can be nursed now, and what it was before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, Permission
from domain.errors import NotAllowed
from ward.beds.models import Bed
from ward.errors import Forbidden, Invalid, Missing, explain
from ward.places import history
from ward.places.events import WardStaffed
from ward.places.models import PlaceChange, PlaceDeed, Ward, WardKind
from ward.projections import projection
from ward.work import Work

MAY = Permission.STAFF_BEDS
SHOWN = 3  # changes that the sheet lists
_ALL = "all"

explain("ward_stands", "This ward is closed. Open it again first.")
explain("branch_stands", "This branch is closed. Open it again first.")


@projection(D0)
class Staffed:
    """One time somebody said how many beds are staffed."""

    at: datetime
    actor: str
    was: str
    now: str
    why: str | None


@dataclass(frozen=True, slots=True)
class Staffing:
    """What the sheet of a ward's staffing shows."""

    ward: Ward
    beds: int
    changes: tuple[Staffed, ...]
    undo: str | None  # what it goes back to


async def read(work: Work, ward_id: UUID) -> Staffing:
    """Read how many beds are staffed, and how that came about."""
    ward = await _ward(work, ward_id, seen=None)
    rows = await _changes(work, ward)
    notes = await work.open(rows, PlaceChange.note)
    changes = tuple(
        Staffed(row.at, row.actor_name, row.was or _ALL, row.now or _ALL, notes[row.id])
        for row in rows[:SHOWN]
    )
    return Staffing(ward, await _standing(work, ward), changes, _before(ward, rows))


async def staff_beds(
    work: Work, ward_id: UUID, staffed: int | None, why: str | None = None, *, seen: int | None
) -> Ward:
    """Say how many beds of a ward can be nursed now; None: all of them."""
    ward = await _ward(work, ward_id, seen=seen, lock=True)
    there = await _standing(work, ward)
    if staffed is not None and not 0 <= staffed <= there:
        raise Invalid(
            {"staffed": f"{ward.label} has {there} beds: give a number from 0 to {there}."}
        )
    return await _put(work, ward, staffed, why)


async def take_back(work: Work, ward_id: UUID, *, seen: int) -> Ward:
    """Set the number back to what it was before the last change."""
    ward = await _ward(work, ward_id, seen=seen, lock=True)
    before = _before(ward, await _changes(work, ward))
    if before is None:
        raise NotAllowed("There is nothing to take back.", "staffing.none")
    return await _put(work, ward, None if before == _ALL else int(before), "Taken back")


async def _put(work: Work, ward: Ward, staffed: int | None, why: str | None) -> Ward:
    if staffed == ward.staffed:
        return ward
    was, now = _said(ward.staffed), _said(staffed)
    ward.staffed = staffed
    await history.note(work, ward, PlaceDeed.STAFFED, MAY, was=was, now=now, why=why)
    work.record(WardStaffed(ward.branch_id, ward.id))
    await work.flush()
    return ward


async def _ward(work: Work, ward_id: UUID, *, seen: int | None, lock: bool = False) -> Ward:
    """Reach a ward where patients lie; of another ward than one's own say whose it is to do."""
    try:
        ward = await work.access(Ward, ward_id, MAY, lock=lock, seen=seen)
    except Missing:
        other = await work.access(Ward, ward_id, Permission.VIEW_PLACES)
        raise Forbidden(
            f"Whoever leads {other.label}, or an administrator, says how many beds are staffed."
        ) from None
    if ward.ended_at is not None or ward.kind is not WardKind.WARD:
        raise NotAllowed(f"Nobody lies at {ward.label}: it has no beds to staff.", "staffing.none")
    return ward


async def _standing(work: Work, ward: Ward) -> int:
    rows = select(Bed).where(Bed.ward_id == ward.id, Bed.ended_at.is_(None))
    return len(await work.every(rows, Permission.VIEW_BEDS))


async def _changes(work: Work, ward: Ward) -> list[PlaceChange]:
    rows = await work.every(_STAFFED, Permission.VIEW_PLACES, place=ward.id)
    return list(rows)


def _before(ward: Ward, rows: list[PlaceChange]) -> str | None:
    """Tell what the last change changed, if the number is still what that change made it."""
    if rows and (rows[0].now or _ALL) == (_said(ward.staffed) or _ALL):
        return rows[0].was or _ALL
    return None


def _said(staffed: int | None) -> str:
    return _ALL if staffed is None else str(staffed)


_STAFFED = history.OF_PLACE.where(PlaceChange.deed == PlaceDeed.STAFFED).limit(SHOWN)
