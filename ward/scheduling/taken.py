"""Taken: when the people, rooms and machines of a clinic are there, and what has taken them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BindParameter, Select, Uuid, any_, bindparam, or_, select

from domain import clinic_hours
from domain.access import Permission
from domain.clinic_hours import Once, Opening, Weekly
from domain.openings import Resource as Bookable
from domain.spans import NO_BUFFER, Buffer, Span
from ward.patients.queries import among
from ward.scheduling.clinics import Closure, Hours, HoursKind, Resource
from ward.scheduling.models import BLOCKING_STATES, Appointment, Hold, Reservation
from ward.scheduling.remembered import once
from ward.work import Work

VIEW = Permission.VIEW_CALENDAR
REACH = timedelta(hours=3)  # what began before, and buffers, reach into what is asked about
LONGEST = timedelta(hours=16)  # twelve hours and both buffers: what began earlier is over
_WARD: BindParameter[UUID] = bindparam("ward")
_SINCE: BindParameter[datetime] = bindparam("since")
_UNTIL: BindParameter[datetime] = bindparam("until")
_NOW: BindParameter[datetime] = bindparam("now")
RESOURCES: Select[Resource] = (
    select(Resource)
    .where(Resource.ward_id == _WARD, Resource.ended_at.is_(None))
    .order_by(Resource.position, Resource.id)
)
PRESENT: Select[Resource] = (  # also what ends after a time
    select(Resource)
    .where(Resource.ward_id == _WARD)
    .where(or_(Resource.ended_at.is_(None), Resource.ended_at > _SINCE))
    .order_by(Resource.position, Resource.id)
)
_EVERY = select(Resource).where(Resource.ward_id == _WARD).order_by(Resource.position, Resource.id)
HOURS = select(Hours).where(Hours.ward_id == _WARD, Hours.ended_at.is_(None))
CLOSURES = select(Closure).where(
    Closure.ward_id == _WARD,
    Closure.ended_at.is_(None),
    Closure.ends_at > _SINCE,
    Closure.starts_at < _UNTIL,
)
STANDING = or_(  # a hold that has run out keeps nobody away, though its row still stands
    Reservation.hold_id.is_(None),
    Reservation.hold_id.in_(select(Hold.id).where(Hold.ended_at.is_(None), Hold.until > _NOW)),
)
_COLUMNS = select(
    Reservation.id,
    Reservation.resource_id,
    Reservation.appointment_id,
    Reservation.hold_id,
    Reservation.lane,
    Reservation.starts_at,
    Reservation.ends_at,
    Reservation.overbooked,
    Reservation.ended_at,
)
RESERVED = (
    _COLUMNS.where(Reservation.ward_id == _WARD, Reservation.ended_at.is_(None), STANDING)
    .where(Reservation.ends_at > _SINCE, Reservation.starts_at < _UNTIL)
    .order_by(Reservation.starts_at)
)
_RESERVED_OF = (
    _COLUMNS.where(
        among(Reservation.resource_id, "resources"), Reservation.ended_at.is_(None), STANDING
    )
    .where(Reservation.starts_at > bindparam("early"), Reservation.starts_at < _UNTIL)
    .where(Reservation.ends_at > _SINCE)
    .order_by(Reservation.starts_at)
)
OF_PATIENT = select(Appointment).where(
    Appointment.patient_id == bindparam("patient"),
    Appointment.status.in_(BLOCKING_STATES),
    Appointment.ends_at > _SINCE,
    Appointment.starts_at < _UNTIL,
)
RESERVED_ON = (  # also what was let go, of appointments that moved or will not be
    _COLUMNS.where(among(Reservation.resource_id, "resources"))
    .where(Reservation.starts_at > bindparam("early"), Reservation.starts_at < _UNTIL)
    .where(Reservation.ends_at > _SINCE)
    .where(or_(Reservation.ended_at.is_(None), Reservation.appointment_id.is_not(None)))
    .order_by(Reservation.starts_at, Reservation.id)
)
_TAKEN_BY = (
    select(Reservation)
    .where(Reservation.appointment_id == any_(bindparam("appointments", type_=ARRAY(Uuid))))
    .where(Reservation.ended_at.is_(None))
    .order_by(Reservation.id)
)
ELSEWHERE = select(Appointment.starts_at, Appointment.ends_at).where(
    Appointment.patient_id == bindparam("patient"),
    Appointment.status.in_(BLOCKING_STATES),
    Appointment.ends_at > _SINCE,
    Appointment.starts_at < _UNTIL,
    Appointment.id.not_in(bindparam("known", expanding=True)),
)


class Taken(NamedTuple):
    """A resource is taken for a while; as plain as it goes, since a day has hundreds of them."""

    id: UUID
    resource_id: UUID
    appointment_id: UUID | None
    hold_id: UUID | None
    lane: int
    span: Span
    overbooked: bool
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Diary:
    """A resource, when it is there, and what has taken it in the time that was asked about."""

    row: Resource
    label: str
    hours: clinic_hours.Hours
    reserved: tuple[Taken, ...]

    def bookable(
        self, within: Span, buffer: Buffer = NO_BUFFER, ignoring: Collection[UUID] = ()
    ) -> Bookable:
        """Give it as the rules look for openings; `ignoring` appointments and holds about to go."""
        lanes: list[list[Span]] = [[] for _ in range(self.row.capacity)]
        for one in self.reserved:
            if one.appointment_id not in ignoring and one.hold_id not in ignoring:
                lanes[min(one.lane, len(lanes) - 1)].append(one.span)
        return Bookable(
            key=self.row.id,
            sessions=clinic_hours.sessions(self.hours, within),
            lanes=tuple(map(tuple, lanes)),
            buffer=buffer,
        )


def _any(_resource: Resource) -> bool:
    return True


async def diaries(
    work: Work, ward_id: UUID, within: Span, wanted: Callable[[Resource], bool] = _any
) -> dict[UUID, Diary]:
    """Read the diaries of a clinic, or of what is wanted of it, in the order of its columns."""
    has = await _has(work, ward_id, within)
    there = [one for one in has.resources if not one.ended_at or one.ended_at > within.start]
    rows = [one for one in there if wanted(one)]
    reserved = await _reserved(work, [row.id for row in rows], within)
    return {
        row.id: Diary(row, has.labels[row.id], has.hours_of(row), tuple(reserved[row.id]))
        for row in rows
    }


async def _reserved(work: Work, resources: list[UUID], within: Span) -> Mapping[UUID, list[Taken]]:
    found: Mapping[UUID, list[Taken]] = defaultdict(list)
    if resources:
        for one in await reserved(work, _RESERVED_OF, resources, within, now=work.now):
            found[one.resource_id].append(one)
    return found


async def reserved(
    work: Work, which: Select[*tuple[Any, ...]], resources: list[UUID], within: Span, **given: Any
) -> list[Taken]:
    """Read what is taken of these resources."""
    given |= {"early": within.start - LONGEST, "since": within.start, "until": within.end}
    return list(map(_taken, await work.columns(which, VIEW, resources=resources, **given)))


def _taken(row: Sequence[Any]) -> Taken:
    """Read the columns of a reservation; what explains it stands behind them."""
    key, resource, appointment, hold, lane, since, until, overbooked, ended_at, _ = row
    span = Span(since, until)
    return Taken(key, resource, appointment, hold, lane, span, overbooked, ended_at)


@dataclass(frozen=True, slots=True)
class _Has:
    """What a clinic has, and when it is there."""

    resources: Sequence[Resource]
    labels: Mapping[UUID, str]
    lines: Sequence[Hours]
    closures: Sequence[Closure]
    _written: dict[UUID, clinic_hours.Hours] = field(default_factory=dict)

    def hours_of(self, row: Resource) -> clinic_hours.Hours:
        """Give the hours of one of them as the rules read them, written once."""
        if row.id not in self._written:
            self._written[row.id] = hours_of(row, self.lines, self.closures)
        return self._written[row.id]


async def _has(work: Work, ward_id: UUID, within: Span) -> _Has:
    """Read what a clinic has: for times to come once, however often a booking asks."""
    if within.start < work.now - REACH:
        return await _read(work, ward_id, within)
    ahead = Span(work.now - REACH, clinic_hours.FOR_EVER)
    return await once(work, "has", ward_id, lambda: _read(work, ward_id, ahead))


async def _read(work: Work, ward_id: UUID, within: Span) -> _Has:
    resources = await work.every(PRESENT, VIEW, ward=ward_id, since=within.start, keys=True)
    labels = await work.open(resources, Resource.label)
    lines, closures = await lines_of(work, ward_id), await closures_of(work, ward_id, within)
    return _Has(resources, labels, lines, closures)


async def of_ward(work: Work, ward_id: UUID) -> list[Resource]:
    """Read all that a clinic has or ever had in its calendar, in the order of the columns."""
    return await work.every(_EVERY, VIEW, ward=ward_id, keys=True)


async def lines_of(work: Work, ward_id: UUID) -> list[Hours]:
    """Read the lines of the templates of a clinic."""
    return await work.every(HOURS, VIEW, ward=ward_id)


async def closures_of(work: Work, ward_id: UUID, within: Span) -> list[Closure]:
    """Read who or what is not there."""
    return await work.every(CLOSURES, VIEW, ward=ward_id, since=within.start, until=within.end)


async def reservations_of(work: Work, ward_id: UUID, within: Span) -> list[Taken]:
    """Read what is taken; a hold that has run out takes nothing."""
    found = await work.columns(
        RESERVED, VIEW, ward=ward_id, since=within.start, until=within.end, now=work.now
    )
    return list(map(_taken, found))


def hours_of(
    resource: Resource, lines: Iterable[Hours], closures: Iterable[Closure]
) -> clinic_hours.Hours:
    """Write the lines of one resource as the rules read them."""
    mine = [line for line in lines if line.resource_id == resource.id]
    shut = [one for one in closures if one.resource_id in {None, resource.id}]
    is_open, rest = _split(mine)
    return clinic_hours.Hours(
        zone=ZoneInfo(resource.zone),
        weekly=tuple(one for one in is_open if isinstance(one, Weekly)),
        once=tuple(one for one in is_open if isinstance(one, Once)),
        breaks=tuple(rest),
        closures=tuple(
            [clinic_hours.Closure(Span(one.starts_at, one.ends_at), one.why) for one in shut]
            + (
                [clinic_hours.Closure(Span(resource.ended_at, clinic_hours.FOR_EVER))]
                if resource.ended_at
                else []
            )
        ),
    )


def _split(lines: Sequence[Hours]) -> tuple[list[Weekly | Once], list[Weekly | Once]]:
    opened = [_line(line) for line in lines if line.kind is HoursKind.OPEN]
    breaks = [_line(line) for line in lines if line.kind is HoursKind.BREAK]
    return opened, breaks


def _line(line: Hours) -> Weekly | Once:
    opening = Opening(from_time=line.opens, to_time=line.closes)
    if line.on_day is not None:
        return Once(line.on_day, opening, line.label)
    assert line.weekday is not None
    return Weekly(line.weekday, opening, line.since, line.until, line.label)


async def taken_by(work: Work, appointments: Collection[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """Tell which resources each of these appointments has."""
    found: dict[UUID, tuple[UUID, ...]] = dict.fromkeys(appointments, ())
    for one in await work.every(_TAKEN_BY, VIEW, appointments=list(appointments)):
        if one.appointment_id is not None:
            found[one.appointment_id] += (one.resource_id,)
    return found


async def of_patient(
    work: Work, patient_id: UUID, within: Span, ignoring: Collection[UUID] = ()
) -> list[Appointment]:
    """Read what the patient has at that time already, wherever that is."""
    found = await work.every(
        OF_PATIENT,
        Permission.VIEW_APPOINTMENTS,
        patient=patient_id,
        since=within.start,
        until=within.end,
    )
    return [one for one in found if one.id not in ignoring]


async def elsewhere(
    work: Work, patient_id: UUID, within: Span, known: Collection[UUID]
) -> list[Span]:
    """Tell when the patient is elsewhere then, though nothing shows this person where that is."""
    found = await (await work.connection()).execute(
        ELSEWHERE,
        {"patient": patient_id, "since": within.start, "until": within.end, "known": list(known)},
    )
    return [Span(*row) for row in found]
