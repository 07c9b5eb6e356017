"""Arriving: a patient has come, at the desk, by a code, or without an appointment."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, text

from domain import appointments, queues
from domain.access import Permission
from domain.clinic_hours import local_day
from domain.errors import NotAllowed
from realtime.topics import Topic
from ward.arrivals.events import TicketMoved
from ward.arrivals.models import CheckInCode, Ticket
from ward.db import new_id
from ward.places.models import Ward
from ward.scheduling.book import Booking, book
from ward.scheduling.events import AppointmentMoved, day_of
from ward.scheduling.history import step, tell
from ward.scheduling.models import Appointment, AppointmentStep
from ward.security.sessions import digest
from ward.work import Work

MAY = Permission.CHECK_IN
VIEW = Permission.VIEW_APPOINTMENTS
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext(:queue))")
_LAST = select(func.coalesce(func.max(Ticket.number), 0)).where(
    Ticket.ward_id == bindparam("ward"), Ticket.on_day == bindparam("day")
)
_BY_CODE = select(CheckInCode).where(CheckInCode.token_hash == bindparam("token"))


async def arrive(
    work: Work, appointment_id: UUID, *, seen: int | None, walked_in: bool = False
) -> Ticket:
    """Say that a patient has come: the appointment knows it, and there is a place in the queue."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    row.status, row.arrived_at = appointments.arrive(row.status), work.now
    row.cancel_reason = row.ended_at = None  # who came late after all did not stay away
    ticket = await _ticket(work, row, walked_in=walked_in)
    await step(work, row, AppointmentStep.ARRIVED, permission=MAY)
    tell(work, AppointmentMoved, row, row.zone)
    return ticket


async def walk_in(work: Work, said: Booking) -> Ticket:
    """Take somebody in who has no appointment: booked for now, and in the queue at once."""
    row = await book(work, said)
    ward = await work.access(Ward, row.ward_id, Permission.VIEW_CALENDAR)
    row.status, row.arrived_at = appointments.arrive(row.status), work.now
    ticket = await _ticket(work, row, walked_in=True, zone=ward.zone)
    await step(work, row, AppointmentStep.ARRIVED, permission=MAY)
    tell(work, AppointmentMoved, row, ward.zone)
    return ticket


async def arrive_by_code(work: Work, token: str) -> Ticket:
    """Say that whoever shows this code has come; it is good once, on the day alone."""
    found = await work.every(_BY_CODE, MAY, token=digest(token))
    if not found:
        raise NotAllowed("This code is not known here. Please ask at the desk.", "code.unknown")
    row = await work.access(Appointment, found[0].appointment_id, MAY)
    zone = ZoneInfo(row.zone)
    if _day(row.starts_at, zone) != _day(work.now, zone):
        raise NotAllowed(
            "This code is for another day. Please ask at the desk.", "code.another_day"
        )
    code = await work.access(CheckInCode, found[0].id, MAY, lock=True)
    if code.revoked_at is not None:
        raise NotAllowed(
            "There is a newer code for this visit. Show that one, or ask at the desk.", "code.old"
        )
    if code.used_at is not None:
        raise NotAllowed("You are checked in already. Please take a seat.", "code.used")
    code.used_at = work.now
    return await arrive(work, row.id, seen=None)


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


async def one_at_a_time(work: Work, ward_id: UUID) -> None:
    """Have whoever numbers or calls in this queue wait until this work ends."""
    connection = await work.connection()
    await connection.execute(_ONE_AT_A_TIME, {"queue": f"ward.queue.{ward_id}"})


async def _ticket(
    work: Work, row: Appointment, *, walked_in: bool, zone: str | None = None
) -> Ticket:
    place = ZoneInfo(zone or row.zone)
    day = work.now.astimezone(place).date()
    await one_at_a_time(work, row.ward_id)
    connection = await work.connection()
    last = (await connection.execute(_LAST, {"ward": row.ward_id, "day": day})).scalar_one()
    ticket = Ticket(
        id=new_id(),
        patient_id=row.patient_id,
        ward_id=row.ward_id,
        appointment_id=row.id,
        on_day=day,
        number=queues.next_number([last]),
        walked_in=walked_in,
        waits_since=work.now,
    )
    work.add(ticket, MAY)
    await work.flush()
    for kind in ("queue", "tickets"):  # which are of today: at midnight another day begins
        work.due(Topic(kind, row.ward_id), local_day(day, place).end)
    moved(work, ticket)
    return ticket


def moved(work: Work, ticket: Ticket) -> None:
    """Tell the queue, the public screen and the calendar where somebody is now."""
    work.record(
        TicketMoved(
            ticket_id=ticket.id,
            appointment_id=ticket.appointment_id,
            patient_id=ticket.patient_id,
            clinic_id=ticket.ward_id,
            day=day_of(ticket.ward_id, ticket.on_day),
        )
    )
