"""Day: everything that one day of a clinic's calendar shows, read in a few statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, and_, bindparam, or_, select
from sqlalchemy.orm import defer

from domain import clinic_hours, display
from domain.access import D1, Permission
from domain.appointments import AppointmentStatus
from domain.spans import Span
from ward.duty.queries import Person, names
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling import taken
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.models import Appointment, Hold
from ward.scheduling.questions import Here, on_the_calendar
from ward.scheduling.taken import Taken
from ward.work import Work

VIEW, WHOSE = Permission.VIEW_CALENDAR, Permission.VIEW_APPOINTMENTS

_SINCE: BindParameter[datetime] = bindparam("since")
_UNTIL: BindParameter[datetime] = bindparam("until")
HOLDS = select(Hold).where(
    among(Hold.id, "holds"), Hold.ended_at.is_(None), Hold.until > bindparam("now")
)
APPOINTMENTS = (
    select(Appointment)
    .options(defer(Appointment.zone), defer(Appointment.detail))
    .where(
        or_(
            and_(
                Appointment.ward_id == bindparam("ward"),
                Appointment.starts_at >= _SINCE,
                Appointment.starts_at < _UNTIL,
            ),
            among(Appointment.id, "appointments"),
        )
    )
    .where(Appointment.status != AppointmentStatus.ENTERED_IN_ERROR)
    .order_by(Appointment.starts_at, Appointment.id)
)
PATIENTS = select(Patient).where(among(Patient.id, "patients"))
KEPT = 4096  # names that a node keeps open, of the days that were drawn last
_OPENED: dict[tuple[UUID, int], str] = {}
VISITS = select(VisitType).where(among(VisitType.id, "kinds"))


@projection(D1)
class Called:
    """What the patient of an appointment is called."""

    patient_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One column: somebody or something that is booked, and its hours."""

    number: int  # of the column, from 1
    row: Resource
    label: str
    hours: clinic_hours.Hours


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a clinic as it was read; whose appointments they are only where that may be seen."""

    ward: Ward
    day: date
    span: Span
    zone: ZoneInfo
    usual: tuple[tuple[time, time], ...]  # from and until of every line of the templates
    lanes: tuple[Lane, ...]
    taken: tuple[Taken, ...]  # what stands, in order
    gone: tuple[Taken, ...]  # of appointments that will not be, or that moved
    holds: Mapping[UUID, Hold]
    holders: Mapping[UUID, Person]
    appointments: Mapping[UUID, Appointment]
    visits: Mapping[UUID, str]
    here: Mapping[UUID, Here]
    called: Mapping[UUID, Called]  # by appointment


async def read(work: Work, ward_id: UUID, day: date) -> Day:
    """Read a day of a clinic: who is there, what is taken, and as far as may be seen, for whom."""
    ward = await work.access(Ward, ward_id, VIEW)
    zone = ZoneInfo(ward.zone)
    span = clinic_hours.local_day(day, zone)
    lanes, usual = await _lanes(work, ward_id, span)
    rows = await taken.reserved(work, taken.RESERVED_ON, [lane.row.id for lane in lanes], span)
    holds = await _holds(work, rows)
    standing = [row for row in rows if row.ended_at is None]
    appointments = await _appointments(work, ward_id, span, rows)
    return Day(
        ward=ward,
        day=day,
        span=span,
        zone=zone,
        usual=usual,
        lanes=lanes,
        taken=tuple(row for row in standing if row.hold_id is None or row.hold_id in holds),
        gone=tuple(row for row in rows if row.ended_at is not None),
        holds=holds,
        holders=await names(work, (one.user_id for one in holds.values() if one.user_id)),
        appointments=appointments,
        visits=await _visits(work, appointments.values()),
        here=await _here(work, list(appointments)),
        called=await _called(work, list(appointments.values())),
    )


async def _lanes(
    work: Work, ward_id: UUID, span: Span
) -> tuple[tuple[Lane, ...], tuple[tuple[time, time], ...]]:
    resources = await work.every(taken.PRESENT, VIEW, ward=ward_id, since=span.start, keys=True)
    labels = await work.open(resources, Resource.label)
    lines = await taken.lines_of(work, ward_id)
    closures = await taken.closures_of(work, ward_id, span)
    lanes = tuple(
        Lane(number, row, labels[row.id], taken.hours_of(row, lines, closures))
        for number, row in enumerate(resources, 1)
    )
    return lanes, tuple(sorted({(line.opens, line.closes) for line in lines}))


async def _holds(work: Work, rows: Sequence[Taken]) -> dict[UUID, Hold]:
    wanted = sorted({row.hold_id for row in rows if row.hold_id and row.ended_at is None})
    if not wanted:
        return {}
    return {one.id: one for one in await work.every(HOLDS, VIEW, holds=wanted, now=work.now)}


async def _appointments(
    work: Work, ward_id: UUID, span: Span, rows: Sequence[Taken]
) -> dict[UUID, Appointment]:
    if not work.may(WHOSE):
        return {}
    standing = {row.appointment_id for row in rows if row.appointment_id and not row.ended_at}
    found = await work.every(
        APPOINTMENTS,
        WHOSE,
        ward=ward_id,
        since=span.start,
        until=span.end,
        appointments=sorted(standing),
    )
    return {one.id: one for one in found}


async def _visits(work: Work, appointments: Iterable[Appointment]) -> dict[UUID, str]:
    kinds = sorted({one.visit_type_id for one in appointments})
    if not kinds:
        return {}
    return {one.id: one.label for one in await work.every(VISITS, VIEW, kinds=kinds)}


async def _here(work: Work, appointments: list[UUID]) -> dict[UUID, Here]:
    if not appointments:
        return {}
    asked = await on_the_calendar.ask(work, appointments)
    return {one: parts["place"] for one, parts in asked.items() if parts.get("place")}


async def _called(work: Work, appointments: Sequence[Appointment]) -> dict[UUID, Called]:
    if not appointments or not work.may(Permission.VIEW_PATIENT):
        return {}
    shown = await _names(work, sorted({one.patient_id for one in appointments}))
    return {one.id: shown[one.patient_id] for one in appointments if one.patient_id in shown}


async def _names(work: Work, patients: list[UUID]) -> dict[UUID, Called]:
    """Say what patients are called; a name that was opened is kept as long as its row stands."""
    rows = await work.every(PATIENTS, Permission.VIEW_PATIENT, patients=patients)
    missing = [row for row in rows if (row.id, row.version) not in _OPENED]
    if missing:
        people = await work.open(missing, Patient.identity)
        for row in missing:
            name = people[row.id].name
            _OPENED[row.id, row.version] = display.name(name.family, name.given)
        for old in list(_OPENED)[: max(0, len(_OPENED) - KEPT)]:
            del _OPENED[old]
    found = ((row.id, _OPENED.get((row.id, row.version), "")) for row in rows)
    return {one: Called(one, name) for one, name in found}


def by_appointment(rows: Sequence[Taken]) -> Mapping[UUID, list[Taken]]:
    """Group what is taken by the appointment that took it."""
    found: Mapping[UUID, list[Taken]] = defaultdict(list)
    for row in rows:
        if row.appointment_id is not None:
            found[row.appointment_id].append(row)
    return found
