"""Queries: what was observed, what it scored, and when somebody looks again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, tuple_
from sqlalchemy.orm import aliased

from domain.access import D3, Permission
from domain.fluids import Fluid
from domain.news2 import Band, Result, Scale
from domain.oxygen import Device
from domain.vitals import Absent, Acvpu, Vital
from ward.adt.models import Encounter
from ward.adt.visits import open_encounter
from ward.patients.queries import among
from ward.projections import projection
from ward.vitals import said
from ward.vitals.bedside import FIRST_GRACE, NEW, away
from ward.vitals.children import is_child
from ward.vitals.models import (
    FluidEntry,
    ObservationPlan,
    ObservationSet,
    Readings,
    Scored,
    SetSource,
    SetState,
)
from ward.vitals.said import Said
from ward.work import Work

VIEW = Permission.VIEW_VITALS
STALE_AFTER = timedelta(seconds=60)  # a monitor that has said nothing for so long


@projection(D3)
class SetView:
    """One set of observations as charted; `total` is None where the score is incomplete."""

    id: UUID
    taken_at: datetime
    recorded_at: datetime
    by: UUID | None
    role: str
    source: SetSource
    monitor: str | None
    state: SetState
    values: Mapping[str, Decimal]
    absent: Mapping[str, str]
    consciousness: str | None
    device: str | None
    points: Mapping[str, int]
    total: int | None
    at_least: int
    band: Band | None
    urgency: Band | None
    scored: Scored
    scale: int
    algorithm: str
    note: str | None
    reason: str | None
    replaces_id: UUID | None
    replaced_by_id: UUID | None
    version: int

    @property
    def counts(self) -> bool:
        """Say whether it stands: neither waiting for a nurse nor corrected."""
        return self.state is SetState.FINAL

    @property
    def result(self) -> Result:
        """Give the score again as it was computed."""
        return said.again(self.readings, self.scale, self.scored)

    @property
    def readings(self) -> Readings:
        """Give the readings again as they are stored."""
        return Readings(
            values=dict(self.values),
            absent=dict(self.absent),
            consciousness=self.consciousness,
            device=self.device,
            points=dict(self.points),
            total=self.total,
            at_least=self.at_least,
            note=self.note,
        )


@projection(D3)
class LastSet:
    """The last set that counts, as boards and alerts read it."""

    set_id: UUID
    taken_at: datetime
    result: Result
    before: Result | None


@projection(D3)
class BedsideView:
    """What a nurse at the bedside must know before observing."""

    patient_id: UUID
    encounter_id: UUID | None
    version: int
    scale: Scale
    scale_by: UUID | None
    scale_at: datetime | None
    scale_reason: str | None
    every_minutes: int | None
    last: SetView | None
    before: SetView | None
    due_at: datetime | None
    overdue_at: datetime | None
    paused: bool
    unconfirmed: tuple[SetView, ...]
    now: datetime

    @property
    def unscheduled(self) -> bool:
        """Say whether the patient is in a stay and nobody has said when to look."""
        return self.encounter_id is not None and not self.paused and self.due_at is None

    @property
    def overdue(self) -> bool:
        """Say whether nobody has looked although it was due and the grace is over."""
        return not self.paused and self.overdue_at is not None and self.now >= self.overdue_at


@projection(D3)
class FluidView:
    """One amount that went in or came out."""

    id: UUID
    at: datetime
    kind: Fluid
    ml: int
    by: UUID | None
    role: str
    note: str | None
    voided_at: datetime | None
    void_reason: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Due:
    """When observations of one patient are due; instants, since pictures are drawn later too."""

    due_at: datetime
    overdue_at: datetime
    presumed: bool = False  # nobody has observed yet: an adult is due, a child is not


async def bedside(work: Work, patient_id: UUID) -> BedsideView:
    """Answer: what was observed last of this patient, by which scale, and what is due?"""
    encounter = await open_encounter(work, patient_id)
    plan = (await plans_of(work, [patient_id])).get(patient_id)
    if plan is not None and (encounter is None or plan.encounter_id != encounter.id):
        plan_now: ObservationPlan | None = None  # what was due in another stay is not due now
    else:
        plan_now = plan
    reason = (await work.open([plan], ObservationPlan.scale_reason))[plan.id] if plan else None
    wanted = [one for one in (plan_now.last_id, plan_now.before_id) if one] if plan_now else []
    sets = await _views(work, await _sets(work, wanted))
    due = due_of(encounter, plan_now) if encounter else None
    if due and due.presumed and await is_child(work, patient_id):
        due = None
    return BedsideView(
        patient_id=patient_id,
        encounter_id=encounter.id if encounter else None,
        version=plan.version if plan else NEW,
        scale=Scale(plan.scale) if plan else Scale.ONE,
        scale_by=plan.scale_by if plan else None,
        scale_at=plan.scale_at if plan else None,
        scale_reason=reason,
        every_minutes=plan_now.every_minutes if plan_now else None,
        last=sets.get(plan_now.last_id) if plan_now and plan_now.last_id else None,
        before=sets.get(plan_now.before_id) if plan_now and plan_now.before_id else None,
        due_at=due.due_at if due else None,
        overdue_at=due.overdue_at if due else None,
        paused=encounter is not None and away(encounter),
        unconfirmed=await _unconfirmed(work, patient_id),
        now=work.now,
    )


async def between(work: Work, patient_id: UUID, start: datetime, end: datetime) -> list[SetView]:
    """Answer: what was observed of this patient in this time, oldest first, wrong sets too?"""
    sets = select(ObservationSet).where(
        ObservationSet.patient_id == patient_id,
        ObservationSet.taken_at >= start,
        ObservationSet.taken_at <= end,
    )
    ordered = sets.where(~passed_over()).order_by(ObservationSet.taken_at, ObservationSet.id)
    return list((await _views(work, await work.every(ordered, VIEW))).values())


async def set_of(work: Work, set_id: UUID) -> SetView:
    """Answer: what is this set of observations?"""
    row = await work.access(ObservationSet, set_id, VIEW)
    return (await _views(work, [row]))[row.id]


async def last_of(work: Work, patient_ids: Iterable[UUID]) -> dict[UUID, LastSet]:
    """Answer: what did each of these patients score last, and before that?"""
    plans = await plans_of(work, patient_ids)
    wanted = [one for plan in plans.values() for one in (plan.last_id, plan.before_id) if one]
    rows = {row.id: row for row in await _sets(work, wanted)}
    opened: dict[UUID, Readings] = await work.open(rows.values(), ObservationSet.readings)

    def result(one: UUID | None) -> Result | None:
        row = rows.get(one) if one else None
        return said.again(opened[row.id], row.scale, row.scored) if row else None

    found = {}
    for patient, plan in plans.items():
        last = result(plan.last_id)
        if plan.last_id and last:
            at = rows[plan.last_id].taken_at
            found[patient] = LastSet(plan.last_id, at, last, result(plan.before_id))
    return found


async def fluids(work: Work, patient_id: UUID, start: datetime, end: datetime) -> list[FluidView]:
    """Answer: what went in and came out in this time, oldest first?"""
    entries = select(FluidEntry).where(
        FluidEntry.patient_id == patient_id, FluidEntry.at >= start, FluidEntry.at < end
    )
    rows = await work.every(entries.order_by(FluidEntry.at, FluidEntry.id), VIEW)
    amounts = await work.open(rows, FluidEntry.amount)
    notes = await work.open(rows, FluidEntry.note)
    reasons = await work.open(rows, FluidEntry.void_reason)
    return [
        FluidView(
            id=row.id,
            at=row.at,
            kind=row.kind,
            ml=amounts[row.id],
            by=row.recorded_by,
            role=row.recorded_as,
            note=notes[row.id],
            voided_at=row.voided_at,
            void_reason=reasons[row.id],
            version=row.version,
        )
        for row in rows
    ]


async def plans_of(work: Work, patient_ids: Iterable[UUID]) -> dict[UUID, ObservationPlan]:
    """Answer: by which plan is each of these patients watched? For this module and its answers."""
    plans = await work.every(_PLANS, VIEW, patients=list(patient_ids))
    return {plan.patient_id: plan for plan in plans}


_PLANS = select(ObservationPlan).where(among(ObservationPlan.patient_id, "patients"))
_SETS = select(ObservationSet).where(among(ObservationSet.id, "sets"))


def due_of(encounter: Encounter, plan: ObservationPlan | None) -> Due | None:
    """Say when somebody must look; a patient nobody has observed in this stay is due already.

    That is `presumed`: whoever asks knows whether it is a child, of whom nothing is presumed.
    """
    if plan is not None and plan.encounter_id == encounter.id:
        if plan.due_at is not None and plan.overdue_at is not None:
            return Due(plan.due_at, plan.overdue_at)
        if plan.last_id is not None:
            return None
    since = encounter.admitted_at or encounter.moved_at
    return Due(since, since + FIRST_GRACE, presumed=True)


def said_again(stored: Readings, taken_at: datetime) -> Said:
    """Give stored readings in the form a nurse says them."""
    return Said(
        taken_at=taken_at,
        values={Vital(key): value for key, value in stored.values.items()},
        absent={Vital(key): Absent(why) for key, why in stored.absent.items()},
        consciousness=Acvpu(stored.consciousness) if stored.consciousness else None,
        device=Device(stored.device) if stored.device else None,
        sure=frozenset(Vital(key) for key in stored.values),
        note=stored.note,
    )


async def _unconfirmed(work: Work, patient_id: UUID) -> tuple[SetView, ...]:
    """List what monitors sent last and nobody has confirmed: one set for each monitor."""
    waiting = (
        select(ObservationSet)
        .where(
            ObservationSet.patient_id == patient_id,
            ObservationSet.state == SetState.UNVALIDATED,
            ~passed_over(),
        )
        .order_by(ObservationSet.monitor)
    )
    return tuple((await _views(work, await work.every(waiting, VIEW))).values())


def passed_over() -> ColumnElement[bool]:
    """Say in SQL that a monitor's unconfirmed set is not its newest: no screen shows it.

    A newer one counts whatever became of it: what was before a confirmed set is over.
    """
    newer = aliased(ObservationSet)
    later = exists().where(
        newer.patient_id == ObservationSet.patient_id,
        newer.monitor == ObservationSet.monitor,
        newer.source == SetSource.MONITOR,
        tuple_(newer.taken_at, newer.id) > tuple_(ObservationSet.taken_at, ObservationSet.id),
    )
    return (ObservationSet.state == SetState.UNVALIDATED) & later


async def _sets(work: Work, ids: Sequence[UUID]) -> list[ObservationSet]:
    if not ids:
        return []
    return await work.every(_SETS, VIEW, sets=list(ids))


async def _views(work: Work, rows: Sequence[ObservationSet]) -> dict[UUID, SetView]:
    opened: dict[UUID, Readings] = await work.open(rows, ObservationSet.readings)
    reasons: dict[UUID, str | None] = await work.open(rows, ObservationSet.reason)
    replaced = {row.replaces_id: row.id for row in rows if row.replaces_id}
    return {
        row.id: _view(row, opened[row.id], reasons[row.id], replaced.get(row.id)) for row in rows
    }


def _view(row: ObservationSet, read: Readings, reason: str | None, by: UUID | None) -> SetView:
    return SetView(
        id=row.id,
        taken_at=row.taken_at,
        recorded_at=row.recorded_at,
        by=row.recorded_by,
        role=row.recorded_as,
        source=row.source,
        monitor=row.monitor,
        state=row.state,
        values=read.values,
        absent=read.absent,
        consciousness=read.consciousness,
        device=read.device,
        points=read.points,
        total=read.total,
        at_least=read.at_least,
        band=row.band,
        urgency=row.urgency,
        scored=row.scored,
        scale=row.scale,
        algorithm=row.algorithm,
        note=read.note,
        reason=reason,
        replaces_id=row.replaces_id,
        replaced_by_id=by,
        version=row.version,
    )
