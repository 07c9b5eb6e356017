"""Queries: what is to be done, for whom and by whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from domain import tasks as rules
from domain.access import D3, Permission
from domain.duty import DutyRole
from domain.tasks import OPEN, Priority, TaskStatus
from ward.adt import queries as stays
from ward.adt.queries import Whereabouts
from ward.ask import once
from ward.duty import queries as duty
from ward.patients.queries import Named, among, names_of
from ward.projections import projection
from ward.tasks.models import NursingTask
from ward.work import Work

VIEW = Permission.VIEW_TASKS
LATEST = 10  # ended tasks that a chart still shows


@projection(D3)
class TaskLine:
    """One task, as lists and charts show it; `for_users` are those whose work it is now."""

    id: UUID
    patient_id: UUID
    ward_id: UUID
    what: str
    reason: str | None
    status: TaskStatus
    priority: Priority
    part: DutyRole
    owner: str | None
    due_at: datetime
    late: bool
    charge: bool
    version: int
    for_users: tuple[str, ...] = ()


@projection(D3)
class EndedLine:
    """A task that is over: how it ended, who said so, and why."""

    id: UUID
    what: str
    status: TaskStatus
    at: datetime
    by: str | None
    reason: str | None


@projection(D3)
class TaskPanel:
    """The tasks of a patient, as a panel of the chart; tasks begin with a bed."""

    items: tuple[TaskLine, ...]
    ended: tuple[EndedLine, ...]
    on_ward: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A task of a ward's list, with the patient it is for."""

    task: TaskLine
    who: Named | None
    place: Whereabouts | None


async def on_the_ward(work: Work, ward_id: UUID) -> list[Listed]:
    """Answer: what is to be done on this ward, soonest first? What was just done can be undone."""
    just = and_(
        NursingTask.status == TaskStatus.COMPLETED, NursingTask.ended_at > work.now - rules.UNDO
    )
    rows = await _rows(work, NursingTask.ward_id == ward_id, or_(_open(), just))
    return await _listed(work, rows)


async def listed(work: Work, task_id: UUID) -> Listed:
    """Answer: what does the ward's list show of this task?"""
    task = await work.access(NursingTask, task_id, VIEW)
    return (await _listed(work, [task]))[0]


async def panels(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, TaskPanel]:
    """Answer: what is to be done for these patients, and what was?"""
    rows = await _rows(work, among(NursingTask.patient_id, patient_ids))
    standing = [row for row in rows if row.status in OPEN]
    over = {one: _latest(rows, one) for one in patient_ids}
    ended = [row for one in over.values() for row in one]
    lines = await lines_of(work, standing, {})
    told = await _ended(work, ended)
    lying = await stays.whereabouts(work, patient_ids)
    return {
        one: TaskPanel(
            tuple(lines[row.id] for row in standing if row.patient_id == one),
            tuple(told[row.id] for row in over[one]),
            one in lying,
        )
        for one in patient_ids
    }


async def standing_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, list[NursingTask]]:
    """Answer: which tasks stand for who lies in these beds? Rows, read once for a drawing."""
    return await once(work, ("tasks", *bed_ids), lambda: _standing_in(work, bed_ids))


async def standing_of(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Answer: what stands to be done for each of these patients, in words?"""
    rows = await work.every(_STANDING, VIEW, patients=list(patient_ids))
    what: dict[UUID, str] = await work.open(rows, NursingTask.what)
    return {one: [what[row.id] for row in rows if row.patient_id == one] for one in patient_ids}


async def lines_of(
    work: Work, rows: Sequence[NursingTask], whose: Mapping[UUID, tuple[str, ...]]
) -> dict[UUID, TaskLine]:
    """Write tasks in lines, with the names of their owners."""
    what: dict[UUID, str] = await work.open(rows, NursingTask.what)
    why: dict[UUID, str | None] = await work.open(rows, NursingTask.reason)
    people = await duty.names(work, [one for row in rows if (one := row.owner_id or row.ended_by)])
    return {
        row.id: TaskLine(
            id=row.id,
            patient_id=row.patient_id,
            ward_id=row.ward_id,
            what=what[row.id],
            reason=why[row.id],
            status=row.status,
            priority=row.priority,
            part=row.part,
            owner=people[one].name if (one := row.owner_id or row.ended_by) in people else None,
            due_at=row.due_at,
            late=rules.is_late(row.status, row.due_at, work.now),
            charge=rules.calls_the_charge(row.status, row.due_at, work.now),
            version=row.version,
            for_users=whose.get(row.id, ()),
        )
        for row in rows
    }


async def _listed(work: Work, rows: Sequence[NursingTask]) -> list[Listed]:
    whom = sorted({row.patient_id for row in rows})
    lines = await lines_of(work, rows, await _whose(work, rows))
    names = await names_of(work, whom) if whom and work.may(Permission.VIEW_PATIENT) else {}
    places = await stays.whereabouts(work, whom) if whom else {}
    return [
        Listed(lines[row.id], names.get(row.patient_id), places.get(row.patient_id)) for row in rows
    ]


async def _whose(work: Work, rows: Sequence[NursingTask]) -> dict[UUID, tuple[str, ...]]:
    """Tell whose work each task is now: by owner, by bed, by part, and by the clock."""
    nurses = await duty.nurse_of_patients(work, sorted({row.patient_id for row in rows}))
    found: dict[UUID, tuple[str, ...]] = {}
    for row in rows:
        duties = await duty.duties_on(work, row.ward_id)
        charge = {one.user_id for one in duties if one.part is DutyRole.IN_CHARGE}
        nurse = nurses.get(row.patient_id) if row.part is DutyRole.NURSE else None
        whose: Collection[UUID] = {one for one in (row.owner_id or nurse,) if one}
        whose = whose or {one.user_id for one in duties if one.part is row.part} or charge
        if rules.calls_the_charge(row.status, row.due_at, work.now):
            whose = {*whose, *charge}
        found[row.id] = tuple(sorted(map(str, whose)))
    return found


async def _standing_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, list[NursingTask]]:
    lying = await stays.patients_in(work, bed_ids)
    rows = await work.every(_STANDING, VIEW, patients=list(lying.values()))
    return {bed: [row for row in rows if row.patient_id == one] for bed, one in lying.items()}


async def _rows(work: Work, *which: ColumnElement[bool]) -> list[NursingTask]:
    return await work.every(_tasks(*which), VIEW)


def _tasks(*which: ColumnElement[bool]) -> Select[NursingTask]:
    return select(NursingTask).where(*which).order_by(NursingTask.due_at, NursingTask.id)


def _open() -> ColumnElement[bool]:
    return NursingTask.status.in_(OPEN)


_STANDING = _tasks(among(NursingTask.patient_id, "patients"), _open())


def _latest(rows: Sequence[NursingTask], patient_id: UUID) -> list[NursingTask]:
    over = [row for row in rows if row.patient_id == patient_id and row.ended_at is not None]
    return sorted(over, key=lambda row: (row.ended_at, row.id), reverse=True)[:LATEST]


async def _ended(work: Work, rows: Sequence[NursingTask]) -> dict[UUID, EndedLine]:
    what: dict[UUID, str] = await work.open(rows, NursingTask.what)
    why: dict[UUID, str | None] = await work.open(rows, NursingTask.ended_reason)
    people = await duty.names(work, [row.ended_by for row in rows if row.ended_by])
    return {
        row.id: EndedLine(
            row.id,
            what[row.id],
            row.status,
            row.ended_at,
            people[row.ended_by].name if row.ended_by in people else None,
            why[row.id],
        )
        for row in rows
        if row.ended_at is not None
    }
