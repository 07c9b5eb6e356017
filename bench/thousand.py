"""Thousand: a thousand patients in the beds of further wards, with plans of observations.

The rows are written as they stand, without a thousand admissions: those are not measured here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from bench.patients import BENCH
from domain.access import Permission
from domain.beds import BedStatus
from domain.encounters import EncounterClass, EncounterStatus
from domain.news2 import Scale
from domain.sexes import Sex
from ward.adt.models import Encounter, Stay
from ward.beds.models import Bed
from ward.db import new_id
from ward.node import Node
from ward.patients.marks import mark
from ward.patients.models import Life, Patient
from ward.patients.person import Name, Number, Person, When
from ward.places.models import Ward
from ward.places.service import open_ward
from ward.vitals.bedside import watch
from ward.vitals.models import ObservationPlan
from ward.work import Work, work_as

PATIENTS, AT_ONCE = 1_000, 50  # and how many of them in one commit
LONG = 100  # beds of the first ward, which has room for 500 alerts; the others have 30
IN_BED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lying:
    """One of the thousand: the row of the patient, and the stay."""

    patient: Patient
    encounter_id: UUID


async def lay(node: Node, beside: UUID) -> list[Lying]:
    """Open wards in the branch of a ward and lay somebody in every bed; the long ward first."""
    wards = await _wards(node, beside)
    places = list(_places(wards))
    found: list[Lying] = []
    for first in range(0, PATIENTS, AT_ONCE):
        async with work_as(node, BENCH, "bench.lay") as work:
            for number in range(first, min(first + AT_ONCE, PATIENTS)):
                found.append(await _lie(work, number, *places[number]))
                await work.flush()
    return found


async def _wards(node: Node, beside: UUID) -> list[Ward]:
    async with work_as(node, BENCH, "bench.find") as work:
        branch = (await work.access(Ward, beside, Permission.VIEW_BEDS)).branch_id
    wards = []
    for number in range(1 + (PATIENTS - LONG) // 30):
        async with work_as(node, BENCH, "bench.ward") as work:
            wards.append(await open_ward(work, branch, f"Long {number:02}", f"L{number:02}"))
    return wards


def _places(wards: Sequence[Ward]) -> Iterator[tuple[Ward, int]]:
    for nth, ward in enumerate(wards):
        for position in range(1, 1 + (30 if nth else LONG)):
            yield ward, position


async def _lie(work: Work, number: int, ward: Ward, position: int) -> Lying:
    since = work.now - IN_BED
    bed = Bed(
        id=new_id(), branch_id=ward.branch_id, ward_id=ward.id, label=f"{position:02}",
        position=position, attributes=[], status=BedStatus.OCCUPIED, since=since,
    )  # fmt: skip
    patient = await _patient(work, number, ward.id)
    encounter = Encounter(
        id=new_id(), patient_id=patient.id, branch_id=ward.branch_id, ward_id=ward.id,
        status=EncounterStatus.IN_PROGRESS, kind=EncounterClass.INPATIENT, admitted_at=since,
        moved_at=since,
    )  # fmt: skip
    work.add(bed, Permission.OPEN_PLACES)
    work.add(encounter, Permission.ADMIT)
    await work.flush()
    stay = Stay(
        id=new_id(), encounter_id=encounter.id, patient_id=patient.id, bed_id=bed.id,
        ward_id=ward.id, started_at=since,
    )  # fmt: skip
    work.add(stay, Permission.ADMIT)
    return Lying(patient, encounter.id)


async def _patient(work: Work, number: int, ward_id: UUID) -> Patient:
    person = Person(
        name=Name(f"Long{number:04}", "Given"),
        born=When(date(1940, 1, 1) + timedelta(days=20 * number)),
        sex=(Sex.FEMALE, Sex.MALE)[number % 2],
        numbers=(Number(f"{5_000_000 + number:07}"),),
    )
    patient = Patient(id=new_id(), registered_at=work.now, life=Life.ALIVE, ward_id=ward_id)
    mark(work.node.vault, patient, person)
    await work.seal(patient, identity=person)
    work.add(patient, Permission.REGISTER_PATIENT)
    await work.flush()
    return patient


async def plan(node: Node, due: Sequence[tuple[Lying, datetime, datetime]]) -> None:
    """Say of each when observations are due and overdue: rows and errands as after a set."""
    for first in range(0, len(due), AT_ONCE):
        async with work_as(node, BENCH, "bench.plan") as work:
            for lying, due_at, overdue_at in due[first : first + AT_ONCE]:
                row = ObservationPlan(
                    id=new_id(), patient_id=lying.patient.id, encounter_id=lying.encounter_id,
                    scale=Scale.ONE.value, due_at=due_at, overdue_at=overdue_at,
                )  # fmt: skip
                work.add(row, Permission.RECORD_VITALS)
                watch(work, lying.patient, due_at, overdue_at)


async def long_ward(node: Node) -> UUID:
    """Find the ward that has room for 500 alerts."""
    async with work_as(node, BENCH, "bench.find") as work:
        known = select(Ward).where(Ward.label == "Long 00")
        return (await work.every(known, Permission.VIEW_BEDS))[0].id
