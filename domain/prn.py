"""As required: whether a dose may be given now, and if not, when.

Both limits count the same ingredient, in whatever order or product it was given: regular, as
required, combined, in theatre. A dose exactly 24 hours ago counts no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.amounts import Amount, total
from domain.display import duration, wait
from domain.errors import NotAllowed
from domain.formulary import Route

DAY = timedelta(hours=24)

#: After which time the effect is looked at. Engineering default.
REASSESS = timedelta(minutes=60)
REASSESS_IV = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often and how much of an ingredient; the maximum is per patient, not per drug."""

    ingredient: str
    min_interval: timedelta | None = None
    max_24h: Amount | None = None
    max_count: int | None = None  # doses in 24 h
    high_alert: bool = False

    @property
    def bounded(self) -> bool:
        """Tell whether there is a minimum interval and a maximum."""
        return self.min_interval is not None and (
            self.max_24h is not None or self.max_count is not None
        )

    @property
    def none(self) -> bool:
        """Tell whether there is no limit at all, as in an imported order."""
        return self.min_interval is None and self.max_24h is None and self.max_count is None


@dataclass(frozen=True, slots=True)
class Given:
    """One dose of the ingredient that was given."""

    at: datetime
    amount: Amount


class Verdict(StrEnum):
    """What the limits say."""

    ALLOW = "allow"
    INTERVAL = "block_interval"
    MAXIMUM = "block_max"
    NO_LIMITS = "block_no_limits"  # a high-alert medicine without limits waits for the prescriber


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with what the panel shows beside it."""

    verdict: Verdict
    sentence: str  # why not; empty when allowed
    next_at: datetime | None  # from when the amount is allowed; None: never
    used: Decimal  # in 24 h, in the unit of the maximum or the requested dose
    count: int
    warnings: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Tell whether the dose may be given now."""
        return self.verdict is Verdict.ALLOW


def check_order(limits: Limits, indication: str, dose: Amount) -> None:
    """Refuse an order as required that leaves the nurse to guess."""
    if not indication.strip():
        raise NotAllowed("As required for what? Write the indication.", "prn.indication")
    if limits.min_interval is None or limits.min_interval <= timedelta(0):
        raise NotAllowed("Write the minimum interval between two doses.", "prn.no-interval")
    if not limits.bounded:
        raise NotAllowed("Write the maximum in 24 hours.", "prn.no-maximum")
    if _over(limits, dose, 0, Decimal(0)):
        raise NotAllowed("One dose is more than the maximum in 24 hours.", "prn.dose-over-maximum")


def ask(
    now: datetime,
    amount: Amount,
    limits: Limits,
    history: Sequence[Given],
    *,
    regular_at: datetime | None = None,
) -> Answer:
    """Judge a dose as required; `regular_at` is the next regular dose of the same ingredient.

    What is dated after `now` (another clock) counts as given: nobody gets more for being early.
    """
    if amount.value <= 0:
        raise NotAllowed("Enter the dose you give.", "prn.amount")
    unit = limits.max_24h.unit if limits.max_24h else amount.unit
    recent = _recent(now, history)
    used = total((each.amount for each in recent), unit) if limits.max_24h else Decimal(0)
    verdict = _verdict(now, amount, limits, history)
    return Answer(
        verdict,
        _sentence(now, verdict, limits, history),
        _next(now, amount, limits, history) if verdict is not Verdict.NO_LIMITS else None,
        used,
        len(recent),
        _warnings(now, limits, regular_at),
    )


def check(answer: Answer) -> None:
    """Refuse to give what the limits block."""
    if not answer.allowed:
        raise NotAllowed(answer.sentence, f"prn.{answer.verdict.value}")


def reassess_at(given_at: datetime, route: Route) -> datetime:
    """Say when somebody looks whether a dose helped."""
    return given_at + (REASSESS_IV if route is Route.INTRAVENOUS else REASSESS)


def _verdict(now: datetime, amount: Amount, limits: Limits, history: Sequence[Given]) -> Verdict:
    if limits.none and limits.high_alert:
        return Verdict.NO_LIMITS
    if now < _interval_ends(limits, history, now):
        return Verdict.INTERVAL
    return Verdict.MAXIMUM if _full(now, amount, limits, history) else Verdict.ALLOW


def _interval_ends(limits: Limits, history: Sequence[Given], now: datetime) -> datetime:
    last = max((each.at for each in history), default=None)
    return now if last is None or limits.min_interval is None else last + limits.min_interval


def _recent(now: datetime, history: Sequence[Given]) -> list[Given]:
    return [each for each in history if each.at > now - DAY]


def _full(now: datetime, amount: Amount, limits: Limits, history: Sequence[Given]) -> bool:
    recent = _recent(now, history)
    if limits.max_24h is None:
        return _over(limits, amount, len(recent), Decimal(0))
    used = total((each.amount for each in recent), limits.max_24h.unit)
    return _over(limits, amount, len(recent), used)


def _over(limits: Limits, amount: Amount, count: int, used: Decimal) -> bool:
    if limits.max_count is not None and count + 1 > limits.max_count:
        return True
    most = limits.max_24h
    return most is not None and used + amount.to(most.unit).value > most.value


def _next(
    now: datetime, amount: Amount, limits: Limits, history: Sequence[Given]
) -> datetime | None:
    """Return the first instant at which both limits allow the amount; None when none will."""
    earliest = max(now, _interval_ends(limits, history, now))
    leaves = sorted(each.at + DAY for each in history if each.at + DAY > earliest)
    for moment in (earliest, *leaves):
        if not _full(moment, amount, limits, history):
            return moment
    return None


def _sentence(now: datetime, verdict: Verdict, limits: Limits, history: Sequence[Given]) -> str:
    match verdict:
        case Verdict.ALLOW:
            return ""
        case Verdict.NO_LIMITS:
            return "This order has no limits. A prescriber sets them before it is given."
        case Verdict.INTERVAL:
            last = max(each.at for each in history)
            left = wait(_interval_ends(limits, history, now) - now)
            return (
                f"The last {limits.ingredient} was {duration(now - last)} ago; "
                f"wait {left} for the minimum interval."
            )
        case Verdict.MAXIMUM:
            used = _used(now, limits, history)
            return f"This would be more {limits.ingredient} than allowed: {used}."


def _used(now: datetime, limits: Limits, history: Sequence[Given]) -> str:
    """Write used of limit: 3,500 mg of 4,000 mg in 24 h."""
    recent = _recent(now, history)
    if limits.max_24h is None:
        return f"{len(recent)} of {limits.max_count} doses in 24 h"
    used = total((each.amount for each in recent), limits.max_24h.unit)
    return f"{Amount(used, limits.max_24h.unit)} of {limits.max_24h} in 24 h"


def _warnings(now: datetime, limits: Limits, regular_at: datetime | None) -> tuple[str, ...]:
    found = []
    if limits.none:
        found.append("This order has no minimum interval and no maximum in 24 hours.")
    if limits.min_interval is not None and regular_at is not None:
        until = regular_at - now
        if timedelta(0) <= until < limits.min_interval:
            found.append(
                f"A regular dose of {limits.ingredient} is due in {duration(until)}, "
                "inside the minimum interval."
            )
    return tuple(found)
