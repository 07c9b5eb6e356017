"""Known: which appointment a message means, whose it is, and what of it came later already."""

from datetime import timedelta

from sqlalchemy import select

from domain.access import Permission
from ward.interop.hl7 import people
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.models import Hl7Message, Hl7Subject, MessageState, ReviewReason, stands
from ward.interop.hl7.siu import numbers
from ward.interop.hl7.siu.fact import SiuFact
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.interop.hl7.waits import Waits
from ward.patients.models import Patient
from ward.scheduling.models import Appointment
from ward.work import Work

MAY = Permission.REVIEW_MESSAGES
ANOTHERS = "This appointment number belongs to another patient."


def mark(work: Work, fact: SiuFact) -> bytes | None:
    """Hash the number by which the sender knows the appointment."""
    return numbers.mark(work.node.vault, fact.sender, fact.number) if fact.number else None


async def appointment(work: Work, fact: SiuFact) -> Appointment | None:
    """Find the appointment: ours by our id, theirs by the mark of its number."""
    ours = fact.number.our_id if fact.number else None
    meant = Appointment.id == ours if ours else Appointment.source_hash == mark(work, fact)
    rows = await work.every(select(Appointment).where(meant), Permission.VIEW_APPOINTMENTS)
    return next(iter(rows), None)


async def patient(work: Work, fact: SiuFact, row: Appointment | None) -> Patient:
    """Find whose it is; a message about an appointment that stands need not say so."""
    if not fact.people:
        if row is None:
            raise Waits(ReviewReason.UNKNOWN_PATIENT, "The message names no patient.")
        return await work.access(Patient, row.patient_id, Permission.VIEW_PATIENT)
    found = await people.known(work, fact)
    await people.refuse_other_person(work, found, fact.patient, work.now)
    if row is not None and row.patient_id != found.id:
        raise Waits(ReviewReason.OTHER_PERSON, ANOTHERS)
    return found


async def is_older(work: Work, message: Hl7Message, fact: SiuFact) -> bool:
    """Tell whether something that was sent later of this appointment was done already (MSH-7)."""
    if message.recorded_at is None:
        return False
    later = (
        select(Hl7Message)
        .join(Hl7Subject, Hl7Subject.message_id == Hl7Message.id)
        .where(
            Hl7Subject.hash == mark(work, fact),
            Hl7Message.id != message.id,
            Hl7Message.message_type == SCHEDULING,
            Hl7Message.state == MessageState.DONE,
            Hl7Message.recorded_at > message.recorded_at,
            Hl7Message.recorded_at <= work.now + AHEAD,
        )
        .limit(1)
    )
    return bool(await work.every(later, MAY))


AHEAD = timedelta(minutes=5)  # a sender's clock that runs ahead further is not believed


async def wake(work: Work, fact: SiuFact) -> None:
    """Have messages looked at again that came for this appointment before it stood here."""
    waiting = (
        select(Hl7Message)
        .join(Hl7Subject, Hl7Subject.message_id == Hl7Message.id)
        .where(
            Hl7Subject.hash == mark(work, fact),
            stands(MessageState.REVIEW),
            Hl7Message.reason == ReviewReason.UNKNOWN_APPOINTMENT,
        )
        .with_for_update(of=Hl7Message)
    )
    for one in await work.every(waiting, MAY):
        one.state, one.reason, one.next_at = MessageState.RECEIVED, None, work.now
        work.record(MessageWaits(one.id))
