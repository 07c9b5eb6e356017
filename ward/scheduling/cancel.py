"""Cancelling, missing, confirming, and taking back what was just done."""

from uuid import UUID
from zoneinfo import ZoneInfo

from domain import appointment_codes, appointments, no_shows
from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import Span
from ward.places.models import Ward
from ward.scheduling import fit
from ward.scheduling.clinics import VisitType
from ward.scheduling.events import (
    AppointmentAmended,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentRescheduled,
    OfAppointment,
)
from ward.scheduling.history import step, steps_of, tell
from ward.scheduling.models import Appointment, AppointmentHistory, AppointmentStep
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT
UNDONE = {AppointmentStep.CANCELLED, AppointmentStep.NO_SHOW, AppointmentStep.RESCHEDULED}


async def cancel(  # noqa: PLR0913 - which, why, and as one of how many
    work: Work,
    appointment_id: UUID,
    reason: CancellationReason,
    text: str,
    *,
    seen: int | None,
    many: bool = False,
) -> Appointment:
    """Cancel an appointment, or one of many; what it had taken is free at once."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    row.status, row.cancel_reason = appointments.cancel(row.status), reason
    row.ended_at = work.now
    note = appointment_codes.explain(reason, text)
    await fit.let_go(work, row.id)
    ward = await work.access(Ward, row.ward_id, Permission.VIEW_CALENDAR)
    await step(work, row, AppointmentStep.CANCELLED, note=note)
    tell(work, AppointmentCancelled, row, ward.zone, many=many)
    return row


async def miss(work: Work, appointment_id: UUID, *, seen: int | None) -> Appointment:
    """Say that the patient did not come; never before the grace of the visit is over."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    kind = await work.access(VisitType, row.visit_type_id, Permission.VIEW_CALENDAR)
    row.status = no_shows.miss(row.status, row.starts_at, work.now, remote=kind.remote)
    row.ended_at = work.now
    await fit.let_go(work, row.id)
    return await _done(work, row, AppointmentStep.NO_SHOW, AppointmentMissed)


async def confirm(work: Work, appointment_id: UUID, *, seen: int | None) -> Appointment:
    """Write down that the patient said they will come."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    appointments.amend(row.status)
    row.confirmed_at = work.now
    return await _done(work, row, AppointmentStep.CONFIRMED, AppointmentAmended)


async def undo(work: Work, appointment_id: UUID, *, seen: int | None) -> Appointment:
    """Take back a press of a moment ago; what it had taken must still be free."""
    row = await work.access(Appointment, appointment_id, MAY, lock=True, seen=seen)
    last = (await steps_of(work, row.id))[-1]
    if last.actor_id != work.actor.id:
        raise NotAllowed("Only who did this can undo it.", "appointment.undo")
    if last.step not in UNDONE:
        raise NotAllowed("Only what was just done can be undone.", "appointment.undo")
    if last.step is AppointmentStep.RESCHEDULED:
        return await move_back(work, row, last)
    row.status = appointments.undo(row.status, AppointmentStatus.BOOKED, last.at, work.now)
    row.cancel_reason = row.ended_at = None
    await fit.take_again(work, row, last.at)
    return await _done(work, row, AppointmentStep.UNDONE, AppointmentBooked)


async def move_back(
    work: Work, row: Appointment, last: AppointmentHistory, *, many: bool = False
) -> Appointment:
    """Give an appointment its old time back, with whom it was, and what was agreed of it."""
    appointments.move_back(row.status, last.at, work.now)
    was_at = last.was_at or row.starts_at
    was, there = row.starts_at, Span(row.starts_at, row.ends_at)
    await fit.let_go(work, row.id)
    row.ends_at += was_at - row.starts_at
    row.starts_at = was_at
    local = was_at.astimezone(ZoneInfo(row.zone))
    row.wall, row.fold = local.strftime("%Y-%m-%dT%H:%M"), local.fold
    row.confirmed_at = last.was_confirmed_at
    await fit.take_again(work, row, last.at)
    await step(work, row, AppointmentStep.UNDONE, was_at=was)
    tell(work, AppointmentRescheduled, row, row.zone, there, many=many)
    return row


async def _done(
    work: Work,
    row: Appointment,
    what: AppointmentStep,
    fact: type[OfAppointment],
) -> Appointment:
    ward = await work.access(Ward, row.ward_id, Permission.VIEW_CALENDAR)
    await step(work, row, what)
    tell(work, fact, row, ward.zone)
    return row
