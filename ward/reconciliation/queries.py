"""Queries: what a patient takes at home, and what is still undecided."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from domain.access import D4, Permission
from domain.encounters import OPEN
from domain.reconciliation import WITHIN, Decision, HomeSource, ListState, Stage, is_clean
from ward.adt.models import Encounter
from ward.duty.queries import Person, names
from ward.projections import projection
from ward.reconciliation.models import HomeDecision, HomeDetail, HomeList, HomeMedicine
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS


@projection(D4)
class DecisionView:
    """What was decided at one stage."""

    id: UUID
    stage: Stage
    decision: Decision
    reason: str | None
    by: str | None
    at: datetime


@projection(D4)
class HomeLine:
    """One medicine from home, with what was decided about it."""

    id: UUID
    name: str
    how: str
    told: str
    decisions: tuple[DecisionView | None, ...]  # one for each stage
    version: int


@projection(D4)
class HomeMedicines:
    """The list of one stay; `state` None: nobody has asked yet."""

    state: ListState | None
    items: tuple[HomeLine, ...]
    asked_at: datetime | None
    asked_by: str | None
    due_at: datetime | None  # until when it should be reconciled; None when it is, or no stay
    in_stay: bool


async def of_patients(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, HomeMedicines]:
    """Answer: what do these patients take at home, in the stay they are in?"""
    return await _listed(work, patient_ids, await _stays(work, patient_ids))


async def of_stay(work: Work, encounter: Encounter) -> HomeMedicines:
    """Answer: what was said of medicines from home in this stay, also when it is over?"""
    patient = encounter.patient_id
    return (await _listed(work, [patient], {patient: encounter}))[patient]


async def _listed(
    work: Work, patient_ids: Sequence[UUID], stays: Mapping[UUID, Encounter]
) -> Mapping[UUID, HomeMedicines]:
    here = [one.id for one in stays.values()]
    lists = await work.every(select(HomeList).where(HomeList.encounter_id.in_(here)), VIEW)
    rows = await work.every(_standing(here), VIEW)
    decided = await _decisions(work, [row.id for row in rows])
    users = {row.asked_by for row in lists} | {one.decided_by for one, _ in decided}
    people = await names(work, [one for one in users if one])
    details: dict[UUID, HomeDetail] = await work.open(rows, HomeMedicine.detail)
    lines = {row.id: _line(row, details[row.id], decided, people) for row in rows}
    asked = {one.patient_id: one for one in lists}
    return {
        one: _medicines(
            stays.get(one),
            asked.get(one),
            [(row, lines[row.id]) for row in rows if row.patient_id == one],
            people,
        )
        for one in patient_ids
    }


def _standing(encounters: Sequence[UUID]) -> Select[HomeMedicine]:
    mine = select(HomeMedicine).where(
        HomeMedicine.encounter_id.in_(encounters), HomeMedicine.voided_at.is_(None)
    )
    return mine.order_by(HomeMedicine.id)


async def _stays(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Encounter]:
    open_ones = select(Encounter).where(
        Encounter.patient_id.in_(patient_ids), Encounter.status.in_(OPEN)
    )
    return {one.patient_id: one for one in await work.every(open_ones, VIEW)}


async def _decisions(
    work: Work, medicine_ids: Sequence[UUID]
) -> list[tuple[HomeDecision, str | None]]:
    mine = select(HomeDecision).where(
        HomeDecision.home_medicine_id.in_(medicine_ids), HomeDecision.replaced_at.is_(None)
    )
    rows = await work.every(mine, VIEW)
    reasons = await work.open(rows, HomeDecision.reason)
    return [(row, reasons[row.id]) for row in rows]


def _line(
    row: HomeMedicine,
    detail: HomeDetail,
    decided: Sequence[tuple[HomeDecision, str | None]],
    people: Mapping[UUID, Person],
) -> HomeLine:
    mine = {one.stage: _view(one, why, people) for one, why in decided if _is_of(one, row)}
    how = ", ".join(part for part in (detail.dose, detail.often, detail.indication) if part)
    return HomeLine(
        id=row.id,
        name=detail.name,
        how=how,
        told=_told(row.source, detail),
        decisions=tuple(mine.get(stage) for stage in Stage),
        version=row.version,
    )


def _is_of(decision: HomeDecision, row: HomeMedicine) -> bool:
    return decision.home_medicine_id == row.id


def _told(source: HomeSource, detail: HomeDetail) -> str:
    last = f". Last taken {detail.last_taken}" if detail.last_taken else ""
    return f"{source.word}{last}{f'. {detail.note}' if detail.note else ''}"


def _view(one: HomeDecision, why: str | None, people: Mapping[UUID, Person]) -> DecisionView:
    return DecisionView(
        one.id, one.stage, one.decision, why, _called(people, one.decided_by), one.decided_at
    )


def _called(people: Mapping[UUID, Person], user_id: UUID | None) -> str | None:
    return people[user_id].name if user_id is not None and user_id in people else None


def _medicines(
    stay: Encounter | None,
    asked: HomeList | None,
    mine: Sequence[tuple[HomeMedicine, HomeLine]],
    people: Mapping[UUID, Person],
) -> HomeMedicines:
    admission = list(Stage).index(Stage.ADMISSION)
    decided = [row.id for row, line in mine if line.decisions[admission]]
    done = asked is not None and is_clean([row.id for row, _ in mine], decided)
    begun = stay.admitted_at if stay else None
    return HomeMedicines(
        state=asked.state if asked else None,
        items=tuple(line for _, line in mine),
        asked_at=asked.asked_at if asked else None,
        asked_by=_called(people, asked.asked_by) if asked else None,
        due_at=begun + WITHIN if begun and not done else None,
        in_stay=stay is not None,
    )


async def asked_in(work: Work, encounter_ids: Sequence[UUID]) -> set[UUID]:
    """Answer: in which of these stays has somebody asked what the patient takes at home?"""
    theirs = select(HomeList).where(HomeList.encounter_id.in_(encounter_ids))
    return {row.encounter_id for row in await work.every(theirs, VIEW)}


async def undecided(work: Work, encounter_id: UUID, stage: Stage) -> list[str]:
    """Answer: about which medicines of this stay has nobody decided at this stage?"""
    rows = await work.every(_standing([encounter_id]), VIEW)
    decided = await _decisions(work, [row.id for row in rows])
    there = {one.home_medicine_id for one, _ in decided if one.stage is stage}
    left = [row for row in rows if row.id not in there]
    details: dict[UUID, HomeDetail] = await work.open(left, HomeMedicine.detail)
    return [details[row.id].name for row in left]
