"""Effects: what a readable message does, in one piece of work, or why it waits."""

from domain.access import Permission
from ward.interop.hl7 import laboratory, moves, orders, people, swaps
from ward.interop.hl7.adt import AdtEvent, AdtFact
from ward.interop.hl7.facts import Fact
from ward.interop.hl7.models import Hl7Message, ReviewReason
from ward.interop.hl7.oru import OruFact
from ward.interop.hl7.rde import RdeFact
from ward.interop.hl7.siu.carry_out import carried_out
from ward.interop.hl7.siu.fact import SiuFact
from ward.interop.hl7.waits import Effect, Waits
from ward.work import Work

P = Permission
PERMISSIONS = frozenset(
    {
        P.WATCH_MESSAGES,
        P.REVIEW_MESSAGES,
        P.VIEW_PLACES,
        P.VIEW_BEDS,
        P.CHANGE_BED_STATUS,
        P.RESERVE_BED,
        P.VIEW_PATIENT,
        P.REGISTER_PATIENT,
        P.AMEND_PATIENT,
        P.VIEW_ALLERGIES,
        P.RECORD_ALLERGY,
        P.RECORD_CONDITION,
        P.VIEW_STAYS,
        P.REQUEST_MOVE,
        P.ADMIT,
        P.TRANSFER,
        P.DISCHARGE,
        P.CANCEL_MOVE,
        P.VIEW_VITALS,
        P.RECORD_VITALS,
        P.RELEASE_RESULT,
        P.VIEW_MEDICATIONS,
        P.PRESCRIBE,
        P.VIEW_CALENDAR,
        P.VIEW_APPOINTMENTS,
        P.BOOK_APPOINTMENT,
        P.OVERBOOK,
    }
)
"""What a sending system may do; declared, and in the trail like a person's deeds."""

_MOVES = {
    AdtEvent.ADMIT: moves.admitted,
    AdtEvent.TRANSFER: moves.transferred,
    AdtEvent.DISCHARGE: moves.discharged,
    AdtEvent.REGISTER: moves.registered,
    AdtEvent.UPDATE: moves.updated,
    AdtEvent.CANCEL_ADMIT: moves.admission_cancelled,
    AdtEvent.CANCEL_TRANSFER: moves.transfer_cancelled,
    AdtEvent.CANCEL_DISCHARGE: moves.discharge_cancelled,
    AdtEvent.SWAP: swaps.swapped,
    AdtEvent.LEAVE: swaps.left,
    AdtEvent.RETURN: swaps.returned,
}
_REGISTER = {AdtEvent.ADMIT, AdtEvent.REGISTER, AdtEvent.UPDATE}


async def apply(work: Work, message: Hl7Message, fact: Fact) -> Effect:
    """Do what the message says; tell what was done otherwise than sent."""
    if isinstance(fact, OruFact):
        return await laboratory.observed(work, message, fact)
    if isinstance(fact, RdeFact):
        return await orders.carried_out(work, fact, message)
    if isinstance(fact, SiuFact):
        return await carried_out(work, message, fact)
    return Effect(tuple(await _moved(work, message, fact)))


async def _moved(work: Work, message: Hl7Message, fact: AdtFact) -> list[str]:
    if fact.event is AdtEvent.MERGE:
        raise Waits(ReviewReason.MERGE, "Two records are said to be one person.")
    occurred = min(fact.occurred.at, work.now) if fact.occurred else work.now
    if fact.event in _REGISTER:
        patient, remarks = await people.settled(work, fact, message, occurred)
    else:
        patient, remarks = await people.known(work, fact), []
    await work.flush()
    return [*remarks, *await _MOVES[fact.event](work, fact, patient)]
