"""Allergies: record, correct, take back, or state that there are none."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import allergies, names
from domain.access import Permission
from domain.allergies import AllergyState, Category, Clinical, Criticality, Verification
from domain.errors import NotAllowed
from ward.db import new_id
from ward.patients.events import AllergyRecorded, AllergyWithdrawn, NoAllergiesStated
from ward.patients.models import Allergy, AllergyDetail, Patient
from ward.sources import seen_mark, source_mark
from ward.work import Work

_MAY = Permission.RECORD_ALLERGY


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AllergySaid:
    """An allergy as a form or another system tells it."""

    detail: AllergyDetail
    category: Category | None = None
    criticality: Criticality | None = None
    clinical: Clinical = Clinical.ACTIVE
    verification: Verification = Verification.UNCONFIRMED
    recorded_at: datetime | None = None


async def record_allergy(work: Work, patient_id: UUID, said: AllergySaid) -> Allergy:
    """Record an allergy; banner and bed card warn of it from now on."""
    patient = await work.access(Patient, patient_id, _MAY, lock=True)
    await _refuse_double(work, patient, said)
    allergy = await _added(work, patient, said)
    await _settle(work, patient)
    return allergy


async def state_no_allergies(work: Work, patient_id: UUID, *, seen: int | None = None) -> Patient:
    """State that somebody asked and there are no known allergies."""
    patient = await work.access(Patient, patient_id, _MAY, lock=True, seen=seen)
    if any(counts(row) for row in await _of(work, patient)):
        raise NotAllowed("There are known allergies. Take them back first, with the reason.")
    if patient.allergy_state is not AllergyState.NONE_KNOWN:
        patient.allergy_state = AllergyState.NONE_KNOWN
        work.record(NoAllergiesStated(patient.id, patient.ward_id))
    return patient


async def withdraw_allergy(
    work: Work, allergy_id: UUID, reason: str, *, seen: int | None = None
) -> Allergy:
    """Mark an allergy as entered in error; it stays readable with the reason."""
    patient, allergy = await _locked(work, allergy_id, seen)
    await _take_back(work, allergy, reason)
    work.record(AllergyWithdrawn(patient.id, patient.ward_id, allergy.id))
    await _settle(work, patient)
    return allergy


async def correct_allergy(
    work: Work, allergy_id: UUID, said: AllergySaid, reason: str, *, seen: int | None = None
) -> Allergy:
    """Put a corrected allergy in the place of a wrong one, which stays readable."""
    patient, wrong = await _locked(work, allergy_id, seen)
    await _take_back(work, wrong, reason)
    await _refuse_double(work, patient, said)
    right = await _added(work, patient, said, replaces=wrong.id)
    await _settle(work, patient)
    return right


async def take_in_allergy(
    work: Work, patient_id: UUID, source: str, said: AllergySaid
) -> Allergy | None:
    """Record what another system knows; None when it told the same before (twice is once).

    `source` is its key for the allergy, unique within the patient. What was corrected here
    since stays, until the other system says something new.
    """
    patient = await work.access(Patient, patient_id, _MAY, lock=True)
    vault = work.node.vault
    mark, seen = source_mark(vault, "allergy", f"{patient.id}|{source}"), seen_mark(vault, said)
    known = await work.every(select(Allergy).where(Allergy.source_hash == mark), _MAY)
    if known and known[0].source_seen == seen:
        return None
    if known:
        allergy = known[0]
        await _assign(work, allergy, said)
        work.record(AllergyRecorded(patient.id, patient.ward_id, allergy.id))
    else:
        allergy = await _added(work, patient, said, mark=mark)
    allergy.source_seen = seen
    await _settle(work, patient)
    return allergy


def counts(row: Allergy) -> bool:
    """Tell whether staff must still heed it."""
    plain = allergies.Allergy("", clinical=row.clinical, verification=row.verification)
    return plain.counts


async def _of(work: Work, patient: Patient) -> list[Allergy]:
    return await work.every(select(Allergy).where(Allergy.patient_id == patient.id), _MAY)


async def _locked(work: Work, allergy_id: UUID, seen: int | None) -> tuple[Patient, Allergy]:
    """Lock the patient before the allergy, as every command does."""
    found = await work.access(Allergy, allergy_id, _MAY)
    patient = await work.access(Patient, found.patient_id, _MAY, lock=True)
    return patient, await work.access(Allergy, allergy_id, _MAY, lock=True, seen=seen)


async def _refuse_double(work: Work, patient: Patient, said: AllergySaid) -> None:
    rows = [row for row in await _of(work, patient) if counts(row)]
    for detail in (await work.open(rows, Allergy.detail)).values():
        if names.fold(detail.substance) == names.fold(said.detail.substance):
            raise NotAllowed(f"{detail.substance} is recorded already. Correct that entry instead.")


async def _added(
    work: Work,
    patient: Patient,
    said: AllergySaid,
    *,
    replaces: UUID | None = None,
    mark: bytes | None = None,
) -> Allergy:
    allergy = Allergy(id=new_id(), patient_id=patient.id, replaces_id=replaces, source_hash=mark)
    allergy.recorded_by = work.actor.id
    await _assign(work, allergy, said)
    work.add(allergy, _MAY)
    work.record(AllergyRecorded(patient.id, patient.ward_id, allergy.id))
    return allergy


async def _assign(work: Work, allergy: Allergy, said: AllergySaid) -> None:
    await work.seal(allergy, detail=said.detail)
    allergy.category, allergy.criticality = said.category, said.criticality
    allergy.clinical, allergy.verification = said.clinical, said.verification
    allergy.recorded_at = said.recorded_at or work.now


async def _take_back(work: Work, allergy: Allergy, reason: str) -> None:
    if not reason.strip():
        raise NotAllowed("Say why the entry was wrong.")
    if allergy.verification is Verification.ENTERED_IN_ERROR:
        raise NotAllowed("This entry was taken back already.")
    allergy.verification = Verification.ENTERED_IN_ERROR
    await work.seal(allergy, reason=reason.strip())


async def _settle(work: Work, patient: Patient) -> None:
    """Keep the patient's state true to the rows; "none known" needs somebody who asked."""
    state = patient.allergy_state
    if any(counts(row) for row in await _of(work, patient)):
        patient.allergy_state = AllergyState.KNOWN
    elif state is AllergyState.KNOWN:
        patient.allergy_state = AllergyState.NOT_RECORDED
