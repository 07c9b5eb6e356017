"""Summary: the medicines of a patient in a few lines, for the panel of the chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import D4, Permission
from domain.doses import Status
from domain.formulary import write
from domain.orders import STANDING, OrderKind, RequestStatus
from ward.medications.chart_cells import state
from ward.medications.details import GivenAmount
from ward.medications.line import Line, selected
from ward.medications.models import MedicationAdministration, MedicationRequest, ScheduledDose
from ward.medications.words import dose_words
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Owing:
    """A dose that is to be given: now, or next."""

    drug: str
    dose: str
    due_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A medicine as required, and when it was given last."""

    drug: str
    dose: str
    last_at: datetime | None


@projection(D4)
class MedicinesPanel:
    """What is due now, what comes next, what was given as required."""

    count: int  # orders that stand
    held: int
    now: tuple[Owing, ...]  # due and overdue, the oldest first
    next: tuple[Owing, ...]  # all at the next instant
    asked: tuple[Asked, ...]


async def panels(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, MedicinesPanel]:
    """Answer: what is to be given to these patients, and what have they had as required?"""
    standing = select(MedicationRequest).where(
        among(MedicationRequest.patient_id, patient_ids), MedicationRequest.status.in_(STANDING)
    )
    lines = await selected(work, standing.order_by(MedicationRequest.id), VIEW)
    doses = await _doses(work, lines)
    amounts: dict[UUID, GivenAmount] = await work.open(doses, ScheduledDose.amount)
    last = await _last(work, [line for line in lines if _as_required(line)])
    return {
        one: _panel(
            [line for line in lines if line.request.patient_id == one],
            [dose for dose in doses if dose.patient_id == one],
            amounts,
            last,
            work.now,
        )
        for one in patient_ids
    }


def _as_required(line: Line) -> bool:
    return line.detail.kind is OrderKind.AS_REQUIRED


async def _doses(work: Work, lines: Sequence[Line]) -> list[ScheduledDose]:
    active = [line.request.id for line in lines if line.request.status is RequestStatus.ACTIVE]
    if not active:
        return []
    waiting = select(ScheduledDose).where(
        among(ScheduledDose.request_id, active),
        text("scheduled_dose.status = 'planned'"),
        ScheduledDose.due_at < work.now + AHEAD,
        or_(ScheduledDose.next_at.is_(None), ScheduledDose.next_at > work.now),
    )
    return await work.every(waiting.order_by(ScheduledDose.due_at, ScheduledDose.id), VIEW)


async def _last(work: Work, lines: Sequence[Line]) -> dict[UUID, datetime]:
    """Tell when each order as required was given last."""
    if not lines:
        return {}
    kind = MedicationAdministration
    given = (
        select(kind)
        .where(
            among(kind.request_id, [line.request.id for line in lines]),
            kind.voided_at.is_(None),
            kind.status.in_([status for status in Status if status.went_in]),
        )
        .ext(distinct_on(kind.request_id))
        .order_by(kind.request_id, kind.occurred_at.desc())
    )
    return {row.request_id: row.occurred_at for row in await work.every(given, VIEW)}


def _panel(
    lines: Sequence[Line],
    doses: Sequence[ScheduledDose],
    amounts: Mapping[UUID, GivenAmount],
    last: Mapping[UUID, datetime],
    now: datetime,
) -> MedicinesPanel:
    names = {line.request.id: line.detail.generic for line in lines}
    told = []
    for dose in doses:
        stands, amount = state(dose, RequestStatus.ACTIVE, now), amounts[dose.id]
        said = write(amount.value, amount.unit)
        late = stands is Status.OVERDUE
        told.append((stands, Owing(names[dose.request_id], said, dose.due_at, late)))
    ahead = [one for stands, one in told if stands is Status.PLANNED]
    return MedicinesPanel(
        count=len(lines),
        held=sum(line.request.status is RequestStatus.ON_HOLD for line in lines),
        now=tuple(one for stands, one in told if stands is not Status.PLANNED),
        next=tuple(one for one in ahead if one.due_at == ahead[0].due_at),
        asked=tuple(
            Asked(line.detail.generic, dose_words(line.detail), last.get(line.request.id))
            for line in lines
            if _as_required(line)
        ),
    )
