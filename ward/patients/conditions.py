"""Conditions: record problems and diagnoses."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.conditions import Certainty, ConditionStatus
from ward.db import new_id
from ward.patients.events import ConditionRecorded
from ward.patients.models import Condition, ConditionDetail, ConditionKind, Patient
from ward.sources import seen_mark, source_mark
from ward.work import Work

_MAY = Permission.RECORD_CONDITION


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ConditionSaid:
    """A condition as a form or another system tells it."""

    detail: ConditionDetail
    kind: ConditionKind = ConditionKind.PROBLEM
    clinical: ConditionStatus | None = None
    certainty: Certainty | None = None
    recorded_at: datetime | None = None


async def record_condition(work: Work, patient_id: UUID, said: ConditionSaid) -> Condition:
    """Record a problem or a diagnosis."""
    patient = await work.access(Patient, patient_id, _MAY, lock="share")
    return await _added(work, patient, said)


async def take_in_condition(
    work: Work, patient_id: UUID, source: str, said: ConditionSaid
) -> Condition | None:
    """Record what another system knows; None when it told the same before (twice is once)."""
    patient = await work.access(Patient, patient_id, _MAY, lock=True)
    vault = work.node.vault
    mark, seen = source_mark(vault, "condition", f"{patient.id}|{source}"), seen_mark(vault, said)
    known = await work.every(select(Condition).where(Condition.source_hash == mark), _MAY)
    if known and known[0].source_seen == seen:
        return None
    if known:
        condition = known[0]
        await _assign(work, condition, said)
        work.record(ConditionRecorded(patient.id, patient.ward_id, condition.id))
    else:
        condition = await _added(work, patient, said, mark=mark)
    condition.source_seen = seen
    return condition


async def _added(
    work: Work, patient: Patient, said: ConditionSaid, *, mark: bytes | None = None
) -> Condition:
    condition = Condition(id=new_id(), patient_id=patient.id, source_hash=mark)
    condition.recorded_by = work.actor.id
    await _assign(work, condition, said)
    work.add(condition, _MAY)
    work.record(ConditionRecorded(patient.id, patient.ward_id, condition.id))
    return condition


async def _assign(work: Work, condition: Condition, said: ConditionSaid) -> None:
    await work.seal(condition, detail=said.detail)
    condition.kind, condition.clinical, condition.certainty = (
        said.kind,
        said.clinical,
        said.certainty,
    )
    condition.recorded_at = said.recorded_at or work.now
