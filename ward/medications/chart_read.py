"""Reading: the rows a medicines chart is drawn from, each kind by one statement.

Only what is written on the chart is opened: of the days beside the selected one that is a count,
so their amounts stay sealed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.access import Permission
from domain.doses import Status
from domain.orders import STANDING, Act
from domain.prescribing import Context, Sensitivity
from ward.db import Model
from ward.duty import queries as duty
from ward.duty.queries import Person
from ward.medications.chart_days import DAY, Days
from ward.medications.claims import Claim, open_claims
from ward.medications.details import Changed, GivenAmount, GivenDetail, Overridden, Pumped
from ward.medications.line import Line, selected
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
    lines = await selected(work, _orders(patient.id, days), VIEW)
    ids = [line.request.id for line in lines]
    standing = [line.request.id for line in lines if line.request.status.stands]
    due = _doses(patient.id, days, standing, work.now)
    doses = await _rows(work, ScheduledDose, due, ScheduledDose.due_at)
    kind = MedicationAdministration
    given = await _rows(work, kind, _administrations(patient.id, days), kind.occurred_at)
    told = and_(among(MedicationChange.request_id, ids), MedicationChange.act.in_(TOLD))
    changes = await _rows(work, MedicationChange, told, MedicationChange.at)
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
        said=await work.open(_told(given, days), kind.detail),
        changes=_grouped(changes, "request_id"),
        changed=await work.open(changes, MedicationChange.detail),
        overrides=overrides,
        pumps=await _pumps(work, [one.id for one in given if one.status in ON_A_PUMP]),
        missing=_grouped(await _missing(work, patient.id), "request_id"),
        claims=await open_claims(work, patient.id),
        people=await _people(work, given, changes, answered),
        context=await _context(work, patient),
    )


def _orders(patient_id: UUID, days: Days) -> Select[MedicationRequest]:
    """Select what stands, and what ended within the days that are shown."""
    shown = or_(MedicationRequest.status.in_(STANDING), MedicationRequest.ended_at >= days.start)
    mine = select(MedicationRequest).where(MedicationRequest.patient_id == patient_id, shown)
    return mine.order_by(MedicationRequest.id)


def _doses(
    patient_id: UUID, days: Days, standing: Sequence[UUID], now: datetime
) -> ColumnElement[bool]:
    """Select the doses of the days, and older ones that are still owed or still running."""
    owed = and_(
        ScheduledDose.status == Status.PLANNED,
        or_(ScheduledDose.next_at.is_(None), ScheduledDose.next_at > now),
        among(ScheduledDose.request_id, standing),
    )
    return and_(
        ScheduledDose.patient_id == patient_id,
        ScheduledDose.due_at < days.end,
        ScheduledDose.status.not_in(NEVER_SHOWN),
        or_(ScheduledDose.due_at >= days.start, owed, ScheduledDose.status.in_(ON_A_PUMP)),
    )


def _administrations(patient_id: UUID, days: Days) -> ColumnElement[bool]:
    """Select what was done in these days, or is still running; what was wrong does not count."""
    return and_(
        MedicationAdministration.patient_id == patient_id,
        MedicationAdministration.voided_at.is_(None),
        or_(
            MedicationAdministration.occurred_at >= days.start,
            MedicationAdministration.status.in_(ON_A_PUMP),
        ),
    )


async def _rows(
    work: Work, kind: type[M], which: ColumnElement[bool], order: InstrumentedAttribute[datetime]
) -> list[M]:
    return await work.every(select(kind).where(which).order_by(order, kind.id), VIEW)


async def _missing(work: Work, patient_id: UUID) -> list[MissingDose]:
    waits = and_(
        MissingDose.patient_id == patient_id,
        MissingDose.state.in_([one for one in MissingState if one.open]),
    )
    return await _rows(work, MissingDose, waits, MissingDose.asked_at)


async def _overrides(
    work: Work, ids: Sequence[UUID]
) -> dict[UUID, list[tuple[RuleOverride, Overridden]]]:
    rows = await _rows(work, RuleOverride, among(RuleOverride.request_id, ids), RuleOverride.at)
    said: dict[UUID, Overridden] = await work.open(rows, RuleOverride.said)
    grouped = _grouped(rows, "request_id")
    return {key: [(row, said[row.id]) for row in mine] for key, mine in grouped.items()}


async def _pumps(
    work: Work, running: Sequence[UUID]
) -> dict[UUID, list[tuple[InfusionStep, Pumped]]]:
    if not running:
        return {}
    which = among(InfusionStep.administration_id, running)
    rows = await _rows(work, InfusionStep, which, InfusionStep.at)
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
        allergies=tuple(Sensitivity(item, category=row.category) for row, item in found),
    )
