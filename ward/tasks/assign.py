"""Assigning: tasks are written down for a patient, one by one or a whole list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import task_presets, tasks
from domain.access import Permission
from domain.duty import DutyRole
from domain.errors import NotAllowed
from domain.task_presets import Preset
from domain.tasks import Priority, TaskStatus
from realtime.topics import Topic
from ward.adt import queries as stays
from ward.db import new_id
from ward.duty import queries as duty
from ward.patients.models import Patient
from ward.tasks.events import SHOWN, TasksAssigned
from ward.tasks.models import NursingTask, TaskSource
from ward.work import Work

MAY = Permission.ASSIGN_TASK
AGAIN = frozenset({TaskStatus.CANCELLED, TaskStatus.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TaskSaid:
    """What is to be done, as somebody writes it down."""

    what: str
    due_at: datetime
    reason: str | None = None
    priority: Priority = Priority.ROUTINE
    part: DutyRole = DutyRole.NURSE
    owner_id: UUID | None = None
    source: TaskSource = TaskSource.MANUAL
    code: str | None = None
    once: str | None = None


async def assign(work: Work, patient_id: UUID, said: TaskSaid) -> NursingTask:
    """Write a task down; whoever has the patient, or the person named, finds it."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    ward_id = _lying(patient)
    tasks.due(said.due_at, work.now)
    if said.owner_id is not None:
        await on_ward(work, ward_id, said.owner_id)
    task = await _write(work, patient, ward_id, said)
    _tell(work, patient, ward_id, [task])
    return task


async def assign_preset(
    work: Work,
    patient_id: UUID,
    preset: Preset,
    *,
    due_at: datetime,
    codes: Collection[str] | None = None,
) -> list[NursingTask]:
    """Write a whole list down in one action; what stands or is done since admission stays."""
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    ward_id = _lying(patient)
    tasks.due(due_at, work.now)
    place = (await stays.places(work, [patient.id])).get(patient.id)
    admitted_at = place.admitted_at if place else work.now
    known = await _known(work, patient.id, admitted_at)
    wanted = [
        one
        for one in preset.tasks
        if (codes is None or one.code in codes) and preset.code(one) not in known
    ]
    if not wanted:
        raise NotAllowed(f"{preset.label}: all of this stands already.", "task.preset")
    written = [
        await _write(
            work,
            patient,
            ward_id,
            TaskSaid(
                what=one.what,
                due_at=task_presets.due_at(one, admitted_at, due_at),
                part=one.part,
                source=TaskSource.PRESET,
                code=preset.code(one),
            ),
        )
        for one in wanted
    ]
    _tell(work, patient, ward_id, written)
    return written


def remind(work: Work, task: NursingTask) -> None:
    """Have every screen that shows the task drawn again once it is late, and once very late."""
    shown = (Topic("chart", task.patient_id), *(Topic(kind, task.ward_id) for kind in SHOWN))
    for at in (task.due_at, task.due_at + tasks.TO_THE_CHARGE):
        for topic in shown if at > work.now else ():
            work.due(topic, at)


async def on_ward(work: Work, ward_id: UUID, user_id: UUID) -> None:
    """Refuse to give a task to somebody who is not there."""
    if all(where != ward_id for where, _ in await duty.duties_of(work, user_id)):
        raise NotAllowed("This person is not on duty on this ward. Choose another.", "task.owner")


def _lying(patient: Patient) -> UUID:
    if patient.ward_id is None:
        raise NotAllowed("This patient is on no ward. Tasks begin with a bed.", "task.ward")
    return patient.ward_id


async def _known(work: Work, patient_id: UUID, since: datetime) -> set[str]:
    theirs = select(NursingTask).where(
        NursingTask.patient_id == patient_id,
        NursingTask.code.is_not(None),
        NursingTask.made_at >= since,
    )
    rows = await work.every(theirs, MAY)
    return {row.code for row in rows if row.code and row.status not in AGAIN}


async def _write(work: Work, patient: Patient, ward_id: UUID, said: TaskSaid) -> NursingTask:
    task = NursingTask(
        id=new_id(),
        patient_id=patient.id,
        ward_id=ward_id,
        code=said.code,
        once=said.once,
        source=said.source,
        priority=said.priority,
        status=TaskStatus.REQUESTED,
        part=said.part,
        owner_id=said.owner_id,
        due_at=said.due_at,
        made_at=work.now,
        made_by=work.actor.id,
    )
    await work.seal(task, what=said.what, reason=said.reason)
    work.add(task, MAY)
    remind(work, task)
    return task


def _tell(work: Work, patient: Patient, ward_id: UUID, written: list[NursingTask]) -> None:
    ids = tuple(task.id for task in written)
    work.record(TasksAssigned(patient_id=patient.id, wards=(ward_id,), task_ids=ids))
