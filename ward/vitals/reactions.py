"""Reactions: stays begin, move, pause and go on, and the clock of observations with them."""

from uuid import UUID

from domain.access import Permission
from domain.encounters import OPEN
from domain.monitoring import NEWS2
from ward import jobs
from ward.adt.events import MOVES, LeaveChanged, OfStay
from ward.adt.visits import open_encounter
from ward.patients.models import Patient
from ward.vitals import bedside
from ward.vitals.bedside import MAY, Overdue, away, watch
from ward.vitals.children import is_child
from ward.vitals.events import ObservationsOverdue, ObservationsPlanned
from ward.vitals.queries import Due, due_of, plans_of
from ward.work import Work

_READ = {Permission.VIEW_STAYS, Permission.VIEW_VITALS, Permission.VIEW_PATIENT}


@jobs.when(*MOVES, may=_READ)
async def follow(work: Work, event: OfStay) -> None:
    """Have the board of the ward the patient lies on now turn when observations are due."""
    patient = await work.access(Patient, event.patient_id, Permission.VIEW_PATIENT)
    due = await _due(work, event.patient_id)
    if due is not None:
        watch(work, patient, due.due_at, due.overdue_at)


@jobs.when(LeaveChanged, may=_READ | {MAY, Permission.VIEW_PLACES})
async def pause(work: Work, event: LeaveChanged) -> None:
    """Stop the clock while the patient is off the ward; on return it starts again, due at once."""
    held = await bedside.hold(work, event.patient_id, seen=None)
    plan, gone = held.plan, away(held.encounter)
    if gone == (plan.paused_at is not None):
        return
    plan.paused_at = work.now if gone else None
    due = due_of(held.encounter, plan)
    if not gone and due is not None and not (due.presumed and held.child):
        plan.due_at, plan.overdue_at = work.now, work.now + NEWS2.grace_least
        watch(work, held.patient, plan.due_at, plan.overdue_at)
    work.record(ObservationsPlanned(event.patient_id, held.patient.ward_id))


@jobs.at(Overdue, may=_READ)
async def overdue(work: Work, errand: Overdue) -> None:
    """Tell that nobody has looked, unless somebody has, or the patient is away or gone."""
    due = await _due(work, errand.patient_id)
    if due is None or due.overdue_at != errand.at:
        return
    patient = await work.access(Patient, errand.patient_id, Permission.VIEW_PATIENT, lock="share")
    work.record(ObservationsOverdue(patient.id, patient.ward_id, due.due_at))


async def _due(work: Work, patient_id: UUID) -> Due | None:
    """Say when the patient is due now; None when no clock runs."""
    encounter = await open_encounter(work, patient_id)
    if encounter is None or encounter.status not in OPEN or away(encounter):
        return None
    due = due_of(encounter, (await plans_of(work, [patient_id])).get(patient_id))
    return None if due and due.presumed and await is_child(work, patient_id) else due
