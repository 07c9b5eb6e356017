"""Amending: why a patient comes and what to remember; the time stays."""

from uuid import UUID

from domain import appointments
from domain.access import Permission
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.events import AppointmentAmended
from ward.scheduling.history import step, tell
from ward.scheduling.models import Appointment, AppointmentStep
from ward.work import Work


async def amend(
    work: Work, appointment_id: UUID, detail: AppointmentDetail, *, seen: int | None
) -> Appointment:
    """Write other details to a booked appointment."""
    row = await work.access(
        Appointment, appointment_id, Permission.BOOK_APPOINTMENT, lock=True, seen=seen
    )
    appointments.amend(row.status)
    await work.seal(row, detail=detail)
    await step(work, row, AppointmentStep.AMENDED)
    tell(work, AppointmentAmended, row, row.zone)
    return row
