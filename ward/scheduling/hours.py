"""Hours: when somebody or something is there, and when not; what is booked meanwhile is listed."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import clinic_hours
from domain.access import Permission
from domain.clinic_hours import Opening, Weekly, Why
from domain.errors import NotAllowed
from domain.spans import Span
from ward.db import new_id
from ward.places.models import Ward
from ward.scheduling.clinics import Closure, Hours, HoursKind, Resource
from ward.scheduling.errands import CalendarsFollow
from ward.scheduling.events import ClinicChanged, HoursChanged, day_of
from ward.scheduling.models import Appointment
from ward.scheduling.remembered import forget
from ward.scheduling.to_move import Concern, concerned
from ward.work import Work

MAY, VIEW = Permission.SET_SCHEDULE, Permission.VIEW_CALENDAR
FARTHEST = timedelta(days=2 * 366)  # in both directions: nobody draws the calendars of all time
DAY = clinic_hours.DAY
MOST_DAYS = 18  # calendars told in one transaction: each is a topic
_MINE = select(Hours).where(Hours.resource_id == bindparam("resource"), Hours.ended_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a template: hours or a break, each week or on one day."""

    kind: HoursKind
    opens: time
    closes: time
    weekday: int | None = None
    on_day: date | None = None
    since: date
    until: date | None = None
    label: str = ""


async def add_line(work: Work, resource_id: UUID, line: Line) -> Hours:
    """Add hours or a break; two lines that open the same time are refused."""
    resource = await work.access(Resource, resource_id, MAY, lock=True)
    _check(line, work.now)
    if line.kind is HoursKind.OPEN and line.weekday is not None:
        known = await work.every(_MINE, VIEW, resource=resource_id)
        clinic_hours.check([*map(_weekly, filter(_opens, known)), _weekly_of(line)])
    row = Hours(
        id=new_id(),
        resource_id=resource_id,
        ward_id=resource.ward_id,
        kind=line.kind,
        weekday=line.weekday,
        on_day=line.on_day,
        opens=line.opens,
        closes=line.closes,
        since=line.since,
        until=line.until,
        label=line.label[:40],
    )
    work.add(row, MAY)
    await tell(work, resource.ward_id, line.on_day)
    return row


async def end_line(
    work: Work, hours_id: UUID, *, seen: int | None
) -> tuple[Hours, list[Appointment]]:
    """Take a line away from now on; nothing that is booked is lost.

    Returns what was booked in it and is left without hours: a person has to move it.
    """
    row = await work.access(Hours, hours_id, MAY, lock=True, seen=seen)
    known = {one.row.id for one in await concerned(work, row.ward_id)}
    row.ended_at = row.ended_at or work.now
    await work.flush()
    await tell(work, row.ward_id, row.on_day)
    left = [one.row for one in await concerned(work, row.ward_id)]
    return row, [one for one in left if one.id not in known]


def _check(line: Line, now: datetime) -> None:
    """Refuse a line that stands on no day; whether weekday and validity are any, the rules say."""
    if (line.weekday is None) == (line.on_day is None):
        raise NotAllowed("Choose a weekday or a day, not both.", "hours.when")
    if line.on_day is not None and abs(line.on_day - now.date()) > FARTHEST:
        raise NotAllowed("Calendars go two years back and two years ahead.", "hours.day")
    if line.weekday is not None:
        _weekly_of(line)


def _opens(row: Hours) -> bool:
    return row.kind is HoursKind.OPEN and row.weekday is not None


def _weekly(row: Hours) -> Weekly:
    assert row.weekday is not None
    opening = Opening(from_time=row.opens, to_time=row.closes)
    return Weekly(row.weekday, opening, row.since, row.until)


def _weekly_of(line: Line) -> Weekly:
    assert line.weekday is not None
    opening = Opening(from_time=line.opens, to_time=line.closes)
    return Weekly(line.weekday, opening, line.since, line.until)


async def close(  # noqa: PLR0913 - who, when and why
    work: Work, ward_id: UUID, resource_id: UUID | None, span: Span, *, why: Why, note: str = ""
) -> tuple[Closure, list[Appointment]]:
    """Say that somebody, or the whole clinic, is not there; nothing that is booked is lost.

    Returns what is booked at that time: it has to be moved, by a person who asks the patient.
    """
    ward = await work.access(Ward, ward_id, MAY)
    if resource_id is not None:
        resource = await work.access(Resource, resource_id, MAY)
        if resource.ward_id != ward_id:
            raise NotAllowed("This is not in the calendar of this clinic.", "closure.resource")
    row = Closure(
        id=new_id(),
        ward_id=ward_id,
        resource_id=resource_id,
        why=why,
        starts_at=span.start,
        ends_at=span.end,
        made_at=work.now,
        made_by=work.actor.id,
    )
    await work.seal(row, note=note or None)
    work.add(row, MAY)
    await work.flush()
    _tell_span(work, ward, span)
    met = [one.row for one in await concerned(work, ward_id) if _meets(one, row)]
    return row, met


def _meets(one: Concern, shut: Closure) -> bool:
    within = shut.starts_at < one.row.ends_at and one.row.starts_at < shut.ends_at
    return within and shut.resource_id in {None, one.resource_id}


async def reopen(work: Work, closure_id: UUID, *, seen: int | None) -> Closure:
    """Take a closure back: somebody is there after all."""
    row = await work.access(Closure, closure_id, MAY, lock=True, seen=seen)
    row.ended_at = row.ended_at or work.now
    ward = await work.access(Ward, row.ward_id, VIEW)
    _tell_span(work, ward, Span(row.starts_at, row.ends_at))
    return row


async def tell(work: Work, ward_id: UUID, on_day: date | None = None) -> None:
    """Have the calendars drawn again on which a line of a template shows; without a day, all."""
    ward = await work.access(Ward, ward_id, VIEW)
    if on_day is not None:
        _tell_span(work, ward, clinic_hours.local_day(on_day, ZoneInfo(ward.zone)))
    else:
        _tell_span(work, ward, Span(work.now, work.now + FARTHEST))


def _tell_span(work: Work, ward: Ward, span: Span) -> None:
    """Tell the days that can be looked at; a closure may have neither beginning nor end."""
    forget(work)
    work.record(ClinicChanged(ward.id))
    since, until = max(span.start, work.now - DAY), min(span.end, work.now + FARTHEST)
    if since < until:
        today = work.now.astimezone(ZoneInfo(ward.zone)).date()
        days = clinic_hours.days(Span(since, until), ZoneInfo(ward.zone))
        told = [day for day in days if day >= today]
        if told:
            tell_from(work, ward.id, told[0], told[-1])


def tell_from(work: Work, ward_id: UUID, first: date, last: date) -> None:
    """Have calendars drawn again, some weeks at a time: each day is a topic."""
    until = min(last, first + timedelta(days=MOST_DAYS - 1))
    days = [first + timedelta(days=nth) for nth in range((until - first).days + 1)]
    keys = tuple(day_of(ward_id, day) for day in days)
    work.record(HoursChanged(days=keys, clinic_id=ward_id))
    if until < last:
        rest = until + timedelta(days=1)
        work.later(CalendarsFollow(ward_id, rest, last, work.now), work.now)
