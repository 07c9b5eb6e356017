"""Moves: what A01 to A04 and A11 to A13 do to encounters and beds, by adt's own commands."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.cancellations import CancelReason
from domain.encounters import (
    Disposition,
    EncounterClass,
    EncounterStatus,
    class_from_hl7,
    disposition_from_hl7,
)
from ward.adt.admit import admit
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import gone
from ward.adt.home import expect_home
from ward.adt.models import Encounter
from ward.adt.requests import request_move
from ward.adt.transfer import transfer
from ward.adt.visits import arrive
from ward.beds.models import Bed
from ward.interop.hl7 import places, times, visits
from ward.interop.hl7.adt import AdtFact
from ward.interop.hl7.datatypes import Place
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.moments import Moment
from ward.interop.hl7.said import given
from ward.interop.hl7.waits import Waits
from ward.patients.models import Patient
from ward.places.models import Branch, Ward
from ward.work import Work

Remarks = list[str]

THERE = "The patient was there already."
ENDED = "The visit had ended already."
NOT_OPEN = "The visit was not open: nothing to take back."
STANDS = "The visit is open: its discharge is taken back already."
ASKED = "A ward without a bed: the ward is asked for one."
OTHER_DISPOSITION = "The discharge disposition is a code of the sender's own: recorded as Other."
ELSEWHERE = "The place sent is not where the patient lies; an update moves nobody."


async def admitted(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A01: the patient comes into the bed, or onto the list of a ward."""
    place = await _place(work, fact)
    known = await visits.numbered(work, fact, patient)
    if known is not None and visits.is_open(known) and await visits.stay_in(work, known):
        raise Waits(ReviewReason.OPEN_VISIT, "This visit is open already.")
    if isinstance(place, Ward):
        return await _waiting(work, fact, patient, place)
    moment = (given(fact.visit.admitted) if fact.visit else None) or fact.occurred
    first = await times.free_from(work, place, patient.id)
    at = times.within(moment, first, work.now)
    encounter = await admit(
        work, patient.id, place.id, at=at, kind=_lying(fact), visit=visits.sent(fact)
    )
    await _home(work, fact, encounter)
    return times.moved(moment, at)


async def transferred(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A02: the patient is in PV1-3 from now on, wherever we thought they were (PV1-6)."""
    encounter = await visits.meant(work, fact, patient)
    place = await _place(work, fact)
    stay = await visits.stay_in(work, encounter)
    if isinstance(place, Ward):
        if stay and stay.ward_id == place.id:
            return [THERE]
        await request_move(work, patient.id, place.id)
        return [ASKED]
    if stay and stay.bed_id == place.id:
        return [THERE]
    first = [await times.free_from(work, place, patient.id), stay.started_at if stay else None]
    at = times.within(fact.occurred, max(filter(None, first), default=None), work.now)
    if stay:
        await transfer(work, encounter.id, place.id, at=at)
    else:
        await admit(work, patient.id, place.id, at=at, kind=_lying(fact), visit=visits.sent(fact))
    return times.moved(fact.occurred, at)


async def discharged(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A03: the visit has ended, whatever is open here, and its bed goes to be cleaned."""
    encounter = await visits.meant(work, fact, patient)
    if visits.is_over(encounter):
        return [ENDED]
    stay = await visits.stay_in(work, encounter)
    moment = (given(fact.visit.discharged) if fact.visit else None) or fact.occurred
    first = stay.started_at if stay else encounter.admitted_at
    at = times.within(moment, first, work.now)
    code = given(fact.visit.disposition) if fact.visit else None
    disposition = disposition_from_hl7(code) if code else Disposition.HOME
    remarks = times.moved(moment, at) + ([] if disposition else [OTHER_DISPOSITION])
    await gone(work, encounter.id, disposition or Disposition.OTHER, at=at)
    return remarks


async def registered(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A04: the patient has arrived; no bed is taken."""
    place = await _place_or_none(work, fact)
    branch = place.branch_id if place else await _house(work)
    ward = place.id if isinstance(place, Ward) else place.ward_id if place else None
    moment = (given(fact.visit.admitted) if fact.visit else None) or fact.occurred
    at = times.within(moment, None, work.now)
    kind = _class(fact) or EncounterClass.AMBULATORY
    number = visits.sent(fact)
    await arrive(work, patient.id, branch, kind=kind, ward_id=ward, at=at, visit=number)
    return times.moved(moment, at)


async def updated(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A08: besides the person, the expected discharge; never the bed."""
    encounter = await visits.numbered(work, fact, patient)
    if encounter is None or not visits.is_open(encounter):
        return []
    await _home(work, fact, encounter)
    stay, words = await visits.stay_in(work, encounter), _words(fact)
    place = await places.known(work, fact.sender, words) if words else None
    return [ELSEWHERE] if stay and place and place.id not in {stay.bed_id, stay.ward_id} else []


async def admission_cancelled(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A11: the admission never counted."""
    encounter = await visits.meant(work, fact, patient)
    if encounter.status in {EncounterStatus.CANCELLED, EncounterStatus.ENTERED_IN_ERROR}:
        return [NOT_OPEN]
    await cancel_admission(work, encounter.id, CancelReason.OTHER, _why(fact))
    return []


async def transfer_cancelled(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A12: back into the bed before, if it is still free."""
    encounter = await visits.meant(work, fact, patient)
    await cancel_transfer(work, encounter.id, CancelReason.OTHER, _why(fact))
    return []


async def discharge_cancelled(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A13: back into the bed, or onto the ward's waiting list."""
    encounter = await visits.ended(work, fact, patient)
    if visits.is_open(encounter):
        return [STANDS]
    await cancel_discharge(work, encounter.id, CancelReason.OTHER, _why(fact))
    return []


async def _waiting(work: Work, fact: AdtFact, patient: Patient, ward: Ward) -> Remarks:
    """Admit to a ward without a bed: it is asked to take the patient."""
    at = times.within(fact.occurred, None, work.now)
    number = visits.sent(fact)
    await arrive(
        work, patient.id, ward.branch_id, kind=_lying(fact), ward_id=ward.id, at=at, visit=number
    )
    await work.flush()
    await request_move(work, patient.id, ward.id)
    return [ASKED, *times.moved(fact.occurred, at)]


async def _place(work: Work, fact: AdtFact) -> Bed | Ward:
    place = await _place_or_none(work, fact)
    if place is None:
        raise Waits(ReviewReason.NO_PLACE, "The message names no place (PV1-3).")
    return place


async def _place_or_none(work: Work, fact: AdtFact) -> Bed | Ward | None:
    words = _words(fact)
    return await places.find(work, fact.sender, words) if words else None


def _words(fact: AdtFact) -> Place | None:
    return given(fact.visit.location) if fact.visit else None


async def _house(work: Work) -> UUID:
    """Give the first branch: where somebody arrives of whom no place is said."""
    oldest = select(Branch).order_by(Branch.id).limit(1)
    return (await work.every(oldest, Permission.VIEW_PLACES))[0].id


def _class(fact: AdtFact) -> EncounterClass | None:
    code = given(fact.visit.patient_class) if fact.visit else None
    return class_from_hl7(code) if code else None


def _lying(fact: AdtFact) -> EncounterClass:
    """Who is admitted to a bed is an inpatient, whatever the class was before."""
    kind = _class(fact)
    return kind if kind is EncounterClass.EMERGENCY else EncounterClass.INPATIENT


async def _home(work: Work, fact: AdtFact, encounter: Encounter) -> None:
    """Set the expected discharge (PV2-9) when a new one is sent."""
    moment: Moment | None = given(fact.visit.expected_discharge) if fact.visit else None
    if moment and moment.on and moment.on != encounter.home_on:
        await work.flush()
        await expect_home(work, encounter.id, moment.on)


def _why(fact: AdtFact) -> str:
    return f"{fact.event.value} from {fact.sender.application or 'another system'}"
