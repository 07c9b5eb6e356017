"""Swap: two patients exchange beds, both or neither."""

from datetime import datetime
from uuid import UUID

from domain import stays
from domain.access import Permission
from domain.beds import BedStatus
from domain.errors import NotAllowed
from domain.overrides import Override
from ward.adt import home, requests, steps
from ward.adt.admit import lie
from ward.adt.events import PatientsSwapped
from ward.adt.held import (
    Held,
    held_for,
    lock_beds,
    moment,
    open_stay,
    place_of,
    settle,
    stay_of,
    told,
)
from ward.adt.models import Encounter, Stay, Step
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.errors import Stale
from ward.infants import queries as infants
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.TRANSFER


async def swap(  # noqa: PLR0913 - two encounters, a time, an exception
    work: Work,
    encounter_id: UUID,
    other_id: UUID,
    *,
    at: datetime | None = None,
    override: Override | None = None,
    seen: int | None = None,
) -> tuple[Encounter, Encounter]:
    """Exchange the beds of two patients, on one ward or across two, at one instant."""
    if encounter_id == other_id:
        raise NotAllowed("A swap needs two patients in two beds.", "stay.swap")
    one, two = await _both(work, encounter_id, other_id)
    if seen is not None and one.encounter.version != seen:
        raise Stale
    (first, here), (second, there) = one.lying(), two.lying()
    at, now = moment(work, at, first.started_at, second.started_at)
    decided = stays.swap(
        (stay_of(first), place_of(here, one.encounter.id, work.now)),
        (stay_of(second), place_of(there, two.encounter.id, work.now)),
        at=at,
        now=now,
        override=override,
    )
    was_here, was_there = here.status, there.status
    await put(work, here, decided.second.taken, MAY)
    await put(work, there, decided.first.taken, MAY)
    first.ended_at = second.ended_at = at
    await work.flush()  # both stays end before either begins
    note = override.reason if override else None
    for held, bed, was in ((one, there, was_here), (two, here, was_there)):
        await _enter(work, held, bed, at, left_as=was, note=note)
    return one.encounter, two.encounter


async def _both(work: Work, encounter_id: UUID, other_id: UUID) -> tuple[Held, Held]:
    """Lock both patients, both encounters and both beds, each kind in the order of ids."""
    first = {one: await work.access(Encounter, one, MAY) for one in (encounter_id, other_id)}
    people = {
        one: await work.access(Patient, one, MAY, lock=True)
        for one in sorted({known.patient_id for known in first.values()})
    }
    known = {one: await work.access(Encounter, one, MAY, lock=True) for one in sorted(first)}
    lying = {
        one: await open_stay(work, encounter.patient_id, MAY) for one, encounter in known.items()
    }
    wanted: dict[UUID, Permission] = {}
    for one in known:
        wanted |= dict.fromkeys(await held_for(work, one), Permission.VIEW_BEDS)
    wanted |= {stay.bed_id: MAY for stay in lying.values() if stay}  # both are come into
    beds = await lock_beds(work, wanted)
    await infants.hold(work, people)

    def held(one: UUID) -> Held:
        return Held(people[known[one].patient_id], known[one], _of(lying[one], one), beds)

    return held(encounter_id), held(other_id)


def _of(stay: Stay | None, encounter_id: UUID) -> Stay | None:
    return stay if stay and stay.encounter_id == encounter_id else None


async def _enter(  # noqa: PLR0913 - one half of a swap
    work: Work, held: Held, bed: Bed, at: datetime, *, left_as: BedStatus, note: str | None
) -> None:
    """Begin the new stay of one of the two, and tell it."""
    (left, old), encounter = held.lying(), held.encounter
    settle(held, bed)
    row = await lie(work, encounter, bed, at, MAY)
    await steps.take(
        work,
        encounter,
        Step.SWAPPED,
        MAY,
        at=at,
        from_bed_id=left.bed_id,
        to_bed_id=bed.id,
        left_stay_id=left.id,
        new_stay_id=row.id,
        left_as=left_as,
        note=note,
    )
    await requests.complete(work, encounter, bed, held.beds, MAY)
    home.remind(work, encounter, bed)
    told_of = await told(work, held, old, bed)
    work.record(PatientsSwapped(**told_of, from_bed_id=left.bed_id, to_bed_id=bed.id))
