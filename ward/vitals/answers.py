"""Answers: what the bed card and the chart learn from the bedside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.access import D3, Permission
from domain.news2 import Band, Result
from ward.adt.queries import Lying, lying_in
from ward.ask import once
from ward.beds.parts import counts
from ward.beds.questions import on_the_card
from ward.duty.questions import Load, Loads, on_the_roster
from ward.patients.questions import on_the_summary
from ward.projections import projection
from ward.vitals import queries
from ward.vitals.bedside import away
from ward.vitals.children import children_in
from ward.vitals.models import ObservationPlan
from ward.vitals.queries import BedsideView, LastSet, due_of
from ward.work import Work

VIEW = Permission.VIEW_VITALS
WORRYING = (Band.MEDIUM, Band.HIGH)

counts("news", "NEWS2 5+", "news5", tone="warning", icon="triangle-alert")
counts("obs-overdue", "Obs overdue", "obs-overdue", tone="critical", icon="clock")
counts("obs-due", "Obs due", "obs-due", icon="clock")


@projection(D3)
class News:
    """The score on a bed card; an incomplete one says at least how much it is."""

    score: int
    shown: str
    tone: str | None
    word: str
    trend: str | None
    title: str | None
    marks: tuple[str, ...]
    act: str | None
    rank: int


@projection(D3)
class DueObs:
    """When the next observations are due, on a bed card."""

    label: str
    at: datetime | None  # None: nobody has said how often
    late: bool
    marks: tuple[str, ...]


@on_the_card.answer("news", VIEW)
async def news(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, News]:
    """Answer what who lies there scored last in this stay."""
    lying = await lying_in(work, bed_ids)
    plans = await _plans(work, lying)
    here = {
        bed: patient
        for bed, one in lying.items()
        if (patient := one.stay.patient_id) in plans
        and plans[patient].encounter_id == one.encounter.id
    }
    last = await queries.last_of(work, list(here.values())) if here else {}
    return {bed: _news(last[patient]) for bed, patient in here.items() if patient in last}


@on_the_card.answer("due_obs", VIEW)
async def due_obs(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, DueObs]:
    """Answer when somebody must observe who lies there; nothing while off the ward."""
    lying = await lying_in(work, bed_ids)
    plans = await _plans(work, lying)
    here = {bed: one for bed, one in lying.items() if not away(one.encounter)}
    dues = {bed: due_of(one.encounter, plans.get(one.stay.patient_id)) for bed, one in here.items()}
    presumed = {bed: here[bed] for bed, due in dues.items() if due and due.presumed}
    children = await children_in(work, presumed)
    return {
        bed: _due(None if here[bed].stay.patient_id in children else due, work.now)
        for bed, due in dues.items()
    }


@on_the_roster.answer("news", VIEW)
async def load(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Loads]:
    """Answer how ill who lies there is: what makes most of the work of a nurse."""
    return {
        bed: Loads((Load(f"news-{one.word}", f"NEWS2 {one.word}", 1, one.rank, one.tone),))
        for bed, one in (await news(work, bed_ids)).items()
        if one.marks
    }


@on_the_summary.answer("observations", VIEW)
async def observations(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, BedsideView]:
    """Answer what was observed last, for the panel of the chart."""
    return {one: await queries.bedside(work, one) for one in patient_ids}


async def _plans(work: Work, lying: Mapping[UUID, Lying]) -> dict[UUID, ObservationPlan]:
    if not lying:
        return {}
    patients = sorted(_patients(lying))
    return await once(work, ("plans", *patients), lambda: queries.plans_of(work, patients))


def _patients(lying: Mapping[UUID, Lying]) -> list[UUID]:
    return [one.stay.patient_id for one in lying.values()]


def _news(last: LastSet) -> News:
    result, urgency = last.result, last.result.urgency
    shown = str(result.total) if result.complete else f"≥{result.at_least}"
    word = urgency.word if urgency and result.complete else "incomplete"
    if not result.applicable and not result.emergency:
        shown, word = "–", "not for this patient"
    call = f"NEWS2 {shown} high" if urgency is Band.HIGH else None
    if result.not_recordable:
        shown, word, call = "!", "not recordable", "Not recordable"
    return News(
        score=result.at_least,
        shown=shown,
        tone=urgency.tone if urgency else None,
        word=word,
        trend=_trend(last.before, result),
        title=f"{result.algorithm}, SpO2 scale {result.scale.value}",
        marks=("news5",) if urgency in WORRYING else (),
        act=call,
        rank=result.at_least,
    )


def _trend(before: Result | None, now: Result) -> str | None:
    if before is None or before.total is None or now.total is None or before.total == now.total:
        return None
    return "up" if now.total > before.total else "down"


def _due(due: queries.Due | None, now: datetime) -> DueObs:
    if due is None:
        return DueObs("Obs", None, late=False, marks=())
    late, come = now >= due.overdue_at, now >= due.due_at
    marks = ("obs-overdue", "obs-due") if late else ("obs-due",) if come else ()
    return DueObs("Obs", due.due_at, late, marks)
