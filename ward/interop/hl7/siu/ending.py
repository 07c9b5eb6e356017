"""Ending: an appointment that another system cancels, or to which nobody came."""

from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from ward.interop.hl7.siu.fact import SiuEvent, SiuFact
from ward.scheduling import cancel
from ward.scheduling.models import Appointment
from ward.work import Work

ENDED = "It had ended already."
BY_THEM = "Cancelled by the other system"
LONGEST = 500
_OVER = {
    AppointmentStatus.CANCELLED,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.ENTERED_IN_ERROR,
}


async def ended(work: Work, fact: SiuFact, row: Appointment) -> tuple[str, ...]:
    """Cancel it, or say that nobody came; the rules of the calendar stand."""
    if row.status in _OVER:
        return (ENDED,)
    if fact.event is SiuEvent.MISSED:
        await cancel.miss(work, row.id, seen=None)
        return ()
    reason = _reason(fact.why.code)
    await cancel.cancel(work, row.id, reason, _words(fact), seen=None)
    return ()


def _reason(code: str) -> CancellationReason:
    """Take a code of FHIR for what it says; any other is told in words."""
    found = code.lower()
    known = found in list(CancellationReason)
    return CancellationReason(found) if known else CancellationReason.OTHER


def _words(fact: SiuFact) -> str:
    said = "; ".join(one for one in (fact.why.text, " ".join(fact.note.split())) if one)
    return (said or BY_THEM)[:LONGEST]
