"""Legible: an order that leaves nobody to guess, and what it says as the rules read it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from domain import prn, schedules, strengths
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.frequencies import DAY, Code, Frequency, Kind
from domain.infusions import Rate, RateUnit, check_limits
from domain.orders import OrderKind, RequestPriority
from domain.prescribing import Circumstance, Order, Rhythm
from domain.prn import Limits
from ward.medications.details import Infused, OrderDetail
from ward.medications.held import Held
from ward.medications.line import drug_of
from ward.medications.models import MedicationRequest
from ward.medications.planning import plan_of
from ward.medications.settings import WardSettings

LONGEST_NAME, LONGEST_TEXT = 200, 500
_ONCE = frozenset({Code.STAT, Code.ONCE})
_RHYTHMS = {
    Kind.DAILY: Rhythm.DAILY,
    Kind.ELAPSED: Rhythm.DAILY,
    Kind.AS_NEEDED: Rhythm.DAILY,
    Kind.WEEKLY: Rhythm.WEEKLY,
    Kind.ONCE: Rhythm.ONCE,
}


def check(request: MedicationRequest, detail: OrderDetail, held: Held) -> None:
    """Refuse an order that leaves open what to give, how much, when or why."""
    _texts(detail)
    _kind(detail)
    if detail.dose <= 0 or (detail.dose_most is not None and detail.dose_most <= detail.dose):
        raise NotAllowed("A dose is more than 0; of a range the second is more.", "order.dose")
    if detail.kind is OrderKind.AS_REQUIRED and Circumstance.IMPORTED not in detail.circumstances:
        most = Amount(detail.dose_most or detail.dose, detail.unit)
        prn.check_order(limits_of(detail), detail.indication, most)
    if detail.infusion is not None:
        _infusion(detail.infusion)
    plan = plan_of(request, detail, held)
    if plan.first.at_once:
        schedules.check_first(plan)
    if detail.kind is not OrderKind.AS_REQUIRED and not schedules.doses(_soon(plan), _far(plan)):
        raise NotAllowed("The order ends before its first dose is due.", "order.no-dose")


def _soon(plan: schedules.Plan) -> schedules.Plan:
    return replace(plan, count=1)


def _far(plan: schedules.Plan) -> datetime:
    return plan.start + timedelta(days=63)  # twice the longest month, and a day


def _texts(detail: OrderDetail) -> None:
    if not detail.generic.strip() or len(detail.generic) > LONGEST_NAME:
        raise NotAllowed("Choose a medicine.", "order.generic")
    if any(len(text) > LONGEST_TEXT for text in (detail.form, detail.indication, detail.note)):
        raise NotAllowed(f"A text has at most {LONGEST_TEXT} characters.", "order.text")


def _kind(detail: OrderDetail) -> None:
    as_required = detail.kind is OrderKind.AS_REQUIRED
    if as_required is not (detail.frequency is Code.PRN):
        raise NotAllowed("As required is a frequency of its own.", "order.kind")
    if detail.kind is OrderKind.ONCE and detail.frequency not in _ONCE:
        raise NotAllowed("A single dose is given now, or once at a time.", "order.kind")
    if detail.kind is OrderKind.REGULAR and detail.frequency in _ONCE:
        raise NotAllowed("A single dose is no regular order.", "order.kind")
    if (detail.kind is OrderKind.INFUSION) is (detail.infusion is None):
        raise NotAllowed("An infusion says its volume and its rate.", "order.infusion")


def _infusion(infusion: Infused) -> None:
    unit = RateUnit.read(infusion.rate_unit)
    if infusion.volume_ml <= 0 or infusion.rate <= 0:
        raise NotAllowed("An infusion says its volume and its rate.", "order.infusion")
    if unit.per_kg and infusion.weight_kg is None:
        raise NotAllowed("A rate per kg needs the weight of the patient.", "infusion.weight")
    least, most = (
        None if limit is None else Rate(limit, unit) for limit in (infusion.least, infusion.most)
    )
    check_limits(Rate(infusion.rate, unit), least, most)


def high_alert(detail: OrderDetail) -> bool:
    """Tell whether an order is high-alert: by its medicine, its route, and its strength."""
    drug, infusion = drug_of(detail), detail.infusion
    volume = infusion.volume_ml if infusion else None
    found = strengths.percent(drug.generic, detail.form, Amount(detail.dose, detail.unit), volume)
    return drug.high_alert_by(detail.route, found)


def limits_of(detail: OrderDetail) -> Limits:
    """Give the limits of an order as required, as the rules read them."""
    limits, drug = detail.limits, drug_of(detail)
    minutes = limits.min_interval_minutes if limits else None
    most = limits.max_24h if limits else None
    return Limits(
        ingredient=drug.generic,
        min_interval=timedelta(minutes=minutes) if minutes else None,
        max_24h=Amount(most, detail.unit) if most is not None else None,
        max_count=limits.max_count if limits else None,
        high_alert=high_alert(detail),
    )


def order_of(
    detail: OrderDetail,
    settings: WardSettings,
    *,
    id: UUID | None = None,  # noqa: A002 - the name of the rules
    starts_at: datetime | None = None,
    priority: RequestPriority = RequestPriority.ROUTINE,
) -> Order:
    """Write an order as the rules of prescribing read it."""
    frequency = settings.frequency(detail.frequency, detail.times)
    infusion = detail.infusion
    return Order(
        drug=drug_of(detail),
        route=detail.route,
        dose=_most(detail),
        unit=detail.unit,
        rhythm=_RHYTHMS.get(frequency.kind, Rhythm.OTHER),
        weekday=detail.weekday,
        prn=detail.kind is OrderKind.AS_REQUIRED,
        stat=detail.frequency is Code.STAT or priority is RequestPriority.STAT,
        infusion=infusion is not None,
        modified_release=detail.modified_release,
        max_rate=infusion.most if infusion else None,
        per_day=_per_day(detail, frequency),
        least_gap=_least_gap(detail, frequency),
        circumstances=frozenset(detail.circumstances),
        starts_at=starts_at,
        id=id,
    )


def _most(detail: OrderDetail) -> Decimal:
    """Give the largest single dose of an order."""
    return max([detail.dose_most or detail.dose, *(step.dose for step in detail.steps)])


def _per_day(detail: OrderDetail, frequency: Frequency) -> Decimal | None:
    """Give the most in 24 h; None where the order does not say: an infusion that just runs."""
    dose, limits = _most(detail), detail.limits
    match frequency.kind:
        case Kind.AS_NEEDED if limits and limits.max_24h is not None:
            return limits.max_24h
        case Kind.AS_NEEDED:
            return dose * limits.max_count if limits and limits.max_count else None
        case Kind.DAILY:
            return dose * len(frequency.times)
        case Kind.ELAPSED if frequency.every:
            return dose * (DAY // frequency.every)
        case Kind.ONCE if detail.kind is OrderKind.INFUSION:
            return None
        case _:
            return dose


def _least_gap(detail: OrderDetail, frequency: Frequency) -> timedelta | None:
    """Give the shortest time between two doses that the order allows."""
    minutes = detail.limits.min_interval_minutes if detail.limits else None
    if minutes:
        return timedelta(minutes=minutes)
    if frequency.kind is Kind.ELAPSED:
        return frequency.every
    if frequency.kind is not Kind.DAILY:
        return None
    on = [timedelta(hours=each.hour, minutes=each.minute) for each in frequency.times]
    return min(after - before for before, after in pairwise([*on, on[0] + DAY]))
