"""Admit: a patient comes into a bed; bed, encounter and stay in one commit."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import stays
from domain.access import Permission
from domain.encounters import OPEN, AdmitSource, EncounterClass, EncounterStatus
from domain.errors import NotAllowed
from domain.overrides import Override
from ward.adt import home, requests, steps
from ward.adt.events import PatientAdmitted
from ward.adt.held import (
    held_for,
    lock_beds,
    moment,
    named_beside,
    open_stay,
    place_of,
    subject_of,
)
from ward.adt.models import Encounter, Stay, Step, Visit
from ward.adt.visits import begin, number, of_patient, open_encounter
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.db import new_id
from ward.errors import Stale
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.ADMIT
LYING = frozenset(
    {
        EncounterClass.INPATIENT,
        EncounterClass.ACUTE,
        EncounterClass.NON_ACUTE,
        EncounterClass.OBSERVATION,
        EncounterClass.SHORT_STAY,
    }
)


async def admit(  # noqa: PLR0913 - a border tells all this of an admission
    work: Work,
    patient_id: UUID,
    bed_id: UUID,
    *,
    at: datetime | None = None,
    kind: EncounterClass = EncounterClass.INPATIENT,
    source: AdmitSource | None = None,
    visit: Visit | None = None,
    home_on: date | None = None,
    override: Override | None = None,
    seen: int | None = None,
) -> Encounter:
    """Put a patient into a ready bed; `seen` is the bed's version the form showed."""
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    stay = await open_stay(work, patient.id, MAY)
    encounter = await _expected(work, patient, visit)
    beds = await _beds(work, encounter, bed_id, seen)
    bed = beds[bed_id]
    at, now = moment(work, at, bed.vacated_at)
    if encounter is None:
        encounter = await begin(work, patient, bed.branch_id, visit, kind=kind)
    place, subject = place_of(bed, encounter.id, work.now), subject_of(patient, stay)
    before = _before(encounter)
    decided = stays.admit(place, subject, encounter.id, before, at=at, now=now, override=override)
    encounter.kind = encounter.kind if encounter.kind in LYING else kind
    encounter.source = source or encounter.source
    _place(encounter, patient, bed, decided, at)
    await put(work, bed, decided.bed, MAY)
    await _note(work, encounter, bed, at, override)
    await requests.complete(work, encounter, bed, beds, MAY)
    if home_on is not None:
        await home.expect(work, encounter, home_on, MAY, zone=ZoneInfo(bed.zone))
    await _tell(work, patient, encounter, bed)
    return encounter


async def lie(work: Work, encounter: Encounter, bed: Bed, at: datetime, may: Permission) -> Stay:
    """Begin a stay; the constraints speak at once."""
    row = Stay(
        id=new_id(),
        encounter_id=encounter.id,
        patient_id=encounter.patient_id,
        bed_id=bed.id,
        ward_id=bed.ward_id,
        started_at=at,
    )
    work.add(row, may)
    await work.flush()
    return row


async def _expected(work: Work, patient: Patient, visit: Visit | None) -> Encounter | None:
    """Find the encounter this admission belongs to: by its number, else the one that waits."""
    encounter = await of_patient(work, patient, visit)
    if encounter is None:
        encounter = await open_encounter(work, patient.id, MAY)
        if encounter is not None and visit is not None:
            if encounter.number_hash is not None:
                return None
            await number(work, encounter, visit)
    return encounter


async def _beds(
    work: Work, encounter: Encounter | None, bed_id: UUID, seen: int | None
) -> dict[UUID, Bed]:
    """Lock the bed, and those that were reserved for this encounter."""
    reserved = await held_for(work, encounter.id) if encounter else []
    beds = await lock_beds(work, dict.fromkeys(reserved, Permission.VIEW_BEDS) | {bed_id: MAY})
    if seen is not None and beds[bed_id].version != seen:
        raise Stale
    return beds


def _before(encounter: Encounter) -> EncounterStatus:
    """Tell the state to begin from; one already begun elsewhere begins here as an arrival."""
    if encounter.status is EncounterStatus.FINISHED:
        raise NotAllowed("This visit has ended. Take back its discharge instead.", "stay.finished")
    return EncounterStatus.ARRIVED if encounter.status in OPEN else encounter.status


def _place(
    encounter: Encounter, patient: Patient, bed: Bed, decided: stays.Admission, at: datetime
) -> None:
    encounter.status = decided.status
    encounter.branch_id, encounter.ward_id = bed.branch_id, bed.ward_id
    encounter.admitted_at = encounter.admitted_at or at
    patient.ward_id = bed.ward_id


async def _note(
    work: Work, encounter: Encounter, bed: Bed, at: datetime, override: Override | None
) -> None:
    row = await lie(work, encounter, bed, at, MAY)
    note = override.reason if override else None
    await steps.take(
        work, encounter, Step.ADMITTED, MAY, at=at, to_bed_id=bed.id, new_stay_id=row.id, note=note
    )


async def _tell(work: Work, patient: Patient, encounter: Encounter, bed: Bed) -> None:
    near, beside = await named_beside(work, patient, [bed.ward_id])
    work.record(
        PatientAdmitted(
            patient_id=patient.id,
            encounter_id=encounter.id,
            wards=(bed.ward_id,),
            branches=(bed.branch_id,),
            namesakes=near,
            beside=beside,
            bed_id=bed.id,
        )
    )
