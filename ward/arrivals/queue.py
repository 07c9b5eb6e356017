"""Queue: who is expected at a clinic today, and where everybody is who came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import defer

from domain import clinic_hours, queues
from domain.access import D0, D2, Permission
from domain.appointments import AppointmentStatus
from domain.queues import OPEN, TicketState, Waiting
from ward.arrivals.models import Ticket
from ward.patients.queries import Named, among, names_of
from ward.places.models import Ward
from ward.projections import projection
from ward.scheduling.clinics import Resource
from ward.scheduling.day import VISITS
from ward.scheduling.models import Appointment
from ward.work import Work

SEE, TICKETS = Permission.VIEW_QUEUE, Permission.VIEW_TICKETS
WHOSE, CALENDAR = Permission.VIEW_APPOINTMENTS, Permission.VIEW_CALENDAR
#: Who came today, and who was left standing in the queue of an earlier day.
_TODAY = (
    select(Ticket)
    .options(defer(Ticket.zone))
    .where(Ticket.ward_id == bindparam("ward"), Ticket.on_day <= bindparam("day"))
    .where(or_(Ticket.on_day == bindparam("day"), Ticket.state.in_(OPEN)))
    .order_by(Ticket.on_day, Ticket.number)
)
_APPOINTMENTS = (
    select(Appointment)
    .options(defer(Appointment.zone), defer(Appointment.detail))
    .where(
        or_(
            and_(
                Appointment.ward_id == bindparam("ward"),
                Appointment.starts_at >= bindparam("since"),
                Appointment.starts_at < bindparam("until"),
                Appointment.status.in_([AppointmentStatus.BOOKED, AppointmentStatus.NO_SHOW]),
            ),
            among(Appointment.id, "appointments"),
        )
    )
    .order_by(Appointment.starts_at, Appointment.id)
)
_ROOMS = select(Resource).where(among(Resource.id, "rooms"))
_CALLED = (
    select(Ticket)
    .options(defer(Ticket.zone))
    .where(Ticket.ward_id == bindparam("ward"), Ticket.on_day == bindparam("day"))
    .where(Ticket.state.in_([TicketState.WAITING, TicketState.CALLED]))
    .order_by(Ticket.called_at.desc(), Ticket.number)
)


@projection(D2)
class Guest:
    """Somebody who is expected or came; `version` is of what the buttons of its line press."""

    appointment_id: UUID
    patient_id: UUID
    ticket_id: UUID | None
    version: int
    place: str  # "expected", "waiting", "called", "in-room" or "done"
    number: str
    word: str
    visit: str
    booked_for: datetime | None  # None: walked in
    since: datetime | None
    room: str


@projection(D0)
class Called:
    """A number on the public screen, and where to go; nothing of whose it is."""

    ticket_id: UUID
    number: str
    room: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The day of a clinic as its waiting room has it, in the order in which each list is shown."""

    ward: Ward
    day: date
    guests: tuple[Guest, ...]
    who: Mapping[UUID, Named]

    def at(self, place: str) -> tuple[Guest, ...]:
        """Give the people in one place."""
        return tuple(one for one in self.guests if one.place == place)


def day_now(work: Work, ward: Ward) -> date:
    """Say which day a clinic has."""
    return work.now.astimezone(ZoneInfo(ward.zone)).date()


async def read(work: Work, ward_id: UUID) -> Queue:
    """Read who is expected and who came, and where they are."""
    ward = await work.access(Ward, ward_id, SEE)
    zone, day = ZoneInfo(ward.zone), day_now(work, ward)
    tickets = await work.every(_TODAY, SEE, ward=ward_id, day=day)
    span = clinic_hours.local_day(day, zone)
    came = {one.appointment_id: one for one in tickets}
    rows = await work.every(
        _APPOINTMENTS,
        WHOSE,
        ward=ward_id,
        since=span.start,
        until=span.end,
        appointments=list(came),
    )
    kinds = sorted({one.visit_type_id for one in rows})
    visits = {one.id: one.label for one in await work.every(VISITS, CALENDAR, kinds=kinds)}
    rooms = await _rooms(work, tickets)
    guests = [_guest(row, came.get(row.id), visits, rooms) for row in rows]
    who = await names_of(work, sorted({one.patient_id for one in rows}), zone)
    return Queue(ward, day, tuple(_in_order(guests, came)), who)


async def called(work: Work, ward: Ward) -> tuple[list[Called], int]:
    """Read which numbers are called, the newest first, and how many people wait."""
    rows = await work.every(_CALLED, TICKETS, ward=ward.id, day=day_now(work, ward))
    rooms = await _rooms(work, rows)
    shown = [
        Called(one.id, queues.label(one.number), rooms.get(one.room_id, ""), one.called_at)
        for one in rows
        if one.state is TicketState.CALLED and one.called_at is not None
    ]
    return shown, len(rows) - len(shown)


async def _rooms(work: Work, tickets: Sequence[Ticket]) -> dict[UUID | None, str]:
    wanted = sorted({one.room_id for one in tickets if one.room_id is not None})
    if not wanted:
        return {}
    rows = await work.every(_ROOMS, CALENDAR, keys=True, rooms=wanted)
    labels = await work.open(rows, Resource.label)
    return {one.id: labels[one.id] for one in rows}


def _guest(
    row: Appointment,
    ticket: Ticket | None,
    visits: Mapping[UUID, str],
    rooms: Mapping[UUID | None, str],
) -> Guest:
    visit = visits.get(row.visit_type_id, "")
    if ticket is None:
        missed = row.status is AppointmentStatus.NO_SHOW
        return Guest(
            appointment_id=row.id,
            patient_id=row.patient_id,
            ticket_id=None,
            version=row.version,
            place="expected",
            number="",
            word=row.status.word if missed else "",
            visit=visit,
            booked_for=row.starts_at,
            since=None,
            room="",
        )
    return Guest(
        appointment_id=row.id,
        patient_id=row.patient_id,
        ticket_id=ticket.id,
        version=ticket.version,
        place=ticket.state.value if ticket.state in OPEN else "done",
        number=queues.label(ticket.number),
        word=ticket.state.word,
        visit=visit,
        booked_for=None if ticket.walked_in else row.starts_at,
        since=_since(ticket),
        room=rooms.get(ticket.room_id, ""),
    )


def _since(ticket: Ticket) -> datetime:
    at = {
        TicketState.CALLED: ticket.called_at,
        TicketState.IN_ROOM: ticket.in_room_at,
        TicketState.DONE: ticket.ended_at,
        TicketState.LEFT: ticket.ended_at,
    }
    return at.get(ticket.state) or ticket.waits_since


def _in_order(guests: Sequence[Guest], came: Mapping[UUID, Ticket]) -> list[Guest]:
    """Put who waits in the order of their turns, who was seen last first, the others by time."""
    waiting = {one.appointment_id: one for one in guests if one.place == TicketState.WAITING}
    turns = queues.order(
        Waiting(key=key, number=came[key].number, since=came[key].waits_since,
                booked_for=one.booked_for)
        for key, one in waiting.items()
    )  # fmt: skip
    over = [one for one in guests if one.place == "done"]
    over.sort(key=lambda one: one.since or datetime.min.replace(tzinfo=UTC), reverse=True)
    others = [one for one in guests if one not in over and one.appointment_id not in waiting]
    others.sort(key=lambda one: bool(one.ticket_id is None and one.word))  # who missed it, last
    return [*others, *over, *(waiting[UUID(str(one.key))] for one in turns)]
