"""Links: what a patient answers without signing in: that they come, or that they cannot.

Whoever has the link has the message; the page tells no more than that: when and where.
"""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import reminder_words
from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from ward.errors import Missing
from ward.patients.models import Life, Patient
from ward.places.models import Branch, Ward
from ward.reminders.models import Reminder, Reply
from ward.scheduling import cancel
from ward.scheduling.models import Appointment
from ward.security.actors import System
from ward.security.sessions import digest
from ward.work import Work

MAY, VIEW = Permission.SEND_REMINDER, Permission.VIEW_APPOINTMENTS
READER = System(
    "job:reminder-link",
    frozenset(
        {
            MAY,
            VIEW,
            Permission.BOOK_APPOINTMENT,
            Permission.VIEW_CALENDAR,
            Permission.VIEW_PATIENT,
            Permission.VIEW_PLACES,
        }
    ),
)
_BY_TOKEN = select(Reminder).where(Reminder.link_hash == bindparam("token"))


class State(StrEnum):
    """What the page of a link shows; our own words."""

    OPEN = "open"
    CONFIRMED = "confirmed"  # by this link
    CANCELLED = "cancelled"  # by this link
    GONE = "gone"  # somebody has cancelled it
    MOVED = "moved"  # it is at another time now
    OVER = "over"  # it has begun, or is past


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of a link says."""

    state: State
    when: str
    place: str
    language: str
    phone: str


async def look(work: Work, token: str) -> Shown:
    """Answer what a link is about; an unknown one is as if it never was."""
    row, appointment = await _found(work, token)
    ward = await work.access(Ward, appointment.ward_id, Permission.VIEW_CALENDAR)
    branch = await work.access(Branch, ward.branch_id, Permission.VIEW_PLACES)
    patient = await work.access(Patient, row.patient_id, Permission.VIEW_PATIENT)
    person = (await work.open([patient], Patient.identity))[patient.id]
    language = reminder_words.language(person.language)
    return Shown(
        state=_state(work, row, appointment, patient),
        when=reminder_words.when(row.starts_at, ZoneInfo(appointment.zone), language),
        place=branch.label,
        language=language,
        phone=work.node.settings.phone or "",
    )


async def answer(work: Work, token: str, reply: Reply) -> None:
    """Confirm or cancel, once for each link, and only the time that the message spoke of."""
    row, appointment = await _found(work, token)
    await work.access(Appointment, appointment.id, Permission.BOOK_APPOINTMENT, lock=True)
    row = await work.access(Reminder, row.id, MAY, lock=True)
    patient = await work.access(Patient, row.patient_id, Permission.VIEW_PATIENT)
    if _state(work, row, appointment, patient) is not State.OPEN:
        raise NotAllowed("This link was answered, or its time has changed.", "reminder.link")
    if reply is Reply.CONFIRMED:
        await cancel.confirm(work, appointment.id, seen=None)
    else:
        why = CancellationReason.PATIENT_REMINDER
        await cancel.cancel(work, appointment.id, why, "", seen=None)
    row.reply, row.replied_at = reply, work.now


async def _found(work: Work, token: str) -> tuple[Reminder, Appointment]:
    found = await work.every(_BY_TOKEN, MAY, token=digest(token))
    if not found or found[0].appointment_id is None:
        raise Missing
    return found[0], await work.access(Appointment, found[0].appointment_id, VIEW)


def _state(work: Work, row: Reminder, appointment: Appointment, patient: Patient) -> State:
    if row.reply is not None:
        return State(row.reply.value)
    if appointment.status is AppointmentStatus.CANCELLED:
        return State.GONE
    if appointment.starts_at != row.starts_at:
        return State.MOVED
    booked = appointment.status is AppointmentStatus.BOOKED and patient.life is Life.ALIVE
    return State.OPEN if booked and work.now < appointment.starts_at else State.OVER
