"""Schedules: from an order to its doses, in UTC, through every change of the clocks.

An order by the clock keeps its wall times: a time that is jumped over in spring happens at the
jump, one that comes twice in autumn happens the first time, once. An order by elapsed hours, and
every gap between doses, is arithmetic in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from itertools import islice, takewhile

from domain import wallclock
from domain.display import duration
from domain.errors import NotAllowed
from domain.frequencies import DAY, Code, Frequency, Kind

LAST_DAY = 28  # of a monthly order: the last one that every month has


class First(StrEnum):
    """When the first dose of an order by the clock is given."""

    STANDARD = "standard"  # at the next time of the ward
    NOW = "now"  # when the order starts, then at the times of the ward
    NOW_CONFIRMED = "now-confirmed"  # same, the short gap was shown and accepted

    @property
    def at_once(self) -> bool:
        """Tell whether a dose is due when the order starts."""
        return self is not First.STANDARD


@dataclass(frozen=True, slots=True)
class Step:
    """One dose for some days; the last step of an order may last until it is stopped."""

    amount: Decimal
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How an order is to be given over time."""

    frequency: Frequency
    start: datetime
    zone: tzinfo
    steps: tuple[Step, ...]  # one, or those of a taper
    stop: datetime | None = None  # no dose at or after it
    count: int | None = None
    weekday: int | None = None  # 0 is Monday; of a weekly order
    monthday: int | None = None  # of a monthly order
    first: First = First.STANDARD
    least_gap: timedelta | None = None  # minimum interval of the product or ingredient
    anchor: datetime | None = None  # the late dose of an order by the hour that moved the rest

    def __post_init__(self) -> None:
        """Refuse a plan that leaves open when to give or how much."""
        _check_days(self)
        _check_steps(self)
        if self.start.tzinfo is None or (self.stop is not None and self.stop <= self.start):
            raise NotAllowed("An order stops after it starts.", "schedule.stop")
        if self.count is not None and self.count < 1:
            raise NotAllowed("An order has at least one dose.", "schedule.count")

    @property
    def by_clock(self) -> bool:
        """Tell whether the clock of the ward sets the doses."""
        return self.frequency.kind.by_clock


def _check_days(plan: Plan) -> None:
    weekly, monthly = plan.frequency.kind is Kind.WEEKLY, plan.frequency.kind is Kind.MONTHLY
    if weekly is (plan.weekday is None) or plan.weekday not in (None, *range(7)):
        raise NotAllowed("A weekly order names its day of the week.", "schedule.weekday")
    if monthly is (plan.monthday is None) or plan.monthday not in (None, *range(1, LAST_DAY + 1)):
        raise NotAllowed(
            f"A monthly order names its day, from 1 to {LAST_DAY}.", "schedule.monthday"
        )


def _check_steps(plan: Plan) -> None:
    *before, last = plan.steps or (Step(Decimal(0)),)
    if any(step.amount <= 0 for step in (*before, last)):
        raise NotAllowed("Every dose of an order is more than 0.", "schedule.amount")
    lengths = [step.days or 0 for step in before]
    lengths += [1 if last.days is None else last.days]
    if min(lengths) < 1:
        raise NotAllowed(
            "Every step but the last says for how many days it lasts.", "schedule.steps"
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """One dose: when, what the clock of the ward was meant to show, and how much."""

    at: datetime  # UTC; compare nothing else
    wall: datetime | None  # without zone; None for what is due by elapsed time
    amount: Decimal
    moved: bool = False  # the clock jumped over the time; it happens at the jump
    repeated: bool = False  # the time comes twice; this is the first


def due(day: date, at: time, zone: tzinfo, amount: Decimal = Decimal(1)) -> Planned:
    """Plan one dose for a time on the clock of the ward."""
    found = wallclock.instants(day, at, zone)
    return Planned(
        at=wallclock.first(day, at, zone),
        wall=datetime.combine(day, at),
        amount=amount,
        moved=not found,
        repeated=len(found) > 1,
    )


def doses(plan: Plan, until: datetime, since: datetime | None = None) -> tuple[Planned, ...]:
    """List the doses of an order before `until`, oldest first; as required has none."""
    every = takewhile(lambda dose: _before_end(plan, dose, until), _all(plan, since))
    counted = islice(every, plan.count)
    return tuple(dose for dose in counted if since is None or dose.at >= since)


def _before_end(plan: Plan, dose: Planned, until: datetime) -> bool:
    return dose.at < until and (plan.stop is None or dose.at < plan.stop)


def _all(plan: Plan, since: datetime | None = None) -> Iterator[Planned]:
    """Give every dose in order, without end where the order has none.

    Unless they are counted, most of those before `since` are passed over.
    """
    since = None if plan.count else since
    match plan.frequency.kind:
        case Kind.AS_NEEDED:
            return
        case Kind.ONCE:
            yield Planned(plan.start.astimezone(UTC), None, plan.steps[0].amount)
        case Kind.ELAPSED:
            yield from _by_hours(plan, since)
        case _:
            yield from _by_clock(plan, since)


def _by_hours(plan: Plan, since: datetime | None) -> Iterator[Planned]:
    every = plan.frequency.every
    assert every is not None  # the table gives one to every elapsed frequency
    start = plan.start.astimezone(UTC)
    at = plan.anchor.astimezone(UTC) + every if plan.anchor else start
    if since is not None and since > at:
        at += (since - at) // every * every
    while step := _step(plan, (at - start) // DAY):
        yield Planned(at, None, step.amount)
        at += every


def _by_clock(plan: Plan, since: datetime | None) -> Iterator[Planned]:
    first = plan.start.astimezone(plan.zone).date()
    last: datetime | None = None
    if plan.first.at_once:
        last = plan.start.astimezone(UTC)
        yield Planned(last, None, plan.steps[0].amount)
    begin = first if since is None else max(first, since.astimezone(plan.zone).date() - 2 * DAY)
    for day in _days(plan, first, begin):
        step = _step(plan, (day - first).days)
        if step is None:
            return
        for at in plan.frequency.times:
            dose = due(day, at, plan.zone, step.amount)
            # Several times inside one jump would be one instant: one dose, not several.
            if dose.at >= plan.start and (last is None or dose.at > last):
                last = dose.at
                yield dose


def _days(plan: Plan, first: date, begin: date) -> Iterator[date]:
    """Give the days from `begin` on which an order that starts on `first` has doses."""
    odd = (_alternate_from(plan, first) - first).days
    day = begin
    while True:
        match plan.frequency.kind:
            case Kind.WEEKLY:
                wanted = day.weekday() == plan.weekday
            case Kind.MONTHLY:
                wanted = day.day == plan.monthday
            case Kind.ALTERNATE:
                wanted = (day - first).days % 2 == odd
            case _:
                wanted = True
        if wanted:
            yield day
        day += DAY


def _alternate_from(plan: Plan, first: date) -> date:
    """Return the first day of alternate ones: the next when today's time has gone by unused."""
    if plan.frequency.kind is not Kind.ALTERNATE or plan.first.at_once:
        return first
    gone = due(first, plan.frequency.times[0], plan.zone).at < plan.start
    return first + DAY if gone else first


def _step(plan: Plan, day: int) -> Step | None:
    """Return the step of a day of the order, counted from 0; None after the last."""
    for step in plan.steps:
        if step.days is None or day < step.days:
            return step
        day -= step.days
    return None


@dataclass(frozen=True, slots=True)
class Offer:
    """What "give the first dose now" would mean."""

    now: datetime
    next_at: datetime
    gap: timedelta
    close: bool  # below half of the interval: only after somebody confirms the gap
    forbidden: bool  # below the minimum interval of the medicine: never


def first_dose(plan: Plan) -> Offer | None:
    """Show the gap that a first dose at once would leave; None where it is due at once anyway.

    Half of the interval is an engineering choice; the minimum interval of the medicine wins.
    """
    if not plan.by_clock:
        return None
    now = plan.start.astimezone(UTC)
    at_once = replace(plan, first=First.NOW, count=None, stop=None)
    standard = next(_all(replace(at_once, first=First.STANDARD)), None)
    rest = [dose.at for dose in islice(_all(at_once), 2)][1:]
    if not rest or standard is None or standard.at == now:
        return None
    gap = rest[0] - now
    short = plan.least_gap is not None and gap < plan.least_gap
    return Offer(now, rest[0], gap, gap < plan.frequency.least_gap, short)


def check_first(plan: Plan) -> None:
    """Refuse a first dose at once that comes too close to the next."""
    offer = first_dose(plan)
    if offer is None or not plan.first.at_once:
        return
    if offer.forbidden:
        raise NotAllowed(
            f"The next dose would follow after {duration(offer.gap)}, before the minimum interval "
            f"of {duration(plan.least_gap or timedelta(0))}.",
            "schedule.minimum-interval",
        )
    if offer.close and plan.first is not First.NOW_CONFIRMED:
        raise NotAllowed(
            f"The next dose would follow after only {duration(offer.gap)}. Confirm the gap, or "
            "start at the next time.",
            "schedule.first-too-close",
        )


def shifted(plan: Plan, given_at: datetime, *, done: int) -> Plan:
    """Let the rest of an order follow a late dose; only elapsed hours can be shifted.

    `done` are the doses that are past, this one included. What is left starts after it.
    """
    if plan.frequency.kind is not Kind.ELAPSED:
        raise NotAllowed("Only an order by the hour can be shifted.", "schedule.clock")
    if plan.count is not None and plan.count <= done:
        raise NotAllowed("This was the last dose of the order.", "schedule.no-rest")
    return replace(plan, anchor=given_at, count=plan.count and plan.count - done)


def clock_change(day: date, zone: tzinfo) -> timedelta:
    """Say how much longer than 24 h a day of the ward is; a chart shows a banner when not 0."""
    midnight = time(0)
    return wallclock.first(day + DAY, midnight, zone) - wallclock.first(day, midnight, zone) - DAY


def wants_review(plan: Plan, day: date, *, time_critical: bool) -> bool:
    """Tell whether a pharmacist should look at the gaps of a day on which the clocks change."""
    dense = plan.frequency.code in {Code.Q4H, Code.Q6H}
    return dense and time_critical and clock_change(day, plan.zone) != timedelta(0)
