"""Calling: who is next goes to a room, is seen, leaves; who presses late is told how it stands."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import appointments, queues
from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.queues import TicketState, Waiting
from ward.arrivals.arrive import moved, one_at_a_time
from ward.arrivals.models import Ticket, TicketStep
from ward.db import new_id
from ward.errors import Stale
from ward.places.models import Ward
from ward.scheduling import fit
from ward.scheduling.clinics import Resource
from ward.scheduling.events import AppointmentMoved
from ward.scheduling.history import step, tell
from ward.scheduling.models import Appointment, AppointmentStep
from ward.work import Work

MAY = Permission.CALL_NEXT
SEE = Permission.VIEW_QUEUE
_WAITING = (
    select(Ticket, Appointment)
    .join(Appointment, Appointment.id == Ticket.appointment_id)
    .where(Ticket.ward_id == bindparam("ward"), Ticket.on_day == bindparam("day"))
    .where(Ticket.state == TicketState.WAITING)
)
_PRESSES = (
    select(TicketStep)
    .where(TicketStep.ticket_id == bindparam("ticket"), TicketStep.undone_at.is_(None))
    .order_by(TicketStep.at.desc(), TicketStep.id.desc())
    .limit(1)
)
ENDED = {TicketState.DONE, TicketState.LEFT}


async def call(work: Work, ticket_id: UUID, room_id: UUID | None, *, seen: int | None) -> Ticket:
    """Call somebody to a room; the public screen shows the number."""
    ticket = await _held(work, ticket_id, seen)
    if room_id is not None:
        room = await work.access(Resource, room_id, Permission.VIEW_CALENDAR)
        if room.ward_id != ticket.ward_id:
            raise NotAllowed("This room belongs to another clinic.", "ticket.room")
    _turn(work, ticket, TicketState.CALLED)
    ticket.called_at, ticket.room_id = work.now, room_id
    moved(work, ticket)
    return ticket


async def call_next(work: Work, ward_id: UUID, room_id: UUID | None) -> Ticket:
    """Call whoever is next; two who press at once call two patients, never one twice."""
    ward = await work.access(Ward, ward_id, Permission.VIEW_CALENDAR)
    day = work.now.astimezone(ZoneInfo(ward.zone)).date()
    await one_at_a_time(work, ward_id)
    rows = await work.every(_WAITING, SEE, ward=ward_id, day=day)
    line = [
        Waiting(key=one.id, number=one.number, since=one.waits_since, booked_for=_agreed(one, at))
        for one, at in rows
    ]
    ordered = queues.order(line)
    if not ordered:
        raise NotAllowed("Nobody is waiting.", "queue.empty")
    first = next(one for one, _ in rows if one.id == ordered[0].key)
    return await call(work, first.id, room_id, seen=None)


def _agreed(ticket: Ticket, appointment: Appointment) -> datetime | None:
    return None if ticket.walked_in else appointment.starts_at


async def enter(work: Work, ticket_id: UUID, *, seen: int | None) -> Ticket:
    """Say that the patient is in the room."""
    ticket = await _held(work, ticket_id, seen)
    _turn(work, ticket, TicketState.IN_ROOM)
    ticket.called_at = ticket.called_at or work.now
    ticket.in_room_at = work.now
    moved(work, ticket)
    return ticket


async def back(work: Work, ticket_id: UUID, *, seen: int | None) -> Ticket:
    """Have somebody wait again: nobody answered the call, or an X-ray comes between."""
    ticket = await _held(work, ticket_id, seen)
    if ticket.state is TicketState.LEFT:  # their time went to others
        raise NotAllowed("This patient has left. Take them in as a walk-in.", "ticket.left")
    _turn(work, ticket, TicketState.WAITING)
    ticket.called_at = ticket.in_room_at = ticket.room_id = ticket.ended_at = None
    moved(work, ticket)
    return ticket


async def finish(work: Work, ticket_id: UUID, *, seen: int | None) -> Ticket:
    """Say that the patient was seen."""
    return await _end(work, ticket_id, seen, TicketState.DONE)


async def leave(work: Work, ticket_id: UUID, *, seen: int | None) -> Ticket:
    """Say that the patient left without being seen."""
    return await _end(work, ticket_id, seen, TicketState.LEFT)


async def _end(work: Work, ticket_id: UUID, seen: int | None, to: TicketState) -> Ticket:
    ticket = await _held(work, ticket_id, seen)
    _turn(work, ticket, to)
    ticket.ended_at = work.now
    row = await work.access(Appointment, ticket.appointment_id, MAY, lock=True)
    if to is TicketState.DONE:
        row.status, what = appointments.fulfil(row.status), AppointmentStep.SEEN
    else:
        row.status, what = appointments.leave(row.status), AppointmentStep.LEFT
        row.cancel_reason = CancellationReason.PATIENT
        await fit.let_go(work, row.id)
    row.ended_at = work.now
    await step(work, row, what, permission=MAY)
    tell(work, AppointmentMoved, row, row.zone)
    moved(work, ticket)
    return ticket


async def undo(work: Work, ticket_id: UUID, *, seen: int | None) -> Ticket:
    """Take back a press of a moment ago; the patient is where they were, since when they were."""
    ticket = await _held(work, ticket_id, seen)
    steps = await work.every(_PRESSES, SEE, ticket=ticket.id)
    if not steps:
        raise NotAllowed("Only what was just done can be undone.", "ticket.undo")
    last = steps[0]
    if last.actor_id != work.actor.id:
        raise NotAllowed("Only who did this can undo it.", "ticket.undo")
    ended = ticket.state in ENDED
    ticket.state = queues.undo(ticket.state, last.was, last.at, work.now)
    ticket.room_id, ticket.called_at = last.room_id, last.called_at
    ticket.in_room_at, ticket.ended_at = last.in_room_at, None
    last.undone_at = work.now
    if ended:
        await _there_again(work, ticket, last)
    moved(work, ticket)
    return ticket


async def _there_again(work: Work, ticket: Ticket, last: TicketStep) -> None:
    """Have an appointment go on that had ended by that press; what it had must still be free."""
    row = await work.access(Appointment, ticket.appointment_id, MAY, lock=True)
    left = row.status is AppointmentStatus.CANCELLED
    row.status = appointments.undo(row.status, AppointmentStatus.ARRIVED, last.at, work.now)
    row.cancel_reason = row.ended_at = None
    if left:
        await fit.take_again(work, row, last.at)
    await step(work, row, AppointmentStep.UNDONE, permission=MAY)
    tell(work, AppointmentMoved, row, row.zone)


def _turn(work: Work, ticket: Ticket, to: TicketState) -> None:
    """Have a ticket be somewhere else, and keep who pressed, when, and how it stood before."""
    was, ticket.state = ticket.state, queues.change(ticket.state, to)
    row = TicketStep(
        id=new_id(),
        ticket_id=ticket.id,
        patient_id=ticket.patient_id,
        was=was,
        at=work.now,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        room_id=ticket.room_id,
        called_at=ticket.called_at,
        in_room_at=ticket.in_room_at,
    )
    work.add(row, MAY)


async def _held(work: Work, ticket_id: UUID, seen: int | None) -> Ticket:
    """Take a ticket, or say where the patient is now: somebody else was quicker."""
    ticket = await work.access(Ticket, ticket_id, MAY, lock=True)
    if seen is not None and ticket.version != seen:
        raise Stale(
            f"Not saved. {queues.label(ticket.number)} was moved while you were looking: "
            f"{ticket.state.word.lower()}."
        )
    return ticket
