"""Reading: the rows a medicines chart is drawn from, each kind by one statement.

Only what is written on the chart is opened: of the days beside the selected one that is a count,
so their amounts stay sealed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Uuid, and_, bindparam, or_, select

from domain.access import Permission
from domain.doses import Status
from domain.orders import STANDING, Act
from domain.prescribing import Context
from ward.db import Model
from ward.duty import queries as duty
from ward.duty.queries import Person
from ward.medications.chart_days import DAY, Days
from ward.medications.claims import Claim, open_claims
from ward.medications.context import sensitivity
from ward.medications.details import Changed, GivenAmount, GivenDetail, Overridden, Pumped
from ward.medications.line import Line, opened
from ward.medications.models import (
    InfusionStep,
    MedicationAdministration,
    MedicationChange,
    MedicationRequest,
    RuleOverride,
    ScheduledDose,
)
from ward.medications.stock import MissingDose, MissingState
from ward.patients.models import Patient
from ward.patients.queries import allergies_of, among, state_of
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
NEVER_SHOWN = (Status.CANCELLED, Status.ENTERED_IN_ERROR)
ON_A_PUMP = (Status.RUNNING, Status.PAUSED)
TOLD = (Act.CHANGE, Act.HOLD, Act.STOP, Act.CANCEL)  # acts whose reason stands on the chart
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of the medicines of one patient over some days."""

    now: datetime
    days: Days
    lines: Sequence[Line]
    doses: dict[UUID, list[ScheduledDose]]  # by order
    amounts: dict[UUID, GivenAmount]  # by dose, where the chart writes it
    given: dict[UUID, MedicationAdministration]  # by dose
    loose: dict[UUID, list[MedicationAdministration]]  # by order: those without a dose
    said: dict[UUID, GivenDetail]  # by administration
    changes: dict[UUID, list[MedicationChange]]  # by order, oldest first
    changed: dict[UUID, Changed]  # by change
    overrides: dict[UUID, list[tuple[RuleOverride, Overridden]]]  # by order
    pumps: dict[UUID, list[tuple[InfusionStep, Pumped]]]  # by administration
    missing: dict[UUID, list[MissingDose]]  # by order: what the ward waits for
    claims: list[Claim]
    people: dict[UUID, Person]
    context: Context  # the allergies of now, for the rules

    def who(self, user_id: UUID | None) -> str:
        """Name a member of staff; nobody's name for eyes that may not see them."""
        return self.people[user_id].name if user_id in self.people else ""

    def initials(self, user_id: UUID | None) -> str:
        """Give a member of staff's initials, as a cell does."""
        return self.people[user_id].initials if user_id in self.people else ""


async def read(work: Work, patient: Patient, days: Days) -> Rows:
    """Read what the chart of these days shows."""
    of, start = patient.id, days.start
    lines = await opened(work, await work.every(_ORDERS, VIEW, patient=of, start=start))
    ids = [line.request.id for line in lines]
    standing = [line.request.id for line in lines if line.request.status.stands]
    doses = await work.every(
        _DOSES, VIEW, patient=of, start=start, end=days.end, now=work.now, standing=standing
    )
    given = await work.every(_GIVEN, VIEW, patient=of, start=start)
    changes = await work.every(_CHANGES, VIEW, orders=ids)
    overrides = await _overrides(work, ids)
    answered = [row for rows in overrides.values() for row, _ in rows]
    return Rows(
        now=work.now,
        days=days,
        lines=lines,
        doses=_grouped(doses, "request_id"),
        amounts=await work.open(_written(doses, days), ScheduledDose.amount),
        given={one.dose_id: one for one in given if one.dose_id},
        loose=_grouped([one for one in given if one.dose_id is None], "request_id"),
        said=await work.open(_told(given, days), MedicationAdministration.detail),
        changes=_grouped(changes, "request_id"),
        changed=await work.open(changes, MedicationChange.detail),
        overrides=overrides,
        pumps=await _pumps(work, [one.id for one in given if one.status in ON_A_PUMP]),
        missing=_grouped(await work.every(_MISSING, VIEW, patient=of), "request_id"),
        claims=await open_claims(work, patient.id),
        people=await _people(work, given, changes, answered),
        context=await _context(work, patient),
    )


# ------------------------------------------------------------- statements, each made only once

_PATIENT = bindparam("patient", type_=Uuid)
_START, _END, _NOW = (
    bindparam(name, type_=DateTime(timezone=True)) for name in ("start", "end", "now")
)
# What stands, and what ended within the days that are shown.
_ORDERS = (
    select(MedicationRequest)
    .where(
        MedicationRequest.patient_id == _PATIENT,
        or_(MedicationRequest.status.in_(STANDING), MedicationRequest.ended_at >= _START),
    )
    .order_by(MedicationRequest.id)
)
# The doses of the days, and older ones that are still owed or still running.
_DOSES = (
    select(ScheduledDose)
    .where(
        ScheduledDose.patient_id == _PATIENT,
        ScheduledDose.due_at < _END,
        ScheduledDose.status.not_in(NEVER_SHOWN),
        or_(
            ScheduledDose.due_at >= _START,
            ScheduledDose.status.in_(ON_A_PUMP),
            and_(
                ScheduledDose.status == Status.PLANNED,
                or_(ScheduledDose.next_at.is_(None), ScheduledDose.next_at > _NOW),
                among(ScheduledDose.request_id, "standing"),
            ),
        ),
    )
    .order_by(ScheduledDose.due_at, ScheduledDose.id)
)
# What was done in these days, or is still running; what was wrong does not count.
_GIVEN = (
    select(MedicationAdministration)
    .where(
        MedicationAdministration.patient_id == _PATIENT,
        MedicationAdministration.voided_at.is_(None),
        or_(
            MedicationAdministration.occurred_at >= _START,
            MedicationAdministration.status.in_(ON_A_PUMP),
        ),
    )
    .order_by(MedicationAdministration.occurred_at, MedicationAdministration.id)
)
_CHANGES = (
    select(MedicationChange)
    .where(among(MedicationChange.request_id, "orders"), MedicationChange.act.in_(TOLD))
    .order_by(MedicationChange.at, MedicationChange.id)
)
_OVERRIDES = (
    select(RuleOverride)
    .where(among(RuleOverride.request_id, "orders"))
    .order_by(RuleOverride.at, RuleOverride.id)
)
_STEPS = (
    select(InfusionStep)
    .where(among(InfusionStep.administration_id, "running"))
    .order_by(InfusionStep.at, InfusionStep.id)
)
_MISSING = (
    select(MissingDose)
    .where(
        MissingDose.patient_id == _PATIENT,
        MissingDose.state.in_([one for one in MissingState if one.open]),
    )
    .order_by(MissingDose.asked_at)
)


async def _overrides(
    work: Work, ids: Sequence[UUID]
) -> dict[UUID, list[tuple[RuleOverride, Overridden]]]:
    rows = await work.every(_OVERRIDES, VIEW, orders=ids)
    said: dict[UUID, Overridden] = await work.open(rows, RuleOverride.said)
    grouped = _grouped(rows, "request_id")
    return {key: [(row, said[row.id]) for row in mine] for key, mine in grouped.items()}


async def _pumps(
    work: Work, running: Sequence[UUID]
) -> dict[UUID, list[tuple[InfusionStep, Pumped]]]:
    if not running:
        return {}
    rows = await work.every(_STEPS, VIEW, running=running)
    said: dict[UUID, Pumped] = await work.open(rows, InfusionStep.pumped)
    grouped = _grouped(rows, "administration_id")
    return {key: [(row, said[row.id]) for row in mine] for key, mine in grouped.items()}


def _written(doses: Iterable[ScheduledDose], days: Days) -> list[ScheduledDose]:
    """Choose the doses whose amount the chart writes: those in hours, and those still to do."""
    return [
        dose
        for dose in doses
        if days.of(dose.due_at) == days.selected or dose.status is Status.PLANNED
    ]


def _told(given: Iterable[MedicationAdministration], days: Days) -> list[MedicationAdministration]:
    """Choose what was done that is told in words; of the days beside, why a dose was not given."""
    return [
        one
        for one in given
        if one.dose_id is None
        or one.status is not Status.GIVEN
        or days.of(one.occurred_at) >= days.selected - DAY
    ]


def _grouped(rows: Iterable[M], by: str) -> dict[UUID, list[M]]:
    found: dict[UUID, list[M]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row)
    return found


async def _people(
    work: Work,
    given: Iterable[MedicationAdministration],
    changes: Iterable[MedicationChange],
    overrides: Iterable[RuleOverride],
) -> dict[UUID, Person]:
    wanted = {one.recorded_by for one in given} | {one.by for one in changes}
    wanted |= {one.by for one in overrides}
    if not work.may(Permission.VIEW_DUTY):
        return {}
    return await duty.names(work, [one for one in wanted if one])


async def _context(work: Work, patient: Patient) -> Context:
    """Give the rules the allergies of now; the rest of a check happens when a dose is given."""
    found = (await allergies_of(work, [patient.id])).get(patient.id, [])
    return Context(
        at=work.now,
        allergy_state=state_of([item for _, item in found], patient.allergy_state),
        allergies=tuple(sensitivity(item, row.category) for row, item in found),
    )
