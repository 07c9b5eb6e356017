"""Visits: encounters as other systems know them, and arrivals without a bed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from domain import encounters
from domain.access import Permission
from domain.encounters import OPEN, AdmitSource, EncounterClass, EncounterStatus
from domain.errors import NotAllowed
from domain.stays import not_in_future
from ward.adt import steps
from ward.adt.events import PatientArrived
from ward.adt.models import Encounter, Step, Visit
from ward.crypto import Vault
from ward.db import new_id
from ward.patients.models import Patient
from ward.work import Work

BEGINNING = frozenset({EncounterStatus.PLANNED, EncounterStatus.ARRIVED, EncounterStatus.TRIAGED})


def visit_hash(vault: Vault, visit: Visit) -> bytes:
    """Hash a visit number with the system that gave it: two systems may count alike."""
    return vault.hash("visit", f"{visit.authority}\0{visit.number.strip()}")


async def find_encounter(
    work: Work, visit: Visit, permission: Permission = Permission.VIEW_STAYS
) -> Encounter | None:
    """Find the encounter another system means by this number."""
    marked = select(Encounter).where(Encounter.number_hash == visit_hash(work.node.vault, visit))
    return next(iter(await work.every(marked, permission)), None)


async def open_encounter(
    work: Work, patient_id: UUID, permission: Permission = Permission.VIEW_STAYS
) -> Encounter | None:
    """Find the encounter a patient is in, or the one that is planned or has just begun."""
    found = await work.every(_STANDING, permission, patient=patient_id)
    return next((one for one in found if one.status in OPEN), next(iter(found), None))


_STANDING = (
    select(Encounter)
    .where(
        Encounter.patient_id == bindparam("patient"),
        Encounter.status.in_([*OPEN, *BEGINNING]),
    )
    .order_by(Encounter.moved_at.desc())
)
"""Made once: it is asked for every report and every round."""


async def last_encounter(
    work: Work, patient_id: UUID, permission: Permission = Permission.VIEW_STAYS
) -> Encounter | None:
    """Find the encounter that was ended last: for a discharge that is taken back."""
    ended = select(Encounter).where(
        Encounter.patient_id == patient_id, Encounter.status == EncounterStatus.FINISHED
    )
    newest = ended.order_by(Encounter.discharged_at.desc()).limit(1)
    return next(iter(await work.every(newest, permission)), None)


async def arrive(  # noqa: PLR0913 - what a border tells of a visit
    work: Work,
    patient_id: UUID,
    branch_id: UUID,
    *,
    kind: EncounterClass = EncounterClass.AMBULATORY,
    ward_id: UUID | None = None,
    at: datetime | None = None,
    visit: Visit | None = None,
    source: AdmitSource | None = None,
) -> Encounter:
    """Register a visit without a bed (A04); a number known already changes nothing."""
    patient = await work.access(Patient, patient_id, Permission.ADMIT, lock=True)
    at = at or work.now
    not_in_future(at, work.now)
    known = await of_patient(work, patient, visit)
    if known is not None:
        return known
    encounter = await begin(work, patient, branch_id, visit, kind=kind, source=source)
    encounter.status = encounters.move(encounter.status, EncounterStatus.ARRIVED)
    encounter.ward_id, encounter.admitted_at = ward_id, at
    await steps.take(work, encounter, Step.ARRIVED, Permission.ADMIT, at=at)
    wards = (ward_id,) if ward_id else ()
    work.record(
        PatientArrived(
            patient_id=patient.id, encounter_id=encounter.id, wards=wards, branches=(branch_id,)
        )
    )
    return encounter


async def of_patient(work: Work, patient: Patient, visit: Visit | None) -> Encounter | None:
    """Find the encounter of this number, which must be this patient's."""
    known = await find_encounter(work, visit, Permission.ADMIT) if visit else None
    if known is not None and known.patient_id != patient.id:
        raise NotAllowed("This visit number belongs to another patient.", "encounter.number")
    return known


async def begin(  # noqa: PLR0913 - same
    work: Work,
    patient: Patient,
    branch_id: UUID,
    visit: Visit | None = None,
    *,
    kind: EncounterClass = EncounterClass.INPATIENT,
    source: AdmitSource | None = None,
    permission: Permission = Permission.ADMIT,
) -> Encounter:
    """Plan an encounter: nothing has happened yet."""
    encounter = Encounter(
        id=new_id(),
        patient_id=patient.id,
        branch_id=branch_id,
        status=EncounterStatus.PLANNED,
        kind=kind,
        source=source,
        moved_at=work.now,
    )
    if visit is not None:
        await number(work, encounter, visit)
    work.add(encounter, permission)
    return encounter


async def number(work: Work, encounter: Encounter, visit: Visit) -> None:
    """Note the number another system knows this encounter by."""
    encounter.number_hash = visit_hash(work.node.vault, visit)
    await work.seal(encounter, number=visit)
