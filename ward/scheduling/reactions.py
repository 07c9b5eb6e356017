"""Reactions: what scheduling does by itself."""

from sqlalchemy import bindparam, select

from domain.access import Permission
from domain.spans import Span
from ward import jobs
from ward.patients.events import PatientAmended
from ward.scheduling import hours, recurring
from ward.scheduling.errands import CalendarsFollow, SeriesFollows
from ward.scheduling.events import NameFollowed
from ward.scheduling.history import days_of
from ward.scheduling.models import Appointment
from ward.work import Work

OF_PATIENT = (
    select(Appointment)
    .where(Appointment.patient_id == bindparam("patient"))
    .where(Appointment.starts_at > bindparam("since"))
    .order_by(Appointment.starts_at)
)


@jobs.when(PatientAmended, may={Permission.VIEW_APPOINTMENTS})
async def name_follows(work: Work, event: PatientAmended) -> None:
    """Have the calendars drawn again that name a patient: what is coming first, then what was."""
    rows = await work.every(
        OF_PATIENT,
        Permission.VIEW_APPOINTMENTS,
        patient=event.patient_id,
        since=work.now - hours.FARTHEST,
    )
    if not rows:
        return
    rows.sort(key=lambda row: (row.ends_at < work.now, row.starts_at))
    spans = [(row, Span(row.starts_at, row.ends_at)) for row in rows]
    days = dict.fromkeys(day for row, span in spans for day in days_of(row.ward_id, row.zone, span))
    clinics = tuple(sorted({row.ward_id for row in rows}))
    work.record(NameFollowed(tuple(days), event.patient_id, clinics))


@jobs.at(CalendarsFollow, may={Permission.VIEW_CALENDAR})
async def follow(work: Work, errand: CalendarsFollow) -> None:
    """Have the next weeks of calendars drawn again."""
    hours.tell_from(work, errand.ward_id, errand.first, errand.last)


BOOKS = {
    Permission.BOOK_APPOINTMENT,
    Permission.VIEW_APPOINTMENTS,
    Permission.VIEW_CALENDAR,
    Permission.VIEW_PATIENT,
}


@jobs.at(SeriesFollows, may=BOOKS)
async def book_on(work: Work, errand: SeriesFollows) -> None:
    """Book the next appointments of a series."""
    await recurring.follow(work, errand.series_id)
