"""Setup: what a clinic has in its calendar, and the visits it offers; nothing booked is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import wallclock
from domain.access import Permission
from domain.appointment_codes import AppointmentType
from domain.errors import NotAllowed
from ward.db import new_id
from ward.errors import Invalid
from ward.places.models import Ward, WardKind
from ward.scheduling.clinics import Resource, ResourceKind, VisitNeed, VisitType
from ward.scheduling.hours import FARTHEST, tell
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.to_move import concerned
from ward.security.models import User
from ward.work import Work

MAY, VIEW = Permission.MANAGE_CLINIC, Permission.VIEW_CALENDAR
MOST_COLUMNS = 40  # the stylesheet knows the places of so many
_NEEDS = select(VisitNeed).where(
    VisitNeed.visit_type_id == bindparam("visit"), VisitNeed.ended_at.is_(None)
)
_HERE = select(Resource).where(Resource.ward_id == bindparam("ward"), Resource.ended_at.is_(None))
_OF_USER = select(Resource).where(Resource.user_id == bindparam("user"))
_BESIDE = (
    select(Reservation)
    .where(Reservation.resource_id == bindparam("resource"), Reservation.ended_at.is_(None))
    .where(Reservation.ends_at > bindparam("now"), Reservation.lane >= bindparam("lane"))
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column of the calendar is to be; `username` is whose it is, None leaves that."""

    label: str
    capacity: int = 1
    overbook_most: int = 1
    position: int = 0
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a kind of visit is to be; `needs` name a kind each, or one column."""

    label: str
    kind: AppointmentType
    minutes: int
    before: int = 0
    after: int = 0
    remote: bool = False
    online: bool = False
    needs: Sequence[tuple[ResourceKind, UUID | None]] = ()


async def open_column(work: Work, ward_id: UUID, kind: ResourceKind, said: Column) -> Resource:
    """Give a clinic somebody or something more that is booked; it has no hours yet."""
    ward = await work.access(Ward, ward_id, MAY)
    if ward.kind is not WardKind.CLINIC:
        raise NotAllowed("This is a ward, not a clinic: it has no calendar.", "column.clinic")
    if len(await work.every(_HERE, VIEW, ward=ward_id)) >= MOST_COLUMNS:
        raise NotAllowed(f"A calendar has at most {MOST_COLUMNS} columns.", "column.most")
    row = Resource(id=new_id(), ward_id=ward_id, kind=kind)
    await _write(work, row, said)
    work.add(row, MAY)
    await work.flush()
    await tell(work, ward_id)
    return row


async def amend_column(
    work: Work, resource_id: UUID, said: Column, *, seen: int | None
) -> Resource:
    """Call a column otherwise, or have it take more or fewer at once."""
    row = await work.access(Resource, resource_id, MAY, lock=True, seen=seen)
    if said.capacity < row.capacity:
        await _check_lanes(work, row, said.capacity)
    await _write(work, row, said)
    await work.flush()
    await tell(work, row.ward_id)
    return row


async def _write(work: Work, row: Resource, said: Column) -> None:
    row.capacity, row.overbook_most = said.capacity, said.overbook_most
    row.position = said.position
    if said.username is not None and work.may(Permission.MANAGE_USERS):
        row.user_id = await _user(work, row, said.username)
    await work.seal(row, label=said.label)


async def _check_lanes(work: Work, row: Resource, capacity: int) -> None:
    if await work.every(_BESIDE, VIEW, resource=row.id, now=work.now, lane=capacity):
        raise Invalid(
            {"capacity": f"More than {capacity} are booked there at once. Move some of them first."}
        )


async def _user(work: Work, row: Resource, username: str) -> UUID | None:
    """Find whose column it is; nobody has two, of which both could be booked at once."""
    if not username:
        return None
    named = select(User).where(User.username == username)
    found = await work.every(named, Permission.MANAGE_USERS)
    if not found:
        raise Invalid({"username": "Nobody signs in by this name."})
    for other in await work.every(_OF_USER, VIEW, user=found[0].id):
        if other.id != row.id and (other.ended_at is None or other.ended_at > work.now):
            raise Invalid({"username": "This person has a column in a calendar already."})
    return found[0].id


async def end_column(
    work: Work, resource_id: UUID, day: date, *, seen: int | None
) -> tuple[Resource, list[Appointment]]:
    """Have a column end when a day begins. Returns what is booked after: it has to be moved."""
    row = await work.access(Resource, resource_id, MAY, lock=True, seen=seen)
    zone = ZoneInfo(row.zone)
    if day > (work.now + FARTHEST).date():
        raise Invalid({"day": "Calendars go two years ahead. Choose an earlier day."})
    if row.ended_at is not None and row.ended_at <= work.now:
        raise NotAllowed("This has ended already.", "column.ended")
    row.ended_at = max(work.now, wallclock.first(day, time(0), zone))
    await work.flush()
    await tell(work, row.ward_id)
    met = [one.row for one in await concerned(work, row.ward_id) if one.resource_id == row.id]
    return row, [one for one in met if one.ends_at > row.ended_at]


async def keep_column(work: Work, resource_id: UUID, *, seen: int | None) -> Resource:
    """Take an end back that is still to come."""
    row = await work.access(Resource, resource_id, MAY, lock=True, seen=seen)
    if row.ended_at is not None and row.ended_at <= work.now:
        raise NotAllowed("This has ended. Open it anew.", "column.ended")
    row.ended_at = None
    await work.flush()
    await tell(work, row.ward_id)
    return row


async def offer_visit(work: Work, ward_id: UUID, said: Offered) -> VisitType:
    """Have a clinic offer one more kind of visit."""
    await work.access(Ward, ward_id, MAY)
    row = VisitType(id=new_id(), ward_id=ward_id)
    _describe(row, said)
    work.add(row, MAY)
    await work.flush()
    await _need(work, row, said)
    await tell(work, ward_id)
    return row


async def amend_visit(work: Work, visit_id: UUID, said: Offered, *, seen: int | None) -> VisitType:
    """Change what a kind of visit is and needs; what is booked stays as it was booked."""
    row = await work.access(VisitType, visit_id, MAY, lock=True, seen=seen)
    _describe(row, said)
    await work.flush()
    await _need(work, row, said)
    await tell(work, row.ward_id)
    return row


def _describe(row: VisitType, said: Offered) -> None:
    row.label, row.kind, row.minutes = said.label, said.kind, said.minutes
    row.before_minutes, row.after_minutes = said.before, said.after
    row.remote, row.online = said.remote, said.online


async def _need(work: Work, row: VisitType, said: Offered) -> None:
    """Have it need exactly this; what it needed before has ended."""
    known = await work.every(_NEEDS, VIEW, visit=row.id)
    wanted = list(said.needs)
    for one in known:
        if (one.kind, one.resource_id) in wanted:
            wanted.remove((one.kind, one.resource_id))
        else:
            one.ended_at = work.now
    here = {one.id: one.kind for one in await work.every(_HERE, VIEW, ward=row.ward_id)}
    for kind, resource_id in wanted:
        if resource_id is not None and here.get(resource_id) is not kind:
            raise Invalid({"needs": "This is not in the calendar of this clinic."})
        need = VisitNeed(
            id=new_id(),
            visit_type_id=row.id,
            ward_id=row.ward_id,
            kind=kind,
            resource_id=resource_id,
        )
        work.add(need, MAY)
    await work.flush()


async def offers(work: Work, visit_id: UUID, *, stands: bool, seen: int | None) -> VisitType:
    """Offer a kind of visit no longer, or again; what is booked stays."""
    row = await work.access(VisitType, visit_id, MAY, lock=True, seen=seen)
    row.ended_at = None if stands else row.ended_at or work.now
    await work.flush()
    await tell(work, row.ward_id)
    return row
