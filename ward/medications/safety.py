"""Safety: what stands against giving a dose today, although it was ordered rightly once.

The rules are asked again with the allergies, the orders and the observations of this moment. What
nobody has answered for stops the dose at the bedside; only a prescriber can change the order.
"""

from dataclasses import dataclass
from uuid import UUID

from domain.decisions import Finding
from domain.display import time_of
from domain.doses import Guard
from domain.errors import NotAllowed
from domain.orders import OrderSource, RequestPriority, RequestStatus
from domain.prescribing import Tier
from ward.medications import line as orders
from ward.medications import overrides, prescribe, review
from ward.medications.held import Held
from ward.medications.ingredients import VIEW
from ward.medications.line import Line
from ward.medications.models import MedicationChange
from ward.medications.occasion import SOMEBODY, Occasion, who
from ward.medications.overrides import OverrideView
from ward.medications.words import dose_words
from ward.work import Work

WITHHELD = "The prescriber withholds this medicine. Do not give it."
MISSED = "This dose is missed: the next one is due. Say why it was not given."


@dataclass(frozen=True, slots=True)
class Against:
    """What stops a dose, and what somebody answered for and is shown beside it."""

    stops: tuple[Finding, ...]
    answered: tuple[OverrideView, ...]


async def against(work: Work, held: Held, line: Line) -> Against:
    """Ask the rules again; a reason that was given for one of two orders counts for both."""
    findings = await prescribe.check(work, held, line.detail, id=line.request.id)
    standing = await orders.lines(work, held.patient.id, VIEW)
    kept = await overrides.of_requests(work, [one.request.id for one in standing])
    said = {(one.rule, one.about) for views in kept.values() for one in views}
    stops = tuple(
        finding
        for finding in findings
        if finding.tier is Tier.STOP
        or (finding.tier is Tier.REASON and (finding.rule, finding.about) not in said)
    )
    return Against(stops, tuple(kept.get(line.request.id, ())))


def refuse_stops(against: Against) -> None:
    """Refuse what a warning forbids, with its sentence."""
    for finding in against.stops:
        raise NotAllowed(
            f"{finding.sentence} Do not give it; say why, and tell the prescriber.",
            f"dose.{Guard.NO_HARD_STOP.value}",
        )


async def refuse_order(work: Work, found: Occasion) -> None:
    """Refuse while the order is withheld, changed and not read, or not verified."""
    request = found.line.request
    await refuse_changed(work, found.held, request.id)
    if request.status is RequestStatus.ON_HOLD:
        raise NotAllowed(WITHHELD, "dose.held")
    if not verified(work, found):
        raise NotAllowed(Guard.ORDER_VERIFIED.sentence, f"dose.{Guard.ORDER_VERIFIED.value}")


def verified(work: Work, found: Occasion) -> bool:
    """Tell whether a dose may be given: verified, or an exception.

    At once, as said, and while no pharmacist is there (MAR rules, section 1).
    """
    request, pharmacy = found.line.request, found.held.settings.pharmacy
    if request.verified_at is not None:
        return True
    cannot_wait = request.priority is RequestPriority.STAT or request.source is OrderSource.VERBAL
    return cannot_wait or not pharmacy.open_at(work.now.astimezone(found.held.zone))


async def refuse_changed(work: Work, held: Held, request_id: UUID) -> None:
    """Refuse while a change waits to be read, with who changed what and when."""
    waiting = await review.unread(work, request_id)
    if not waiting:
        return
    change = waiting[0]
    by, at = await who(work, change.by), time_of(change.at, held.zone)
    what = await _what(work, change)
    raise NotAllowed(
        f"Prescription changed {at} by {by if by != SOMEBODY else 'another system'}{what}. "
        "Review the change before you record a dose.",
        "dose.changed",
    )


async def _what(work: Work, change: MedicationChange) -> str:
    detail = (await work.open([change], MedicationChange.detail))[change.id]
    if detail is None or detail.was is None or detail.now is None:
        return ""
    before, after = dose_words(detail.was), dose_words(detail.now)
    return f": {before} to {after}" if before != after else ""
