"""Answers: what the bed card and the chart learn from alerts."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.access import D3, Permission
from domain.alerts import AlertState, Tier
from domain.discharge import Answer, Item
from ward.adt.queries import patients_in
from ward.adt.questions import RecordCheck, before_discharge
from ward.adt.whose import whose
from ward.alerts import queries
from ward.alerts.models import Alert
from ward.alerts.queries import AlertCard, Stories
from ward.ask import once
from ward.beds.parts import counts
from ward.beds.questions import on_the_card
from ward.patients.questions import on_the_summary
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_ALERTS
FIRST = 100  # before every score: somebody is being called

counts("alerts", "Alerts", "alert", tone="critical", icon="bell")


@projection(D3)
class Calls:
    """What stands for who lies in a bed: whom it calls, and what must be done now."""

    marks: tuple[str, ...]
    act: str | None
    rank: int
    for_users: tuple[UUID, ...]


@projection(D3)
class AlertChip:
    """An alert as a chip of the bed card: who is going, or that nobody is."""

    code: str
    label: str
    tone: str


@on_the_card.answer("calls", VIEW)
async def calls(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Calls]:
    """Answer what calls for somebody at each bed."""
    return {bed: _calls(cards) for bed, cards in (await _by_bed(work, bed_ids)).items()}


@on_the_card.answer("flags_alerts", VIEW)
async def chips(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, list[AlertChip]]:
    """Answer the chips: a critical alert that nobody has, and who is going."""
    return {
        bed: [chip for card in cards if (chip := _chip(card))]
        for bed, cards in (await _by_bed(work, bed_ids)).items()
    }


@on_the_summary.answer("alerts", VIEW)
async def panel(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Stories]:
    """Answer what called for each patient, and what became of it."""
    return {one: await queries.stories_of(work, one) for one in patient_ids}


@before_discharge.answer("alerts", VIEW)
async def critical(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, list[RecordCheck]]:
    """Answer which alerts stand that call at once, whether or not somebody has them."""
    patients = await whose(work, encounters, VIEW)
    standing = await queries.standing_of(work, sorted(set(patients.values())))
    loud = [row for row in standing if row.tier == Tier.NOW]
    said: dict[UUID, str] = await work.open(loud, Alert.what)
    found = {}
    for one, patient in patients.items():
        what = tuple(said[row.id] for row in loud if row.patient_id == patient)
        open_or_not = Answer.NOT_DONE if what else Answer.DONE
        link = f"/patients/{patient}#alerts"
        found[one] = [RecordCheck(Item.NO_CRITICAL_ALERT, open_or_not, what, link)]
    return found


async def _by_bed(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, list[AlertCard]]:
    return await once(work, ("alerts", *bed_ids), lambda: _read(work, bed_ids))


async def _read(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, list[AlertCard]]:
    lying = await patients_in(work, bed_ids)
    rows = await queries.standing_of(work, list(lying.values())) if lying else []
    drawn = await queries.cards(work, rows)
    found: dict[UUID, list[AlertCard]] = {}
    for bed, patient in lying.items():
        if mine := [drawn[row.id] for row in rows if row.patient_id == patient]:
            found[bed] = mine
    return found


def _calls(cards: Sequence[AlertCard]) -> Calls:
    loud = [card for card in cards if card.state is AlertState.OPEN and card.tier is Tier.NOW]
    users = {user for card in cards for user in card.for_users}
    return Calls(
        marks=("alert",),
        act=f"{loud[0].called.word} called: {loud[0].cause.word}" if loud else None,
        rank=FIRST,
        for_users=tuple(sorted(users)),
    )


def _chip(card: AlertCard) -> AlertChip | None:
    if card.state is AlertState.ACCEPTED and card.owner:
        return AlertChip("alert", f"{card.owner.split()[0]} is going", "info")
    if card.tier is Tier.NOW:
        return AlertChip("alert", f"Nobody has it: {card.called.word}", "critical")
    return None
