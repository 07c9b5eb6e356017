"""Held: a patient, the encounter, the stay and the beds, locked in one order by every command.

Patients first, then encounters, then beds, each sorted by id: two commands never wait for
each other. A patient's row is locked FOR UPDATE: the ward others name is the ward at commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from domain import stays
from domain.access import Permission
from domain.errors import NotAllowed
from ward.adt.models import Encounter, Stay
from ward.beds.models import Bed
from ward.infants import queries as infants
from ward.patients.models import Life, Patient
from ward.patients.namesakes import namesakes
from ward.work import Work

MOST_NAMESAKES = 2  # of each patient moved: a swap between branches has six other topics
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """One patient's situation, locked."""

    patient: Patient
    encounter: Encounter
    stay: Stay | None
    beds: Mapping[UUID, Bed]

    @property
    def bed(self) -> Bed | None:
        """Give the bed the patient lies in."""
        return self.beds[self.stay.bed_id] if self.stay else None

    def lying(self) -> tuple[Stay, Bed]:
        """Give stay and bed, or say that the patient is in no bed."""
        if self.stay is None:
            raise NotAllowed("This patient is in no bed.", "stay.none")
        return self.stay, self.beds[self.stay.bed_id]


async def hold(
    work: Work,
    encounter_id: UUID,
    permission: Permission,
    *,
    beds: Mapping[UUID, Permission] | None = None,
    seen: int | None = None,
) -> Held:
    """Lock one encounter with its patient, its bed and the beds named; `seen` is its version."""
    patient = await _whose(work, encounter_id, permission)
    encounter = await work.access(Encounter, encounter_id, permission, lock=True, seen=seen)
    stay = await open_stay(work, patient.id, permission)
    if stay and stay.encounter_id != encounter.id:
        stay = None
    wanted = dict.fromkeys(await held_for(work, encounter_id), Permission.VIEW_BEDS)
    wanted |= {stay.bed_id: Permission.VIEW_BEDS} if stay else {}
    return Held(patient, encounter, stay, await lock_beds(work, wanted | dict(beds or {})))


async def _whose(work: Work, encounter_id: UUID, permission: Permission) -> Patient:
    """Lock the patient of an encounter; without one, the encounter's own door says why."""
    for patient in await work.every(_WHOSE, permission, encounter=encounter_id):
        return patient
    encounter = await work.access(Encounter, encounter_id, permission)
    return await work.access(Patient, encounter.patient_id, permission, lock=True)


async def open_stay(work: Work, patient_id: UUID, permission: Permission) -> Stay | None:
    """Find the stay the patient is in now."""
    return next(iter(await work.every(_OPEN, permission, patient=patient_id)), None)


async def held_for(work: Work, encounter_id: UUID) -> list[UUID]:
    """List the beds reserved for an encounter."""
    reserved = await work.every(_RESERVED, Permission.VIEW_BEDS, encounter=encounter_id)
    return [bed.id for bed in reserved]


_ENCOUNTER = bindparam("encounter", type_=Uuid)
_OF = select(Encounter.patient_id).where(Encounter.id == _ENCOUNTER)
_WHOSE = (
    select(Patient)
    .where(Patient.id == _OF.scalar_subquery())
    .with_for_update(of=Patient)
    .execution_options(populate_existing=True)
)
_OPEN = select(Stay).where(
    Stay.patient_id == bindparam("patient"), Stay.ended_at.is_(None), Stay.voided_at.is_(None)
)
_RESERVED = select(Bed).where(Bed.held_for == _ENCOUNTER)


async def lock_beds(work: Work, beds: Mapping[UUID, Permission]) -> dict[UUID, Bed]:
    """Lock beds in the order of their ids, each under its permission.

    A bed somebody leaves is explained by the patient (VIEW_BEDS); one that somebody comes
    into must be on a ward of the grant (a writing permission), or promised by that ward.
    """
    return {
        bed_id: await work.access(Bed, bed_id, beds[bed_id], lock=True) for bed_id in sorted(beds)
    }


def moment(work: Work, at: datetime | None, *after: datetime | None) -> tuple[datetime, datetime]:
    """Tell when it happens and what time it is now.

    This work's clock may stand before what another one, for whom it waited, has just stored.
    """
    now = max([work.now, *(one for one in after if one is not None)])
    return at or now, now


def stay_of(row: Stay) -> stays.Stay:
    """Give a stay in the form the rules use."""
    return stays.Stay(row.encounter_id, row.bed_id, row.started_at, row.ended_at)


def place_of(bed: Bed, encounter_id: UUID, now: datetime) -> stays.Place:
    """Give a bed in the form the rules use, as this encounter meets it."""
    return stays.Place(bed.id, bed.state_for(encounter_id, now), bed.vacated_at)


def subject_of(patient: Patient, stay: Stay | None) -> stays.Subject:
    """Give a patient in the form the rules use."""
    died_at = LONG_AGO if patient.life is Life.DEAD else None
    return stays.Subject(stay_of(stay) if stay else None, died_at)


async def named_beside(
    work: Work, patient: Patient, wards: Sequence[UUID]
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Name the charts that tell of this patient beside another, and the boards of those linked."""
    linked = await infants.beside(work, patient.id)
    alike = await namesakes_on(work, patient, wards) if wards else ()
    return (*linked.patients, *alike), linked.wards


async def namesakes_on(work: Work, patient: Patient, wards: Iterable[UUID]) -> tuple[UUID, ...]:
    """Name the charts on these wards whose banner warns of this patient's name, or ceases to."""
    person = (await work.open([patient], Patient.identity))[patient.id]
    found: list[UUID] = []
    for ward in wards:
        found += await namesakes(work, ward, patient.id, [person])
    return tuple(sorted(set(found))[:MOST_NAMESAKES])


class Told(TypedDict):
    """What every event of a stay tells."""

    patient_id: UUID
    encounter_id: UUID
    wards: tuple[UUID, ...]
    branches: tuple[UUID, ...]
    namesakes: tuple[UUID, ...]
    beside: tuple[UUID, ...]


async def told(work: Work, held: Held, *beds: Bed | None) -> Told:
    """Gather what an event tells of a step that touched these beds."""
    known = [bed for bed in beds if bed is not None]
    wards = {bed.ward_id for bed in known}
    if not wards and held.encounter.ward_id:
        wards = {held.encounter.ward_id}
    branches = {bed.branch_id for bed in known} or {held.encounter.branch_id}
    same_ward = len(known) > 1 and len(wards) == 1  # nobody came, nobody went: no name to warn of
    near, beside = await named_beside(work, held.patient, () if same_ward else sorted(wards))
    return Told(
        patient_id=held.patient.id,
        encounter_id=held.encounter.id,
        wards=tuple(sorted(wards)),
        branches=tuple(sorted(branches)),
        namesakes=near,
        beside=beside,
    )


def settle(held: Held, bed: Bed | None) -> None:
    """Say on which ward the patient lies now; everybody's relations follow from it."""
    held.patient.ward_id = bed.ward_id if bed else None
    if bed is not None:
        held.encounter.ward_id, held.encounter.branch_id = bed.ward_id, bed.branch_id
