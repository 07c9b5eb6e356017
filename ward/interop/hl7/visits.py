"""Visits: which encounter a message means, and in what state it is."""

from domain.access import Permission
from domain.encounters import OPEN, EncounterStatus
from domain.errors import NotAllowed
from ward.adt.held import open_stay
from ward.adt.models import Encounter, Stay, Visit
from ward.adt.visits import find_encounter, last_encounter, number, open_encounter
from ward.interop.hl7.adt import AdtFact
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.said import given
from ward.interop.hl7.waits import Waits
from ward.patients.models import Patient
from ward.work import Work

UNKNOWN = "No visit of this patient has this number, and none is open."


def sent(fact: AdtFact) -> Visit | None:
    """Read the visit number (PV1-19)."""
    number_ = given(fact.visit.number) if fact.visit else None
    return Visit(number_.value, number_.authority) if number_ else None


async def meant(work: Work, fact: AdtFact, patient: Patient) -> Encounter:
    """Find the encounter: by its number, else the open one if that has no other number."""
    found = await numbered(work, fact, patient)
    if found is not None:
        return found
    visit = sent(fact)
    standing = await open_encounter(work, patient.id)
    if standing is None or (visit and standing.number_hash):
        raise Waits(ReviewReason.UNKNOWN_VISIT, UNKNOWN)
    if visit:
        locked = await work.access(Encounter, standing.id, Permission.ADMIT, lock=True)
        await number(work, locked, visit)
    return standing


async def ended(work: Work, fact: AdtFact, patient: Patient) -> Encounter:
    """Find the encounter whose discharge is taken back."""
    found = await numbered(work, fact, patient)
    if found is None and sent(fact) is None:
        found = await last_encounter(work, patient.id)
    if found is None:
        raise Waits(ReviewReason.UNKNOWN_VISIT, UNKNOWN)
    return found


async def numbered(work: Work, fact: AdtFact, patient: Patient) -> Encounter | None:
    """Find the encounter of the number sent; another patient's is refused."""
    visit = sent(fact)
    found = await find_encounter(work, visit) if visit else None
    if found is not None and found.patient_id != patient.id:
        raise NotAllowed("This visit number belongs to another patient.", "encounter.number")
    return found


async def stay_in(work: Work, encounter: Encounter) -> Stay | None:
    """Find the stay of this encounter that is open."""
    stay = await open_stay(work, encounter.patient_id, Permission.VIEW_STAYS)
    return stay if stay and stay.encounter_id == encounter.id else None


def is_open(encounter: Encounter) -> bool:
    """Say whether the patient is in hospital by this encounter."""
    return encounter.status in OPEN


def is_over(encounter: Encounter) -> bool:
    """Say whether it was discharged."""
    return encounter.status is EncounterStatus.FINISHED
