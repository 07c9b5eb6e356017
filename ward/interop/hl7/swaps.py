"""Swaps: what A17 does to two patients at once, and A21 and A22 to one who goes out for a while."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.encounters import EncounterStatus
from ward.adt.leave import come_back, go_on_leave
from ward.adt.models import Encounter, Stay
from ward.adt.swap import swap
from ward.beds.models import Bed
from ward.interop.hl7 import people, places, times, visits
from ward.interop.hl7.adt import AdtFact
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.said import given
from ward.interop.hl7.waits import Waits
from ward.patients.models import Patient
from ward.work import Work

Remarks = list[str]

THERE = "Both patients were there already."
AWAY = "The patient was on leave already."
BACK = "The patient was back already."
TWO = "A swap needs two patients."
OTHER_BEDS = "The beds named are not those in which these two patients lie."
NOWHERE = "One of the two patients lies in no bed here."


async def swapped(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A17: two patients exchange beds, both or neither."""
    if fact.other is None:
        raise Waits(ReviewReason.REFUSED, TWO)
    other = await people.known(work, fact.other)
    one, here, to = await _half(work, fact, patient)
    two, there, back = await _half(work, fact.other, other)
    if (to, back) == (here.bed_id, there.bed_id):
        return [THERE]
    if (to, back) != (there.bed_id, here.bed_id):
        raise Waits(ReviewReason.REFUSED, OTHER_BEDS)
    first = max(here.started_at, there.started_at)
    at = times.within(fact.occurred, first, work.now)
    await swap(work, one.id, two.id, at=at)
    return times.moved(fact.occurred, at)


async def left(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A21: the patient goes out for a while, and the bed is kept."""
    encounter = await visits.meant(work, fact, patient)
    if encounter.status is EncounterStatus.ON_LEAVE:
        return [AWAY]
    return await _during_stay(work, fact, encounter, go_on_leave)


async def returned(work: Work, fact: AdtFact, patient: Patient) -> Remarks:
    """A22: the patient is back."""
    encounter = await visits.meant(work, fact, patient)
    if encounter.status is EncounterStatus.IN_PROGRESS:
        return [BACK]
    return await _during_stay(work, fact, encounter, come_back)


async def _during_stay(
    work: Work,
    fact: AdtFact,
    encounter: Encounter,
    act: Callable[..., Awaitable[object]],
) -> Remarks:
    stay = await visits.stay_in(work, encounter)
    at = times.within(fact.occurred, stay.started_at if stay else None, work.now)
    await act(work, encounter.id, at=at)
    return times.moved(fact.occurred, at)


async def _half(work: Work, fact: AdtFact, patient: Patient) -> tuple[Encounter, Stay, UUID | None]:
    """Find the visit, where the patient lies, and the bed to come into (PV1-3)."""
    encounter = await visits.meant(work, fact, patient)
    stay = await visits.stay_in(work, encounter)
    if stay is None:
        raise Waits(ReviewReason.UNKNOWN_VISIT, NOWHERE)
    words = given(fact.visit.location) if fact.visit else None
    place = await places.find(work, fact.sender, words) if words else None
    return encounter, stay, place.id if isinstance(place, Bed) else None
