"""Medicines: what a dose or an order leaves to be done, and when that is done elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import doses, prn
from domain.access import Permission
from domain.doses import NotGiven, Status
from domain.duty import SHIFT, DutyRole
from domain.errors import NotAllowed
from domain.orders import ACKNOWLEDGE_WITHIN, CriticalDose, OrderKind, OrderSource
from domain.tasks import OPEN, Priority, TaskStatus, change
from ward.duty.queries import duties_of
from ward.medications import asking, safety
from ward.medications.details import GivenDetail
from ward.medications.held import hold
from ward.medications.line import Line, line
from ward.medications.models import MedicationAdministration
from ward.patients.models import Patient
from ward.tasks.assign import TaskSaid, assign
from ward.tasks.events import TaskMoved
from ward.tasks.models import NursingTask, TaskSource
from ward.work import Work

MAY = Permission.DO_TASK
SEE = Permission.VIEW_MEDICATIONS
EFFECT, REVIEW, SIGN, PUMP, INCIDENT = "effect", "review", "sign", "pump", "incident"
QUESTION = "question"
ELSEWHERE, WRONG = "Done elsewhere.", "The record of the dose was wrong."
_REVIEWED = frozenset({NotGiven.CONTRAINDICATED, NotGiven.PRESCRIBER_HELD})
"""Reasons for which a doctor looks at the order: a limit, or an allergy, speaks against it."""
_RUNS = frozenset({Status.RUNNING, Status.PAUSED})


async def given(work: Work, administration_id: UUID) -> None:
    """Have somebody look whether what was given as required has helped."""
    made, of = await _made(work, administration_id)
    if made.voided_at is not None or of.request.kind is not OrderKind.AS_REQUIRED:
        return
    detail = await _detail(work, made)
    due_at = prn.reassess_at(made.occurred_at, detail.route or of.detail.route)
    said = _said(EFFECT, f"{made.id}", f"Check the effect of {_name(of)}", due_at)
    await _write(work, made.patient_id, said, reason=detail.text or of.detail.indication)


async def not_given(work: Work, administration_id: UUID) -> None:
    """Have a doctor look at the order, and an incident be written, where the reason asks for it."""
    made, of = await _made(work, administration_id)
    detail = await _detail(work, made)
    if made.voided_at is not None or detail.reason is None:
        return
    why = f"{_name(of)}: {detail.reason.word}"
    if of.request.status.stands and (detail.reason in _REVIEWED or await _forbidden(work, of)):
        key = f"{of.request.id}/"
        if not await _standing(work, made.patient_id, REVIEW, key):
            said = _said(REVIEW, f"{key}{made.id}", f"Review {why}", work.now, DutyRole.REGISTRAR)
            await _write(work, made.patient_id, said, reason=detail.text)
    critical = of.request.timing is CriticalDose.TIME_CRITICAL
    if doses.opens_incident(detail.reason, critical=critical):
        what, until = f"Report an incident, not given: {why}", work.now + SHIFT
        said = _said(INCIDENT, f"{made.id}", what, until, DutyRole.IN_CHARGE)
        await _write(work, made.patient_id, said, reason=detail.text)


async def _forbidden(work: Work, of: Line) -> bool:
    """Say whether a warning speaks against the order today, which nobody has answered for."""
    try:
        held = await hold(work, of.request.patient_id, SEE, lock=True)  # a task may follow
    except NotAllowed:  # the patient has left
        return False
    return bool((await safety.against(work, held, of)).stops)


async def prescribed(work: Work, request_id: UUID) -> None:
    """Have who said an order sign it."""
    of = await line(work, request_id, SEE)
    request = of.request
    if request.source is not OrderSource.VERBAL or request.acknowledged_at is not None:
        return
    what, until = f"Sign what was said: {_name(of)}", request.prescribed_at + ACKNOWLEDGE_WITHIN
    said = _said(SIGN, f"{request.id}", what, until, DutyRole.REGISTRAR)
    await _write(work, request.patient_id, said, owner=request.prescribed_by)


async def asked(work: Work, question_id: UUID) -> None:
    """Have who prescribed answer what a pharmacist asks before verifying."""
    doubt = await asking.one(work, question_id)
    if doubt.answered_at is not None:
        return
    of = await line(work, doubt.request_id, SEE)
    what = f"Answer the pharmacist: {_name(of)}"
    key = f"{of.request.id}/{doubt.id}"
    said = _said(QUESTION, key, what, work.now, DutyRole.REGISTRAR)
    owner = of.request.prescribed_by
    await _write(work, doubt.patient_id, said, reason=doubt.question, owner=owner)


async def to_stop(work: Work, administration_id: UUID) -> None:
    """Have a nurse stop a pump that no order covers any more."""
    made, of = await _made(work, administration_id)
    if made.status not in _RUNS:
        return
    what = f"Stop the pump: {of.words.plain}"
    said = replace(_said(PUMP, f"{made.id}", what, work.now), priority=Priority.STAT)
    await _write(work, made.patient_id, said, reason="The order has ended.")


async def corrected(work: Work, patient_id: UUID, administration_id: UUID) -> None:
    """Take back what a wrong record left to be done."""
    for code in (EFFECT, INCIDENT):
        tasks = await _standing(work, patient_id, code, str(administration_id))
        await _end(work, tasks, TaskStatus.CANCELLED, WRONG)


async def stopped_pump(work: Work, patient_id: UUID, administration_id: UUID) -> None:
    """Note that a pump is off."""
    made, _ = await _made(work, administration_id)
    if made.status not in _RUNS:
        await done(work, patient_id, PUMP, f"{made.id}")


async def done(work: Work, patient_id: UUID, code: str, key: str) -> None:
    """Note that a task was done elsewhere: on the chart, or at the pump."""
    tasks = await _standing(work, patient_id, code, key)
    await _end(work, tasks, TaskStatus.COMPLETED, ELSEWHERE)


async def _end(work: Work, tasks: Sequence[NursingTask], to: TaskStatus, reason: str) -> None:
    for task in tasks:
        task.status, task.ended_at = change(task.status, to), work.now
        await work.seal(task, ended_reason=reason)
        wards, ids = (task.ward_id,), (task.id,)
        work.record(TaskMoved(patient_id=task.patient_id, wards=wards, task_ids=ids, status=to))


async def _standing(work: Work, patient_id: UUID, code: str, key: str) -> list[NursingTask]:
    mine = select(NursingTask).where(
        NursingTask.patient_id == patient_id,
        NursingTask.once.startswith(_once(code, key), autoescape=True),
        NursingTask.status.in_(OPEN),
    )
    locked = mine.order_by(NursingTask.id).with_for_update(of=NursingTask)
    return await work.every(locked, MAY)


def _said(
    code: str, key: str, what: str, due_at: datetime, part: DutyRole = DutyRole.NURSE
) -> TaskSaid:
    return TaskSaid(
        what=what,
        due_at=due_at,
        part=part,
        source=TaskSource.PROTOCOL,
        code=f"medicines.{code}",
        once=_once(code, key),
    )


def _once(code: str, key: str) -> str:
    return f"medicines.{code}/{key}"


async def _write(
    work: Work, patient_id: UUID, said: TaskSaid, *, reason: str = "", owner: UUID | None = None
) -> None:
    """Write a task down once; nobody has tasks with who has left, their alerts call instead."""
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    if patient.ward_id is None or await _known(work, patient_id, said.once):
        return
    if owner is not None and not await _works_on(work, owner, patient.ward_id):
        owner = None
    due_at = max(said.due_at, work.now)
    whole = replace(said, due_at=due_at, reason=reason or None, owner_id=owner)
    await assign(work, patient_id, whole)


async def _known(work: Work, patient_id: UUID, once: str | None) -> bool:
    mine = select(NursingTask).where(NursingTask.patient_id == patient_id, NursingTask.once == once)
    return bool(await work.every(mine.limit(1), MAY))


async def _works_on(work: Work, user_id: UUID, ward_id: UUID) -> bool:
    return any(where == ward_id for where, _ in await duties_of(work, user_id))


async def _made(work: Work, administration_id: UUID) -> tuple[MedicationAdministration, Line]:
    made = await work.access(MedicationAdministration, administration_id, SEE)
    return made, await line(work, made.request_id, SEE)


async def _detail(work: Work, made: MedicationAdministration) -> GivenDetail:
    found: GivenDetail = (await work.open([made], MedicationAdministration.detail))[made.id]
    return found


def _name(of: Line) -> str:
    words = of.words
    return f"{words.plain} {words.dose}"
