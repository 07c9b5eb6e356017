"""Commands: a task is claimed, begun, done, not done, cancelled, or handed to another."""

from datetime import timedelta
from uuid import UUID

from domain import tasks
from domain.access import Permission
from domain.errors import NotAllowed
from domain.tasks import TaskStatus
from realtime.topics import Topic
from ward.duty import queries as duty
from ward.errors import Stale
from ward.tasks.assign import on_ward, remind
from ward.tasks.events import TaskMoved, TasksAssigned
from ward.tasks.models import NursingTask
from ward.work import Work

MAY = Permission.DO_TASK


async def claim(work: Work, task_id: UUID, *, seen: int | None = None) -> NursingTask:
    """Take a task that is everybody's; of many who press at once, one has it."""
    task = await work.access(NursingTask, task_id, MAY, lock=True)
    if task.owner_id is not None and task.owner_id != work.actor.id:
        raise NotAllowed(f"{await _name(work, task.owner_id)} has this task already.", "task.taken")
    await _compare(work, task, seen)
    task.owner_id = work.actor.id
    return _move(work, task, TaskStatus.ACCEPTED)


async def begin(work: Work, task_id: UUID, *, seen: int | None = None) -> NursingTask:
    """Begin what one has taken."""
    task = await _held(work, task_id, seen)
    task.began_at = work.now
    return _move(work, task, TaskStatus.IN_PROGRESS)


async def finish(work: Work, task_id: UUID, *, seen: int | None = None) -> NursingTask:
    """Say that it is done; the line stays for a moment, so that it can be undone."""
    task = await _held(work, task_id, seen)
    _move(work, task, TaskStatus.COMPLETED)
    _end(work, task)
    work.due(Topic("tasks", task.ward_id), work.now + tasks.UNDO + timedelta(milliseconds=1))
    return task


async def undo(work: Work, task_id: UUID, *, seen: int | None = None) -> NursingTask:
    """Take back what was just done."""
    task = await _held(work, task_id, seen)
    if task.ended_by != work.actor.id:
        raise NotAllowed("Only who did this can undo it.", "task.undo")
    task.status = tasks.undo(
        task.status,
        task.ended_at,
        work.now,
        owned=task.owner_id is not None,
        begun=task.began_at is not None,
    )
    task.ended_at = task.ended_by = None
    _tell(work, task)
    return task


async def fail(work: Work, task_id: UUID, reason: str, *, seen: int | None = None) -> NursingTask:
    """Say that it could not be done, and why."""
    return await _without(work, task_id, TaskStatus.FAILED, reason, seen)


async def cancel(work: Work, task_id: UUID, reason: str, *, seen: int | None = None) -> NursingTask:
    """Say that it need not be done, and why."""
    return await _without(work, task_id, TaskStatus.CANCELLED, reason, seen)


async def hand_over(
    work: Work, task_id: UUID, to: UUID | None, *, seen: int | None = None
) -> NursingTask:
    """Give a task to a person who is on duty, or back to everybody in its part."""
    task = await _held(work, task_id, seen)
    if to is not None:
        await on_ward(work, task.ward_id, to)
    task.status = tasks.hand_over(task.status)
    task.owner_id, task.began_at = to, None
    remind(work, task)
    work.record(
        TasksAssigned(patient_id=task.patient_id, wards=(task.ward_id,), task_ids=(task.id,))
    )
    return task


async def _without(
    work: Work, task_id: UUID, to: TaskStatus, reason: str, seen: int | None
) -> NursingTask:
    task = await _held(work, task_id, seen)
    await work.seal(task, ended_reason=reason)
    _move(work, task, to)
    _end(work, task)
    return task


async def _held(work: Work, task_id: UUID, seen: int | None) -> NursingTask:
    task = await work.access(NursingTask, task_id, MAY, lock=True)
    await _compare(work, task, seen)
    return task


async def _compare(work: Work, task: NursingTask, seen: int | None) -> None:
    """Refuse a form that shows an older version, and say how the task stands now."""
    if seen is None or task.version == seen:
        return
    who = task.ended_by or task.owner_id
    by = f", {await _name(work, who)}" if who else ""
    raise Stale(f"Not saved. This task changed while you were looking: {task.status.word}{by}.")


async def _name(work: Work, user_id: UUID) -> str:
    person = (await duty.names(work, [user_id])).get(user_id)
    return person.name if person else "Somebody else"


def _move(work: Work, task: NursingTask, to: TaskStatus) -> NursingTask:
    task.status = tasks.change(task.status, to)
    _tell(work, task)
    return task


def _end(work: Work, task: NursingTask) -> None:
    task.ended_at, task.ended_by = work.now, work.actor.id


def _tell(work: Work, task: NursingTask) -> None:
    work.record(
        TaskMoved(
            patient_id=task.patient_id,
            wards=(task.ward_id,),
            task_ids=(task.id,),
            status=task.status,
        )
    )
