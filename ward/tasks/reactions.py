"""Reactions: tasks follow patients, and are given back by whoever goes off duty."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Permission
from ward import jobs
from ward.adt.events import MOVES, DischargeCancelled, OfStay
from ward.duty.events import DutyEnded
from ward.later import Errand
from ward.patients.events import PatientAmended
from ward.tasks import follow
from ward.work import Work

MAY = {Permission.DO_TASK, Permission.VIEW_DUTY}


@dataclass(frozen=True, slots=True)
class Freed(Errand):
    """Somebody went who had this task: each patient's screens are told by their own commit."""

    task_id: UUID


@jobs.when(*(kind for kind in MOVES if kind is not DischargeCancelled), PatientAmended, may=MAY)
async def tasks_follow(work: Work, event: OfStay | PatientAmended) -> None:
    """Bring the patient's tasks along, wherever the patient is by now, under today's name."""
    await follow.follow(work, event.patient_id)


@jobs.when(DischargeCancelled, may=MAY)
async def tasks_return(work: Work, event: DischargeCancelled) -> None:
    """Bring back the tasks that the discharge had ended."""
    await follow.reopen(work, event.patient_id, event.encounter_id)


@jobs.when(DutyEnded, may=MAY)
async def owner_gone(work: Work, event: DutyEnded) -> None:
    """Give back what somebody had who went off duty."""
    for task_id in await follow.owned_on(work, event.ward_id, event.user_id):
        work.later(Freed(task_id), work.now)


@jobs.at(Freed, may=MAY)
async def free(work: Work, errand: Freed) -> None:
    """Give one task back to everybody in its part."""
    await follow.free(work, errand.task_id)
