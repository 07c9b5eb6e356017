"""Answers: what is to be given, on the bed card, the roster, the chart and the way home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, and_, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import D4, Permission
from domain.discharge import Answer, Item
from domain.doses import Status
from domain.orders import STANDING, CriticalDose, RequestStatus
from ward.adt.queries import patients_in
from ward.adt.questions import OrderCheck, before_discharge
from ward.ask import once
from ward.beds.parts import counts
from ward.beds.questions import on_the_card
from ward.duty.questions import Load, Loads, on_the_roster
from ward.medications import summary
from ward.medications.line import Line, selected
from ward.medications.models import MedicationRequest, ScheduledDose
from ward.medications.summary import MedicinesPanel
from ward.patients.queries import among
from ward.patients.questions import on_the_summary
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
OVERDUE = "meds-overdue"
AHEAD = timedelta(hours=24)  # what is due later is no news on a card
#: How a time-critical dose that is overdue ranks among early warning scores: as high as 6.
#: Engineering default.
RANK = 6
#: Written out, so that the partial index of untouched doses is used by a generic plan.
UNTOUCHED = text("scheduled_dose.status = 'planned'")
counts("meds-overdue", "Meds overdue", OVERDUE, tone="critical", icon="pill")


@projection(D4)
class DueMeds:
    """When the next medicine of who lies in a bed is due, or since when one is overdue."""

    label: str
    at: datetime
    late: bool
    marks: tuple[str, ...]
    act: str | None
    rank: int


Waits = tuple[ScheduledDose, MedicationRequest]


@dataclass(frozen=True, slots=True)
class Owed:
    """What is to be given to one patient: what is overdue, and what comes next."""

    overdue: tuple[ScheduledDose, ...]
    critical: bool  # one of them where minutes matter
    next: ScheduledDose


@on_the_card.answer("due_meds", VIEW)
async def due_meds(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, DueMeds]:
    """Answer what is due or overdue for who lies there; the ward is read by one statement."""
    return {bed: _due(owed) for bed, owed in (await _owed_in(work, bed_ids)).items()}


@on_the_roster.answer("meds", VIEW)
async def load(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Loads]:
    """Answer how many doses are overdue in each bed."""
    return {
        bed: Loads((Load(OVERDUE, "meds overdue", len(owed.overdue), 1, "warning"),))
        for bed, owed in (await _owed_in(work, bed_ids)).items()
        if owed.overdue
    }


@on_the_summary.answer("medicines", VIEW)
async def medicines(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, MedicinesPanel]:
    """Answer what is due, what comes next, and what was given as required."""
    return await summary.panels(work, patient_ids)


@before_discharge.answer("due_doses", VIEW)
async def due_doses(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, list[OrderCheck]]:
    """Answer what is still to be given, or still runs, and what ends when the patient goes."""
    owed = and_(
        UNTOUCHED,
        ScheduledDose.opens_at <= work.now,
        or_(ScheduledDose.next_at.is_(None), ScheduledDose.next_at > work.now),
        MedicationRequest.status == RequestStatus.ACTIVE,
    )
    runs = ScheduledDose.status.in_((Status.RUNNING, Status.PAUSED))
    of = select(ScheduledDose.request_id).where(or_(owed, runs))
    ordered = select(MedicationRequest).where(
        among(MedicationRequest.encounter_id, encounters), MedicationRequest.status.in_(STANDING)
    )
    listed = await selected(work, ordered.order_by(MedicationRequest.id), VIEW)
    due = of.join(MedicationRequest, _OF_ITS_ORDER).where(
        among(MedicationRequest.encounter_id, encounters)
    )
    waiting = select(MedicationRequest).where(MedicationRequest.id.in_(due))
    owing = await selected(work, waiting.order_by(MedicationRequest.id), VIEW)
    return {one: _before_leaving(one, owing, listed) for one in encounters}


def _before_leaving(
    encounter: UUID, owing: Sequence[Line], listed: Sequence[Line]
) -> list[OrderCheck]:
    due = [one for one in owing if one.request.encounter_id == encounter]
    stand = [one for one in listed if one.request.encounter_id == encounter]
    return [_open(Item.NO_DUE_DOSES, due), _open(Item.NO_MEDICINES, stand)]


def _open(item: Item, lines: Sequence[Line]) -> OrderCheck:
    if not lines:
        return OrderCheck(item, Answer.DONE)
    link = f"/patients/{lines[0].request.patient_id}/medications"
    return OrderCheck(item, Answer.NOT_DONE, tuple(one.words.plain for one in lines), link)


async def _owed_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, Owed]:
    lying = await patients_in(work, bed_ids)
    patients = sorted(lying.values())
    found = await once(work, ("meds", *patients), lambda: owed_to(work, patients))
    return {bed: found[patient] for bed, patient in lying.items() if patient in found}


async def owed_to(work: Work, patients: Sequence[UUID]) -> dict[UUID, Owed]:
    """Answer: what is overdue for each of these patients, and what comes next?"""
    if not patients:
        return {}
    given = {"patients": list(patients), "now": work.now, "ahead": work.now + AHEAD}
    by_patient: dict[UUID, list[Waits]] = {}
    for dose, order in await work.every(_OWED, VIEW, **given):
        by_patient.setdefault(dose.patient_id, []).append((dose, order))
    return {one: _owed(mine, work.now) for one, mine in by_patient.items()}


_NOW, _AHEAD = (bindparam(name, type_=DateTime(timezone=True)) for name in ("now", "ahead"))
_WAITING = and_(
    among(ScheduledDose.patient_id, "patients"),
    UNTOUCHED,
    ScheduledDose.due_at < _AHEAD,
    or_(ScheduledDose.next_at.is_(None), ScheduledDose.next_at > _NOW),
    MedicationRequest.status == RequestStatus.ACTIVE,
)
_OF_ITS_ORDER = MedicationRequest.id == ScheduledDose.request_id
_FIRST = (
    select(ScheduledDose.id)
    .ext(distinct_on(ScheduledDose.patient_id))
    .join(MedicationRequest, _OF_ITS_ORDER)
    .where(_WAITING)
    .order_by(ScheduledDose.patient_id, ScheduledDose.due_at, ScheduledDose.id)
)
# What is overdue of all these patients, and of each what comes first, with its order.
_OWED = (
    select(ScheduledDose, MedicationRequest)
    .join(MedicationRequest, _OF_ITS_ORDER)
    .where(_WAITING, or_(ScheduledDose.closes_at < _NOW, ScheduledDose.id.in_(_FIRST)))
    .order_by(ScheduledDose.due_at, ScheduledDose.id)
)


def _owed(waiting: Sequence[Waits], now: datetime) -> Owed:
    late = [(dose, order) for dose, order in waiting if dose.closes_at < now]
    critical = any(order.timing is CriticalDose.TIME_CRITICAL for _, order in late)
    return Owed(tuple(dose for dose, _ in late), critical, waiting[0][0])


def _due(owed: Owed) -> DueMeds:
    late = bool(owed.overdue)
    return DueMeds(
        label="Meds",
        at=(owed.overdue[0] if late else owed.next).due_at,
        late=late,
        marks=(OVERDUE,) if late else (),
        act="Meds overdue" if owed.critical else None,
        rank=RANK,
    )
