"""As required: a dose that nobody planned, given when the patient needs it and the limits allow."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain import prn
from domain.access import D4
from domain.amounts import Amount
from domain.display import minute_after
from domain.doses import Event
from domain.errors import NotAllowed
from domain.formulary import Unit, write
from ward.medications import give, ingredients, occasion
from ward.medications.legible import limits_of
from ward.medications.models import MedicationAdministration
from ward.medications.occasion import Occasion
from ward.medications.said import GivenSaid
from ward.projections import projection
from ward.work import Work

NEEDED = "As required for what? Say why it is given now."


@projection(D4)
class Room:
    """How much of a medicine as required there is room for now; instants, never ages."""

    request_id: UUID
    allowed: bool
    sentence: str
    last_at: datetime | None
    next_at: datetime | None
    used: str
    limit: str
    count: int
    warnings: tuple[str, ...]


async def give_as_required(
    work: Work, request_id: UUID, said: GivenSaid, *, revision: int
) -> MedicationAdministration:
    """Record a dose as required; the minimum interval and the maximum of its ingredients hold.

    The patient is locked: of two doses of one ingredient at once, out of whatever orders, one
    is given and the other is told how long to wait.
    """
    found = await occasion.of_order(work, request_id, lock=True)
    if not said.why.strip():
        raise NotAllowed(NEEDED, "prn.why")
    judged = await give.judge(work, found, said, revision)
    if judged.at < work.now:  # written down later: the 24 hours before it count
        patient_id, drug = found.held.patient.id, found.line.drug
        had = await ingredients.taken(work, patient_id, drug, judged.at)
        found = replace(found, taken=had)
    if judged.told is None:
        for answer in answers(found, judged.amount, judged.at):
            prn.check(answer)
    event = Event.GIVE_PARTLY if judged.partly else Event.GIVE
    return await give.put(work, found, said, judged, give.move(found, event, judged))


def answers(found: Occasion, amount: Amount, at: datetime) -> list[prn.Answer]:
    """Ask the limits of every order that has the ingredient, this one's first."""
    own = limits_of(found.line.detail)
    others = [one for one in found.taken.limits if one != own]
    return [
        prn.ask(at, amount, one, found.taken.history, regular_at=found.taken.regular_at)
        for one in (own, *others)
        if one is own or not one.none
    ]


def room(found: Occasion, at: datetime) -> Room:
    """Say what the panel of an order as required shows."""
    own = limits_of(found.line.detail)
    asked = answers(found, found.ordered, at)
    refused = next((one for one in asked if not one.allowed), None)
    shown, most = asked[0], own.max_24h
    unit = most.unit if most else found.ordered.unit
    instants = [one.next_at for one in asked if one.next_at]
    return Room(
        request_id=found.line.request.id,
        allowed=refused is None,
        sentence=refused.sentence if refused else "",
        last_at=max((one.at for one in found.taken.history), default=None),
        next_at=minute_after(max(instants)) if len(instants) == len(asked) and instants else None,
        used=_used(shown.used, unit) if most else f"{shown.count} doses",
        limit=_limit(own, unit),
        count=shown.count,
        warnings=tuple(dict.fromkeys(text for one in asked for text in one.warnings)),
    )


def _used(used: Decimal, unit: Unit) -> str:
    return write(used, unit)


def _limit(own: prn.Limits, unit: Unit) -> str:
    if own.max_24h is not None:
        return write(own.max_24h.to(unit).value, unit)
    return f"{own.max_count} doses" if own.max_count else ""
