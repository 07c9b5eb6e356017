"""Following: tasks go where the patient goes, and lose an owner who is no longer there."""

from uuid import UUID

from sqlalchemy import select

from domain import tasks
from domain.access import Permission
from domain.tasks import OPEN, TaskStatus
from ward.adt.models import Encounter
from ward.duty import queries as duty
from ward.patients.models import Patient
from ward.tasks.assign import remind
from ward.tasks.events import TasksAssigned, TasksFollowed
from ward.tasks.models import NursingTask
from ward.work import Work

MAY = Permission.DO_TASK
GONE = "The patient has left the ward."


async def follow(work: Work, patient_id: UUID) -> None:
    """Bring a patient's open tasks to the ward the patient lies on now; without one they end."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    rows = await _of(work, NursingTask.patient_id == patient_id, NursingTask.status.in_(OPEN))
    wards = {row.ward_id for row in rows}
    for task in rows:
        if patient.ward_id is None:
            await _end(work, task)
        elif task.ward_id != patient.ward_id:
            task.ward_id = patient.ward_id
            await _release(work, task)
            remind(work, task)
    if rows:
        _tell(work, patient_id, wards | ({patient.ward_id} if patient.ward_id else set()), rows)


async def reopen(work: Work, patient_id: UUID, encounter_id: UUID) -> None:
    """Bring back what ended with a discharge that was taken back."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    encounter = await work.access(Encounter, encounter_id, MAY)
    ward_id = patient.ward_id or encounter.ward_id
    if encounter.admitted_at is None or ward_id is None:
        return
    rows = await _of(
        work,
        NursingTask.patient_id == patient_id,
        NursingTask.status == TaskStatus.CANCELLED,
        NursingTask.ended_by.is_(None),
        NursingTask.made_at >= encounter.admitted_at,
    )
    for task in rows:
        task.status, task.ended_at, task.ended_reason = TaskStatus.REQUESTED, None, None
        task.ward_id, task.owner_id, task.began_at = ward_id, None, None
        remind(work, task)
    if rows:
        _tell(work, patient_id, {ward_id}, rows)


async def owned_on(work: Work, ward_id: UUID, user_id: UUID) -> list[UUID]:
    """List the open tasks that somebody has on a ward."""
    mine = (NursingTask.ward_id == ward_id, NursingTask.owner_id == user_id)
    return [task.id for task in await _of(work, *mine, NursingTask.status.in_(OPEN))]


async def free(work: Work, task_id: UUID) -> None:
    """Give a task back to everybody in its part when its owner is not on duty there any more."""
    task = await work.access(NursingTask, task_id, MAY, lock=True)
    if task.status in OPEN and await _release(work, task):
        work.record(
            TasksAssigned(patient_id=task.patient_id, wards=(task.ward_id,), task_ids=(task.id,))
        )


async def _release(work: Work, task: NursingTask) -> bool:
    """Take the task from an owner who is not on duty where the task is."""
    if task.owner_id is None:
        return False
    if any(ward == task.ward_id for ward, _ in await duty.duties_of(work, task.owner_id)):
        return False
    task.status, task.owner_id, task.began_at = tasks.hand_over(task.status), None, None
    return True


async def _end(work: Work, task: NursingTask) -> None:
    await work.seal(task, ended_reason=GONE)
    task.status = tasks.change(task.status, TaskStatus.CANCELLED)
    task.ended_at = work.now


async def _of(work: Work, *which: object) -> list[NursingTask]:
    rows = select(NursingTask).where(*which)  # type: ignore[arg-type]
    locked = rows.order_by(NursingTask.id).with_for_update(of=NursingTask)
    return await work.every(locked, MAY)


def _tell(work: Work, patient_id: UUID, wards: set[UUID], rows: list[NursingTask]) -> None:
    ids = tuple(row.id for row in rows)
    work.record(TasksFollowed(patient_id=patient_id, wards=tuple(sorted(wards)), task_ids=ids))
