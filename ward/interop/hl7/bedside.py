"""Bedside: what monitors send is shown there, unconfirmed; what cannot be shown waits, whole."""

from domain.access import Permission
from domain.errors import NotAllowed
from ward.adt.held import open_stay
from ward.beds.models import Bed
from ward.errors import Invalid
from ward.interop.hl7 import people, places
from ward.interop.hl7.measured import Group, Sorted, sort
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.oru import OruFact
from ward.interop.hl7.waits import Effect, Waits
from ward.patients.models import Patient
from ward.vitals import monitors
from ward.vitals.said import Said
from ward.work import Work

_OLDEST = monitors.KEPT_FOR  # what is older would be forgotten at once
_MOST_SENTENCES = 20
NOWHERE = "This patient lies in no bed here. The values are shown nowhere."
SEVERAL = "The message speaks of several patients. None of its values is taken."
OTHER_BED = "The message names another bed than the one this patient lies in."
REPEATED = "A vital sign was sent more than once for a minute: the last value was taken."
EMPTY = "Some vital signs were sent without a value."
PARTLY = "What could be taken is shown at the bedside, unconfirmed. The rest waits."


async def shown(work: Work, fact: OruFact) -> Effect:
    """Show what a monitor sends of a patient in a bed; a value that is not taken is not lost."""
    patient = await _lying(work, fact)
    found, taken = sort(fact), 0
    for group in found.groups:
        if refused := await _refused(work, patient, group):
            found.waiting.append(f"{group.device}, {group.at:%d %b %H:%M} UTC: {refused}")
        else:
            taken += 1
    rest = Waits(ReviewReason.REFUSED, _listed(found)) if found.waiting else None
    if rest and not taken:
        raise rest
    remarks = {REPEATED: found.repeated, EMPTY: found.empty, PARTLY: rest}
    return Effect(tuple(one for one in remarks if remarks[one]), rest=rest)


async def _lying(work: Work, fact: OruFact) -> Patient:
    """Find who is measured: known, the same person, in a bed, and in the bed that is named."""
    if fact.people > 1:
        raise Waits(ReviewReason.REFUSED, SEVERAL)
    patient = await people.known(work, fact)
    await people.refuse_other_person(work, patient, fact.patient, work.now)
    stay = await open_stay(work, patient.id, Permission.VIEW_STAYS)
    if stay is None:
        raise Waits(ReviewReason.UNKNOWN_VISIT, NOWHERE)
    named = await places.known(work, fact.sender, fact.place) if fact.place else None
    if isinstance(named, Bed) and named.id != stay.bed_id:
        raise Waits(ReviewReason.REFUSED, OTHER_BED)
    return patient


async def _refused(work: Work, patient: Patient, group: Group) -> str:
    """Show one set, or give the sentence why it cannot be."""
    if group.at < work.now - _OLDEST:
        return "The values are older than a day."
    said = Said(taken_at=group.at, values=group.values)
    try:
        if group.corrects:
            await monitors.amend(work, patient.id, said, group.gone, group.device)
        else:
            await monitors.report(work, patient.id, said, group.device)
    except Invalid as refused:
        return " ".join(refused.fields.values())
    except NotAllowed as refused:
        return refused.sentence
    return ""


def _listed(found: Sorted) -> str:
    more = len(found.waiting) - _MOST_SENTENCES
    lines = found.waiting[:_MOST_SENTENCES]
    return "\n".join([*lines, f"… and {more} more."] if more > 0 else lines)
