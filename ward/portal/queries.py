"""Queries: a patient's own appointments, in the words of the patient, and nothing of others.

What the clinic has written about a visit (why, notes) is not read here at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import defer

from domain import portal, queues, reminder_words
from domain.access import D0, D1, D2, Permission
from domain.appointments import AppointmentStatus
from domain.display import duration
from domain.queues import TicketState
from ward.arrivals.models import Ticket
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.places.models import Branch, Ward
from ward.portal.whose import VIEW
from ward.projections import projection
from ward.reminders.zones import zone_of
from ward.scheduling.clinics import Resource, ResourceKind, VisitType
from ward.scheduling.feeds import SHOWN
from ward.scheduling.models import Appointment, Reservation
from ward.security.actors import System
from ward.work import Work

CALENDAR, PLACES = Permission.VIEW_CALENDAR, Permission.VIEW_PLACES
BACK = timedelta(days=365)
MOST = 100  # appointments of a patient that are read; of the past, the latest
_READER = System("job:portal", frozenset())
_STATES = sorted(SHOWN - {AppointmentStatus.PENDING})
_MINE = (
    select(Appointment)
    .options(defer(Appointment.detail), defer(Appointment.overbook_reason))
    .where(Appointment.patient_id == bindparam("patient"))
    .where(Appointment.ends_at > bindparam("since"), Appointment.status.in_(_STATES))
    .order_by(Appointment.starts_at.desc(), Appointment.id)
    .limit(MOST)
)
_TYPES = select(VisitType).where(among(VisitType.id, "types"))
_CLINICS = (
    select(Ward, Branch).join(Branch, Branch.id == Ward.branch_id).where(among(Ward.id, "clinics"))
)
_WITH = (
    select(Reservation, Resource)
    .join(Resource, Resource.id == Reservation.resource_id)
    .where(Reservation.appointment_id == any_(bindparam("appointments", type_=ARRAY(Uuid))))
    .where(Reservation.ended_at.is_(None))
    .where(Resource.kind.in_([ResourceKind.CLINICIAN, ResourceKind.CLINIC]))
    .order_by(Resource.position)
)
_TICKETS = select(Ticket).where(among(Ticket.appointment_id, "appointments"))
_ROOMS = select(Resource).where(among(Resource.id, "rooms"))


@projection(D2)
class Called:
    """The patient's number, once they are checked in, and where to go."""

    number: str
    state: TicketState
    room: str


@projection(D2)
class Visit:
    """One appointment as its patient reads it; `language` is that of `when`."""

    id: UUID
    version: int
    ward_id: UUID
    status: AppointmentStatus
    starts_at: datetime
    ends_at: datetime
    zone: str
    when: str
    language: str
    long: str
    visit: str
    clinic: str
    place: str
    with_whom: str
    remote: bool
    online: bool
    confirmed: bool
    called: Called | None
    state: str

    @property
    def coming(self) -> bool:
        """Tell whether it is still to come, or going on."""
        here = {AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN}
        return self.status in here or (
            self.status is AppointmentStatus.BOOKED and self.state != portal.OVER
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around appointments: visits, clinics, people and tickets, by id."""

    types: Mapping[UUID, VisitType]
    clinics: Mapping[UUID, tuple[Ward, Branch]]
    people: Mapping[UUID, str]
    tickets: Mapping[UUID, Called]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a patient reads dates: language, and by which clock they live at home."""

    language: str
    home: ZoneInfo | None

    def when(self, at: datetime, zone: str, *, remote: bool = False) -> str:
        """Write an instant; of a visit by telephone also by the patient's own clock."""
        place = ZoneInfo(zone)
        if remote and self.home is not None:
            return reminder_words.for_both(at, place, self.home, self.language)
        return reminder_words.when(at, place, self.language)


async def visits_of(work: Work, patient_id: UUID) -> list[Visit]:
    """Answer which appointments a patient has, and had in the last year; the latest first."""
    rows = await work.every(_MINE, VIEW, patient=patient_id, since=work.now - BACK)
    return await _written(work, patient_id, rows)


async def visit_of(work: Work, row: Appointment) -> Visit:
    """Write one appointment as its patient reads it."""
    return (await _written(work, row.patient_id, [row]))[0]


async def reader_of(work: Work, patient_id: UUID, zone: str) -> Reader:
    """Tell in which language a patient reads, and where they live."""
    aside = work.watched(_READER, frozenset({D1}))
    patient = await aside.access(Patient, patient_id, Permission.VIEW_PATIENT)
    person = (await aside.open([patient], Patient.identity))[patient.id]
    home = zone_of(person, ZoneInfo(zone))
    return Reader(reminder_words.language(person.language), home)


async def _written(work: Work, patient_id: UUID, rows: Sequence[Appointment]) -> list[Visit]:
    if not rows:
        return []
    around = await _around(work, rows)
    reader = await reader_of(work, patient_id, rows[0].zone)
    return [_visit(work, row, around, reader) for row in rows]


async def _around(work: Work, rows: Sequence[Appointment]) -> Around:
    """Read the names of places and of the clinic's people; no row of another patient is asked."""
    aside = work.watched(_READER, frozenset({D0}))
    ids = [row.id for row in rows]
    types = await aside.every(_TYPES, CALENDAR, types=[row.visit_type_id for row in rows])
    places = await aside.every(_CLINICS, PLACES, clinics=[row.ward_id for row in rows])
    taken = await aside.every(_WITH, CALENDAR, appointments=ids)
    labels = await aside.open([one for _, one in taken], Resource.label)
    people: dict[UUID, list[str]] = {}
    for reserved, resource in taken:
        assert reserved.appointment_id is not None
        people.setdefault(reserved.appointment_id, []).append(labels[resource.id])
    return Around(
        types={one.id: one for one in types},
        clinics={ward.id: (ward, branch) for ward, branch in places},
        people={one: ", ".join(named) for one, named in people.items()},
        tickets=await _tickets(work, aside, ids),
    )


async def _tickets(work: Work, aside: Work, ids: Sequence[UUID]) -> dict[UUID, Called]:
    tickets = await work.every(_TICKETS, VIEW, appointments=list(ids))
    wanted = [one.room_id for one in tickets if one.room_id]
    rooms = await aside.every(_ROOMS, CALENDAR, rooms=wanted) if wanted else []
    labels = await aside.open(rooms, Resource.label)
    return {
        one.appointment_id: Called(
            queues.label(one.number), one.state, labels[one.room_id] if one.room_id else ""
        )
        for one in tickets
    }


def _visit(work: Work, row: Appointment, around: Around, reader: Reader) -> Visit:
    kind = around.types[row.visit_type_id]
    ward, branch = around.clinics[row.ward_id]
    confirmed = row.confirmed_at is not None
    return Visit(
        id=row.id,
        version=row.version,
        ward_id=row.ward_id,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        when=reader.when(row.starts_at, row.zone, remote=kind.remote),
        language=reader.language,
        long=duration(row.ends_at - row.starts_at),
        visit=kind.label,
        clinic=ward.label,
        place=branch.label,
        with_whom=around.people.get(row.id, ""),
        remote=kind.remote,
        online=kind.online and kind.ended_at is None,
        confirmed=confirmed,
        called=around.tickets.get(row.id),
        state=portal.state(row.status, confirmed=confirmed, over=row.ends_at <= work.now),
    )
