"""Bedside: the patient, the stay and the plan that a set of observations belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain import monitoring, news2
from domain.access import Permission
from domain.encounters import OPEN, EncounterStatus
from domain.errors import NotAllowed
from domain.monitoring import NEWS2
from domain.monitoring import Scored as Past
from domain.news2 import Band, Result, Scale
from realtime.topics import Topic
from ward.adt.models import Encounter
from ward.adt.visits import open_encounter
from ward.db import new_id
from ward.errors import Stale
from ward.later import Errand
from ward.patients.banner import zone_of
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.vitals import said
from ward.vitals.models import ObservationPlan, ObservationSet, Readings, SetState
from ward.work import Work

MAY = Permission.RECORD_VITALS
NEW = 0  # the version of a plan that does not exist yet
FIRST_GRACE = NEWS2.grace_most  # after admission, until somebody has observed at all


@dataclass(frozen=True, slots=True)
class Overdue(Errand):
    """At this instant nobody has looked although it was due, unless somebody has."""

    patient_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Bedside:
    """A patient in a stay, locked, with the plan of observations."""

    patient: Patient
    encounter: Encounter
    plan: ObservationPlan
    age_years: int | None

    @property
    def scale(self) -> Scale:
        """Which saturation scale was prescribed."""
        return Scale(self.plan.scale)

    @property
    def child(self) -> bool:
        """Say whether NEWS2 is not made for the patient: then its clock does not run."""
        return news2.too_young(self.age_years)

    @property
    def since(self) -> datetime:
        """From when observations belong to this stay."""
        return self.encounter.admitted_at or self.plan_began

    @property
    def plan_began(self) -> datetime:
        """From when the stay is known."""
        return self.encounter.moved_at


async def hold(
    work: Work, patient_id: UUID, *, seen: int | None, permission: Permission = MAY
) -> Bedside:
    """Lock patient and plan; `seen` is the plan's version on the form, NEW when there was none."""
    patient = await work.access(Patient, patient_id, permission, lock="share")
    encounter = await open_encounter(work, patient_id, permission)
    if encounter is None or encounter.status not in OPEN:
        raise NotAllowed("This patient is not in a bed. Observations are charted during a stay.")
    plan = await _plan(work, patient, encounter, seen, permission)
    people: dict[UUID, Person] = await work.open([patient], Patient.identity)
    zone = await zone_of(work, patient)
    years = people[patient.id].years(work.now.astimezone(zone))
    return Bedside(patient, encounter, plan, years)


async def _plan(
    work: Work, patient: Patient, encounter: Encounter, seen: int | None, permission: Permission
) -> ObservationPlan:
    of_patient = select(ObservationPlan).where(ObservationPlan.patient_id == patient.id)
    found = await work.every(of_patient.with_for_update(), permission)
    if not found:
        if seen not in {None, NEW}:
            raise Stale
        plan = ObservationPlan(
            id=new_id(), patient_id=patient.id, encounter_id=encounter.id, scale=Scale.ONE.value
        )
        work.add(plan, permission)
        return plan
    plan = found[0]
    if seen is not None and seen != plan.version:
        raise Stale
    if plan.encounter_id != encounter.id:  # another stay: what was due in the last is not
        plan.encounter_id, plan.last_id, plan.before_id = encounter.id, None, None
        plan.due_at = plan.overdue_at = plan.paused_at = plan.every_minutes = None
    return plan


async def counting(work: Work, held: Bedside) -> list[tuple[ObservationSet, Result]]:
    """List the sets of this stay that count, oldest first, with what each scored."""
    sets = select(ObservationSet).where(
        ObservationSet.patient_id == held.patient.id,
        ObservationSet.encounter_id == held.encounter.id,
        ObservationSet.state == SetState.FINAL,
    )
    rows = await work.every(sets.order_by(ObservationSet.taken_at), Permission.VIEW_VITALS)
    opened: dict[UUID, Readings] = await work.open(rows, ObservationSet.readings)
    return [(row, said.again(opened[row.id], row.scale, row.scored)) for row in rows]


async def settle(work: Work, held: Bedside) -> list[tuple[ObservationSet, Result]]:
    """Set the plan by all that counts now: the last sets, and when the next is due."""
    counted, plan = await counting(work, held), held.plan
    plan.last_id = counted[-1][0].id if counted else None
    plan.before_id = counted[-2][0].id if len(counted) > 1 else None
    due = _as_set(work, counted, held) if held.child else _due(counted, held)
    if due is None:
        plan.due_at = plan.overdue_at = None
    else:
        plan.due_at, plan.overdue_at = due
        watch(work, held.patient, plan.due_at, plan.overdue_at)
    return counted


def _due(
    counted: Sequence[tuple[ObservationSet, Result]], held: Bedside
) -> tuple[datetime, datetime] | None:
    """Say when the next set is due and when it is overdue; None: no clock runs."""
    due: datetime | None = held.since
    every, band = NEWS2.low, Band.LOW
    for row, result in counted:
        due = monitoring.due_after(result, row.taken_at, due)
        band = result.urgency or band
        every = monitoring.interval(result.at_least, band)
    if due is None:
        return None
    tightened = held.plan.every_minutes
    if counted and tightened:
        every = min(every, timedelta(minutes=tightened))
        due = min(due, counted[-1][0].taken_at + every)
    if not counted:
        return due, due + FIRST_GRACE
    return due, monitoring.overdue_at(due, every, band)


def _as_set(
    work: Work, counted: Sequence[tuple[ObservationSet, Result]], held: Bedside
) -> tuple[datetime, datetime] | None:
    """Say when a child's next set is due: as somebody set it, at once if there is none yet."""
    if held.plan.every_minutes is None:
        return None
    every = timedelta(minutes=held.plan.every_minutes)
    due = counted[-1][0].taken_at + every if counted else work.now
    return due, monitoring.overdue_at(due, every, Band.LOW)


def watch(work: Work, patient: Patient, due_at: datetime, overdue_at: datetime) -> None:
    """Have every screen that shows it turn at the second, and somebody told when it is overdue."""
    topics = [Topic("chart", patient.id), Topic("observations", patient.id)]
    if patient.ward_id:
        topics.append(Topic("beds", patient.ward_id))
    for topic in topics:
        work.due(topic, due_at)
        work.due(topic, overdue_at)
    work.later(Overdue(patient.id, overdue_at), overdue_at)


def pasts(counted: Sequence[tuple[ObservationSet, Result]]) -> list[Past]:
    """Give scores in the form the rules of alerts read."""
    return [Past(row.taken_at, result) for row, result in counted]


def away(encounter: Encounter) -> bool:
    """Say whether the patient is off the ward, so that nothing is due."""
    return encounter.status is EncounterStatus.ON_LEAVE
