"""History: each step of an appointment, kept for good, and the days whose calendars show it."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain import clinic_hours
from domain.access import Permission
from domain.spans import Span
from realtime.topics import Topic
from ward.changed import Change, tells
from ward.db import new_id
from ward.scheduling.events import OfAppointment, day_of
from ward.scheduling.models import Appointment, AppointmentHistory, AppointmentStep
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT


async def step(  # noqa: PLR0913 - what, why and where it was are each their own
    work: Work,
    appointment: Appointment,
    what: AppointmentStep,
    *,
    note: str = "",
    was_at: datetime | None = None,
    was_confirmed_at: datetime | None = None,
    permission: Permission = MAY,
) -> None:
    """Write down what happened to an appointment, by whom."""
    appointment.moved_at = work.now
    row = AppointmentHistory(
        id=new_id(),
        appointment_id=appointment.id,
        patient_id=appointment.patient_id,
        step=what,
        at=work.now,
        was_at=was_at,
        starts_at=appointment.starts_at,
        was_confirmed_at=was_confirmed_at,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
    )
    await work.seal(row, note=note or None)
    work.add(row, permission)


def days_of(ward_id: UUID, zone: str, *spans: Span) -> tuple[str, ...]:
    """Name the days of a clinic's calendar that these spans touch."""
    place = ZoneInfo(zone)
    days = {day_of(ward_id, day) for span in spans for day in clinic_hours.days(span, place)}
    return tuple(sorted(days))


def tell(
    work: Work,
    kind: type[OfAppointment],
    appointment: Appointment,
    zone: str,
    *spans: Span,
    many: bool = False,
) -> None:
    """Say what happened to an appointment, to the days where it stands, and where it stood."""
    now = Span(appointment.starts_at, appointment.ends_at)
    place = ZoneInfo(zone)
    begins = clinic_hours.local_day(appointment.starts_at.astimezone(place).date(), place).start
    if begins > work.now:  # from that midnight on the patient is expected
        work.due(Topic("queue", appointment.ward_id), begins)
    if appointment.ends_at > work.now:  # from then on it is past, on the patient's own page
        work.due(Topic("own", appointment.patient_id), appointment.ends_at)
    work.record(
        kind(
            days=days_of(appointment.ward_id, zone, now, *spans),
            appointment_id=appointment.id,
            patient_id=appointment.patient_id,
            clinic_id=appointment.ward_id,
            series_id=appointment.series_id,
            many=many,
        )
    )


@tells(Appointment)
async def last_step(work: Work, appointment: Appointment) -> Change | None:
    """Tell who moved an appointment last, for a form that shows how it stood before."""
    steps = await steps_of(work, appointment.id)
    if not steps:
        return None
    last = steps[-1]
    return Change(last.step.word, last.actor_name, last.at, appointment.zone)


async def steps_of(work: Work, appointment_id: UUID) -> list[AppointmentHistory]:
    """Read the steps of an appointment, oldest first."""
    which = AppointmentHistory.appointment_id == appointment_id
    steps = select(AppointmentHistory).where(which)
    return await work.every(
        steps.order_by(AppointmentHistory.at, AppointmentHistory.id), Permission.VIEW_APPOINTMENTS
    )
