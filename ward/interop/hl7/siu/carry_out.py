"""Carry out: what another system books, moves and cancels, by the calendar's own commands.

What it says is done, or it waits with everything that is in the way: nobody is booked beside
another because a message says so, unless the message says that this was meant.
"""

from ward.interop.hl7.models import Hl7Message, ReviewReason
from ward.interop.hl7.siu import ending, known, placing
from ward.interop.hl7.siu.fact import SiuFact
from ward.interop.hl7.waits import Effect, Waits
from ward.work import Work

SEVERAL = "The message speaks of several patients."
NO_NUMBER = "The appointment has no number (SCH-1, SCH-2)."
NOT_HERE = "No appointment with this number stands here; perhaps it waits in review."
OLDER = "Older than what was done already: nothing was changed."
LATE = "It was sent before something that was done already. Look whether it still counts."


async def carried_out(work: Work, message: Hl7Message, fact: SiuFact) -> Effect:
    """Do what the message says of its appointment; what the rules forbid waits."""
    if fact.people > 1:
        raise Waits(ReviewReason.REFUSED, SEVERAL)
    if fact.number is None:
        raise Waits(ReviewReason.UNCLEAR_APPOINTMENT, NO_NUMBER)
    row = await known.appointment(work, fact)
    if row is None and fact.event.ends:
        raise Waits(ReviewReason.UNKNOWN_APPOINTMENT, NOT_HERE)
    patient = await known.patient(work, fact, row)
    if row is None:
        remarks = await placing.booked(work, fact, patient)
        await known.wake(work, fact)
        return Effect(remarks)
    if await known.is_older(work, message, fact):
        if fact.event.ends:
            raise Waits(ReviewReason.REFUSED, LATE)
        return Effect((OLDER,))
    if fact.event.ends:
        return Effect(await ending.ended(work, fact, row))
    return Effect(await placing.changed(work, fact, row))
