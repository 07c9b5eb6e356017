"""Answers: what is to be done, on the bed card, the roster and the chart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain import tasks as rules
from domain.access import D3, Permission
from domain.discharge import Answer, Item
from ward.adt.questions import RecordCheck, before_discharge
from ward.adt.whose import whose
from ward.beds.parts import counts
from ward.beds.questions import on_the_card
from ward.duty.questions import Load, Loads, on_the_roster
from ward.patients.questions import on_the_summary
from ward.projections import projection
from ward.tasks import queries
from ward.tasks.models import NursingTask
from ward.tasks.queries import TaskPanel
from ward.work import Work

LATE = "task-late"
VIEW = Permission.VIEW_TASKS
counts("tasks-late", "Tasks overdue", LATE, tone="warning", icon="clipboard-list")


@projection(D3)
class Todo:
    """How much is to be done for who lies in a bed."""

    count: int
    late: int
    marks: tuple[str, ...] = ()


@projection(D3)
class TodoDue:
    """When the next task is due, for the line of what is due."""

    label: str
    at: datetime
    late: bool


@on_the_card.answer("todo", VIEW)
async def todo(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Todo]:
    """Answer how many tasks stand for who lies there, and how many are late."""
    found = await queries.standing_in(work, bed_ids)
    return {bed: _todo(rows, work.now) for bed, rows in found.items() if rows}


@on_the_card.answer("due_todo", VIEW)
async def due_todo(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, TodoDue]:
    """Answer when the next task for who lies there is due."""
    found = await queries.standing_in(work, bed_ids)
    return {
        bed: TodoDue(
            "1 task" if len(rows) == 1 else f"{len(rows)} tasks",
            rows[0].due_at,
            rules.is_late(rows[0].status, rows[0].due_at, work.now),
        )
        for bed, rows in found.items()
        if rows
    }


@on_the_roster.answer("tasks", VIEW)
async def load(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Loads]:
    """Answer how many tasks stand in each bed, those that are late apart."""
    found = await queries.standing_in(work, bed_ids)
    return {bed: _load(_todo(rows, work.now)) for bed, rows in found.items() if rows}


@on_the_summary.answer("tasks", VIEW)
async def tasks(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, TaskPanel]:
    """Answer what is to be done for the patient, and what was."""
    return await queries.panels(work, patient_ids)


@before_discharge.answer("tasks", VIEW)
async def undone(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, list[RecordCheck]]:
    """Answer what is still to be done for who goes."""
    patients = await whose(work, encounters, VIEW)
    found = {}
    for one, listed in (await queries.standing_of(work, sorted(set(patients.values())))).items():
        said = Answer.NOT_DONE if listed else Answer.DONE
        found[one] = RecordCheck(Item.NO_TASKS, said, tuple(listed), f"/patients/{one}#tasks")
    return {one: [found[patient]] for one, patient in patients.items()}


def _todo(rows: Sequence[NursingTask], now: datetime) -> Todo:
    late = sum(rules.is_late(row.status, row.due_at, now) for row in rows)
    return Todo(len(rows), late, (LATE,) if late else ())


def _load(todo: Todo) -> Loads:
    items = [Load("tasks", "to do", todo.count)]
    if todo.late:
        items.append(Load("tasks-late", "overdue", todo.late, rank=1, tone="warning"))
    return Loads(tuple(items))
