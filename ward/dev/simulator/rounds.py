"""Rounds: nurses of the demo look at their patients when it is due, and now and then too late."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D1, D3, Permission
from domain.encounters import EncounterStatus
from ward import clock
from ward.adt.models import Encounter, Stay
from ward.dev.people import Member
from ward.dev.simulator.charting import NURSE, told
from ward.dev.simulator.course import course_of
from ward.dev.simulator.hands import REFUSALS
from ward.dev.simulator.look import Marks, marks_of
from ward.dev.simulator.pace import Pace
from ward.node import Node
from ward.patients.models import Patient
from ward.vitals.models import ObservationPlan, ObservationSet
from ward.vitals.observe import observe
from ward.vitals.queries import Due, due_of
from ward.work import Work, work_as, work_watching

EYES = frozenset({D0, D1, D3})
MINUTE = timedelta(minutes=1)
OWN = timedelta(seconds=65)  # a chart has one set a minute
PERSON_FIRST = timedelta(minutes=10)  # whom a person has just observed is left to that person
_FORGOTTEN = 0.2  # of all rounds
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bedded:
    """A patient of the cast who is on a ward now, and what is known of the last look."""

    patient: UUID
    one: Member
    admitted_at: datetime
    due: Due | None
    last: UUID | None
    looked_at: datetime | None
    by_person: bool


class Rounds:
    """Looks at one patient after another; hours of an illness pass as fast as the pace says."""

    def __init__(self, node: Node, pace: Pace) -> None:
        self.node, self.pace = node, pace
        self.done: Counter[str] = Counter()
        self._began = clock.now()
        self._marks: Marks = {}

    async def step(self) -> UUID | None:
        """Chart the patient who has waited longest, if anybody's time has come."""
        self._marks = self._marks or marks_of(self.node)
        found = await bedded(self.node, self._marks)
        waiting = [(self.when(one), one) for one in found]
        now = clock.now()
        due = sorted((at, one.one.mrn, one) for at, one in waiting if at is not None and at <= now)
        for _, _, one in due[:1]:
            return await self._chart(one)
        return None

    def hours(self, one: Bedded, at: datetime) -> float:
        """Tell how far into the stay the illness is: real hours, and those of the story."""
        ran = at - max(self._began, one.admitted_at)
        return (at - one.admitted_at + (self.pace.speed - 1) * ran) / _HOUR

    def when(self, one: Bedded) -> datetime | None:
        """Say when a nurse comes: when it is due, or as the story of somebody ill asks for."""
        if one.due is None:
            return None
        late = self._planned(one, one.due)
        if one.looked_at is None:
            return late
        if one.by_person:
            return max(late, one.looked_at + PERSON_FIRST)
        course = course_of(one.one)
        if self.pace.speed > 1 and course.moving(self.hours(one, clock.now())):
            each = told(course, self.hours(one, one.looked_at), one.looked_at)
            return one.looked_at + max(each.again / self.pace.speed, OWN)
        return max(late, one.looked_at + OWN)

    def _planned(self, one: Bedded, due: Due) -> datetime:
        """Say when a nurse would come: about when it is due, or so late that the boards show it.

        What was owed when the story began is seen for some minutes.
        """
        dice = Random(f"late:{one.one.mrn}:{one.last}")  # noqa: S311 - a story, no secret
        forgotten = dice.random() < _FORGOTTEN
        late = MINUTE * (dice.uniform(4, 25) if forgotten else dice.uniform(-12, 4))
        at = (due.overdue_at if forgotten else due.due_at) + late / self.pace.speed
        return max(at, self._began + MINUTE * dice.uniform(1.5, 6)) if at < self._began else at

    async def _chart(self, one: Bedded) -> UUID | None:
        try:
            async with work_as(self.node, NURSE, "simulator.observe") as work:
                at = work.now
                each = told(course_of(one.one), self.hours(one, at), at)
                made = await observe(work, one.patient, each.said, seen=None)
        except REFUSALS:
            self.done["refused"] += 1
            return None
        self.done["observed"] += 1
        return made.id


async def bedded(node: Node, marks: Marks) -> list[Bedded]:
    """List the cast who lie on a ward and are not away, with the state of their observations."""
    async with work_watching(node, "simulator.rounds", EYES) as work:
        lying = select(Stay.patient_id).where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
        ours = select(Patient).where(Patient.mrn_hash.in_(marks), Patient.id.in_(lying))
        patients = await work.every(ours, Permission.VIEW_PATIENT)
        ids = [row.id for row in patients]
        encounters = await _encounters(work, ids)
        plans = await _plans(work, ids)
        last = await _sets(work, [plan.last_id for plan in plans.values() if plan.last_id])
    return [
        _bedded(row.id, marks[row.mrn_hash], encounters[row.id], plans.get(row.id), last)
        for row in patients
        if row.id in encounters
    ]


def _bedded(
    patient: UUID,
    one: Member,
    encounter: Encounter,
    plan: ObservationPlan | None,
    sets: Mapping[UUID, ObservationSet],
) -> Bedded:
    due = due_of(encounter, plan)
    here = plan is not None and plan.encounter_id == encounter.id
    last = sets.get(plan.last_id) if here and plan and plan.last_id else None
    return Bedded(
        patient=patient,
        one=one,
        admitted_at=encounter.admitted_at or encounter.moved_at,
        due=due,
        last=last.id if last else None,
        looked_at=last.taken_at if last else None,
        by_person=last is not None and last.recorded_by is not None,
    )


async def _encounters(work: Work, patients: Iterable[UUID]) -> dict[UUID, Encounter]:
    mine = select(Encounter).where(
        Encounter.patient_id.in_(patients), Encounter.status == EncounterStatus.IN_PROGRESS
    )
    return {row.patient_id: row for row in await work.every(mine, Permission.VIEW_STAYS)}


async def _plans(work: Work, patients: Iterable[UUID]) -> dict[UUID, ObservationPlan]:
    mine = select(ObservationPlan).where(ObservationPlan.patient_id.in_(patients))
    return {row.patient_id: row for row in await work.every(mine, Permission.VIEW_VITALS)}


async def _sets(work: Work, ids: Iterable[UUID]) -> dict[UUID, ObservationSet]:
    mine = select(ObservationSet).where(ObservationSet.id.in_(ids))
    return {row.id: row for row in await work.every(mine, Permission.VIEW_VITALS)}
