"""To move: who is booked while somebody or something they need is not there, whatever the cause.

A closure, a column that ends, a line of hours that was taken away or a break that was added: all
are one list. SQL leaves out what plainly stands within its hours; the rules judge the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Date, Time, and_, bindparam, cast, exists, func, or_, select

from domain import clashes, clinic_hours
from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.clinic_hours import Hours as Open
from domain.spans import Span
from ward.places.models import Ward
from ward.scheduling import taken
from ward.scheduling.clinics import Closure, Hours, HoursKind, Resource
from ward.scheduling.models import Appointment, Reservation
from ward.work import Work

VIEW = Permission.VIEW_APPOINTMENTS
_WARD: BindParameter[UUID] = bindparam("ward")
_NOW: BindParameter[datetime] = bindparam("now")
_FROM = func.timezone(bindparam("zone"), Appointment.starts_at)
_UNTIL = func.timezone(bindparam("zone"), Appointment.ends_at)
_DAY = cast(_FROM, Date)
_MINE = and_(Hours.resource_id == Reservation.resource_id, Hours.ended_at.is_(None))
_WITHIN = exists().where(  # one line of the week covers it
    _MINE,
    Hours.kind == HoursKind.OPEN,
    Hours.weekday == func.date_part("isodow", _FROM) - 1,
    Hours.since <= _DAY,
    or_(Hours.until.is_(None), Hours.until >= _DAY),
    Hours.opens <= cast(_FROM, Time),
    Hours.closes >= cast(_UNTIL, Time),
    cast(_UNTIL, Date) == _DAY,
)
_ELSE = exists().where(  # a break, or hours of that day alone
    _MINE,
    or_(
        Hours.on_day == _DAY,
        and_(
            Hours.kind == HoursKind.BREAK,
            Hours.weekday == func.date_part("isodow", _FROM) - 1,
            Hours.opens < cast(_UNTIL, Time),
            Hours.closes > cast(_FROM, Time),
        ),
    ),
)
_SHUT = exists().where(
    Closure.ward_id == _WARD,
    Closure.ended_at.is_(None),
    or_(Closure.resource_id.is_(None), Closure.resource_id == Reservation.resource_id),
    Closure.starts_at < Appointment.ends_at,
    Closure.ends_at > Appointment.starts_at,
)
_DOUBTFUL = (
    select(Appointment, Reservation)
    .join(Reservation, Reservation.appointment_id == Appointment.id)
    .join(Resource, Resource.id == Reservation.resource_id)
    .where(Reservation.ward_id == _WARD, Reservation.ended_at.is_(None))
    .where(Appointment.status == AppointmentStatus.BOOKED, Appointment.ends_at > _NOW)
    .where(or_(~_WITHIN, _ELSE, _SHUT, Resource.ended_at < Appointment.ends_at))
    .order_by(Appointment.starts_at, Appointment.id, Resource.position)
)


@dataclass(frozen=True, slots=True)
class Concern:
    """An appointment of whose people and rooms one is not there, and why not, in words."""

    row: Appointment
    resource_id: UUID
    why: str


async def concerned(work: Work, ward_id: UUID) -> list[Concern]:
    """List everybody of a clinic who has to be moved, soonest first; each appointment once."""
    ward = await work.access(Ward, ward_id, Permission.VIEW_CALENDAR)
    asked = {"ward": ward_id, "now": work.now, "zone": ward.zone}
    rows = await work.every(_DOUBTFUL, VIEW, **asked)
    if not rows:
        return []
    hours = await _hours(work, ward_id, [one for one, _ in rows])
    days: dict[tuple[UUID, date], tuple[Span, ...]] = {}
    found: dict[UUID, Concern] = {}
    for row, taking in rows:
        label, of = hours[taking.resource_id]
        if row.id not in found and not _is_open(row, taking.resource_id, of, days):
            found[row.id] = Concern(row, taking.resource_id, f"{label} {_why(row, label, of)}")
    return list(found.values())


async def _hours(
    work: Work, ward_id: UUID, rows: Sequence[Appointment]
) -> dict[UUID, tuple[str, Open]]:
    within = Span(rows[0].starts_at, max(row.ends_at for row in rows))
    resources = await taken.of_ward(work, ward_id)
    labels = await work.open(resources, Resource.label)
    lines = await taken.lines_of(work, ward_id)
    closures = await taken.closures_of(work, ward_id, within)
    return {one.id: (labels[one.id], taken.hours_of(one, lines, closures)) for one in resources}


def _is_open(
    row: Appointment, resource_id: UUID, of: Open, days: dict[tuple[UUID, date], tuple[Span, ...]]
) -> bool:
    """Tell whether it stands within the hours; a day of somebody is worked out once."""
    span = Span(row.starts_at, row.ends_at)
    key = (resource_id, row.starts_at.astimezone(of.zone).date())
    if key not in days:
        whole = clinic_hours.local_day(key[1], of.zone)
        later = Span(whole.start, whole.end + timedelta(days=1))
        days[key] = clinic_hours.open_spans(of, later)
    return any(one.covers(span) for one in days[key])


def _why(row: Appointment, label: str, of: Open) -> str:
    """Say the first thing that keeps it away, as a refusal would."""
    zone = ZoneInfo(row.zone)
    wish = clashes.Wish(start=row.starts_at, end=row.ends_at, zone=zone)
    calendar = clashes.Calendar(name=label, hours=of)
    found = clashes.of_hours(calendar, wish, Span(row.starts_at, row.ends_at))
    return found[0].says if found else "is not there"
