"""Results: what the laboratory's findings leave to be done on a ward.

A correction is told to each who had relied on the old value; where the laboratory and Ward judge
a value differently, the nurse in charge has it looked into.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.duty import SHIFT, DutyRole
from domain.labs import rank_of
from domain.tasks import OPEN, Priority, TaskStatus, change
from ward.duty.queries import duties_of
from ward.labs.details import ResultDetail
from ward.labs.models import Acknowledgement, CriticalCall, LabResult
from ward.patients.models import Patient
from ward.tasks.assign import TaskSaid, assign
from ward.tasks.events import TaskMoved
from ward.tasks.models import NursingTask, TaskSource
from ward.work import Work

MAY = Permission.DO_TASK
SEE = Permission.VIEW_LABS
CORRECTED, DISAGREE = "results.corrected", "results.disagree"
SOON = timedelta(minutes=15)  # engineering default: to read what a value really was
MOST_NAMED = 5
_SEEN = "The result was acknowledged."


async def released(work: Work, patient_id: UUID, report_id: UUID) -> None:
    """Have a disagreement between the laboratory's letters and ours looked into, once a report."""
    mine = select(LabResult).where(
        LabResult.report_id == report_id, LabResult.replaced_at.is_(None)
    )
    rows = await work.every(mine.order_by(LabResult.place), SEE)
    counted = [row for row in rows if row.status.counts]
    details = await work.open(counted, LabResult.detail)
    odd = [line for row in counted if (line := _odd(details[row.id]))]
    if odd:
        what = f"Laboratory and Ward judge differently: {_listed(odd)}"
        due_at = work.now + SHIFT
        await _write(work, patient_id, _said(DISAGREE, report_id, what, due_at, DutyRole.IN_CHARGE))


async def corrected(work: Work, patient_id: UUID, report_id: UUID) -> None:
    """Tell each who acknowledged or telephoned the old value, and the nurse of the bed."""
    people = await _relied(work, report_id)
    changes, nth = await _changes(work, report_id)
    if not people or not changes:
        return
    what, due_at = f"Result corrected: {_listed(changes)}", work.now + SOON
    key = f"{report_id}/{nth}"
    nurse = _said(CORRECTED, f"{key}/nurse", what, due_at, DutyRole.NURSE)
    await _write(work, patient_id, nurse)
    for user_id in sorted(people):
        said = _said(CORRECTED, f"{key}/{user_id}", what, due_at, DutyRole.REGISTRAR)
        await _write(work, patient_id, said, owner=user_id)


async def acknowledged(work: Work, patient_id: UUID, report_id: UUID, user_id: UUID | None) -> None:
    """Note that somebody has read a corrected report: their own task of it is done."""
    mine = select(NursingTask).where(
        NursingTask.patient_id == patient_id,
        NursingTask.once.startswith(f"{CORRECTED}/{report_id}/", autoescape=True),
        NursingTask.owner_id == user_id,
        NursingTask.status.in_(OPEN),
    )
    for task in await work.every(mine.with_for_update(of=NursingTask), MAY):
        task.status = change(task.status, TaskStatus.COMPLETED)
        task.ended_at = work.now
        await work.seal(task, ended_reason=_SEEN)
        wards, ids = (task.ward_id,), (task.id,)
        status = TaskStatus.COMPLETED
        work.record(TaskMoved(patient_id=patient_id, wards=wards, task_ids=ids, status=status))


def _odd(detail: ResultDetail) -> str:
    """Say where the letters that were sent and ours differ; "" where they do not."""
    theirs, ours = rank_of(detail.sent), rank_of(detail.letters)
    if not any(one.strip() for one in detail.sent) or not ours or theirs == ours:
        return ""
    sent, found = " ".join(detail.sent), " ".join(detail.letters)
    return f"{detail.name} {detail.comparator}{detail.value}: sent {sent}, ours {found}"


async def _changes(work: Work, report_id: UUID) -> tuple[list[str], int]:
    """List what the last correction changed, and tell how many there were before it."""
    every = select(LabResult).where(LabResult.report_id == report_id)
    rows = await work.every(every, SEE)
    details: dict[UUID, ResultDetail] = await work.open(rows, LabResult.detail)
    replacing = [row for row in rows if row.replaces_id and row.replaced_at is None]
    times = {row.received_at for row in rows}
    last = max((row.received_at for row in replacing), default=None)
    lines = []
    for row in replacing:
        was, now = details[row.replaces_id], details[row.id]  # type: ignore[index]
        shown = _value(now) if row.status.counts else "withdrawn"
        if row.received_at == last and shown != _value(was):
            lines.append(f"{now.name} was {_value(was)}, now {shown}")
    return lines, len(times)


def _value(detail: ResultDetail) -> str:
    return " ".join(filter(None, (f"{detail.comparator}{detail.value}", detail.unit)))


async def _relied(work: Work, report_id: UUID) -> set[UUID]:
    said = select(Acknowledgement).where(Acknowledgement.report_id == report_id)
    results = select(LabResult.id).where(LabResult.report_id == report_id)
    calls = select(CriticalCall).where(CriticalCall.result_id.in_(results))
    people = {row.by for row in await work.every(said, SEE)}
    people |= {row.by for row in await work.every(calls, SEE)}
    return {one for one in people if one is not None}


def _said(code: str, key: object, what: str, due_at: datetime, part: DutyRole) -> TaskSaid:
    return TaskSaid(
        what=what,
        due_at=due_at,
        part=part,
        source=TaskSource.PROTOCOL,
        priority=Priority.URGENT,
        code=code,
        once=f"{code}/{key}",
    )


async def _write(
    work: Work, patient_id: UUID, said: TaskSaid, *, owner: UUID | None = None
) -> None:
    """Write a task down once; of who has left the alert and the inbox tell."""
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    if patient.ward_id is None or await _known(work, patient_id, said.once):
        return
    if owner is not None and patient.ward_id in [ward for ward, _ in await duties_of(work, owner)]:
        said = replace(said, owner_id=owner)
    await assign(work, patient_id, said)


async def _known(work: Work, patient_id: UUID, once: str | None) -> bool:
    mine = select(NursingTask).where(NursingTask.patient_id == patient_id, NursingTask.once == once)
    return bool(await work.every(mine.limit(1), MAY))


def _listed(lines: Sequence[str]) -> str:
    more = len(lines) - MOST_NAMED
    return "; ".join([*lines[:MOST_NAMED], f"{more} more"] if more > 0 else lines)
