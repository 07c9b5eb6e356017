"""Nights: no dose is lost, doubled or hastened, whatever the clocks of the ward do."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.frequencies import FREQUENCIES, Code, Frequency, Kind, of
from domain.schedules import First, Plan, Step, check_first, doses
from tests.domain.nights import ZONES, every_night, nights

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(code: Code, start: datetime, **more: Any) -> Plan:
    usual = {"steps": (Step(Decimal(1)),), "zone": LONDON}
    days = {Kind.WEEKLY: {"weekday": 6}, Kind.MONTHLY: {"monthday": 28}}
    return Plan(
        **{"frequency": of(code), "start": start} | usual | days.get(of(code).kind, {}) | more
    )


def test_the_clocks_of_every_zone_move_four_times() -> None:
    assert {zone: len(nights(zone)) for zone in ZONES} == dict.fromkeys(ZONES, 4)


def lost_doubled_or_hastened(order: Plan, until: datetime) -> list[str]:
    """Hold the doses of an order against a plain list of days and times."""
    found = doses(order, until)
    wrong = [
        f"{one.at} and {two.at} are {two.at - one.at} apart"
        for one, two in pairwise(found)
        if two.at - one.at < order.frequency.least_gap - HOUR or two.at <= one.at
    ]
    if order.frequency.kind is Kind.ELAPSED:
        gaps = {two.at - one.at for one, two in pairwise(found)}
        return wrong + ["uneven"] * (gaps != {order.frequency.interval})
    walls = [dose.wall for dose in found]
    missing = [f"{wall} is lost" for wall in wanted(order, until) if wall not in walls]
    more = [f"{wall} is doubled" for wall in walls if walls.count(wall) > 1]
    for dose in found:
        shown = dose.at.astimezone(order.zone).replace(tzinfo=None)
        if shown != dose.wall and not (dose.moved and shown > dose.wall):
            more.append(f"{dose.wall} was given at {shown}")
    return wrong + missing + more


def wanted(order: Plan, until: datetime) -> Iterator[datetime]:
    """List the wall times a nurse would write on paper, but for the first and last day."""
    day = order.start.astimezone(order.zone).date() + 2 * DAY
    last = until.astimezone(order.zone).date()
    alternate = {dose.wall.date() for dose in doses(order, order.start + 3 * DAY) if dose.wall}
    while day < last:
        match order.frequency.kind:
            case Kind.WEEKLY:
                fits = day.weekday() == order.weekday
            case Kind.MONTHLY:
                fits = day.day == order.monthday
            case Kind.ALTERNATE:
                fits = (day - min(alternate)).days % 2 == 0
            case _:
                fits = True
        if fits:
            yield from (datetime.combine(day, wall) for wall in order.frequency.times)
        day += DAY


REPEATING = [each.code for each in FREQUENCIES.values() if each.interval]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("code", REPEATING)
def test_the_nights_in_which_clocks_move_lose_and_double_and_hasten_nothing(
    code: Code, zone: str
) -> None:
    for night in nights(zone):
        day = night.astimezone(ZoneInfo(zone)).date()
        days: dict[str, Any] = {}
        if of(code).kind is Kind.WEEKLY:
            days = {"weekday": day.weekday()}
        if of(code).kind is Kind.MONTHLY:
            days = {"monthday": min(day.day, 28)}
        long = 40 * DAY if days else 5 * DAY
        order = plan(code, night - long, zone=ZoneInfo(zone), **days)
        assert lost_doubled_or_hastened(order, night + long) == []


@st.composite
def times_of_a_ward(draw: st.DrawFn) -> Frequency:
    """Draw a frequency at any times that a ward may set."""
    frequency = of(draw(st.sampled_from([code for code in REPEATING if of(code).kind.by_clock])))
    minute = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60))
    count = len(frequency.times)
    night = st.integers(0, 3 * 60).map(lambda minutes: time(minutes // 60, minutes % 60))
    chosen = draw(st.lists(st.one_of(minute, night), min_size=count, max_size=count, unique=True))
    try:
        return frequency.at(*chosen)
    except NotAllowed:
        assume(count > 1)
        shift = draw(st.integers(0, 24 * 60 // count))
        spread = [shift + round(24 * 60 * nth / count) for nth in range(count)]
        return frequency.at(*(time(minutes // 60 % 24, minutes % 60) for minutes in spread))


@given(
    times_of_a_ward(),
    st.sampled_from(every_night()),
    st.integers(0, 5 * 24 * 60),
)
def test_no_time_a_ward_may_set_loses_or_doubles_or_hastens_a_dose(
    frequency: Frequency, where: tuple[str, datetime], before: int
) -> None:
    zone, night = where
    order = plan(
        frequency.code,
        night - timedelta(minutes=before),
        frequency=frequency,
        zone=ZoneInfo(zone),
    )
    assert lost_doubled_or_hastened(order, night + 5 * DAY) == []


@given(
    st.sampled_from(REPEATING),
    st.sampled_from(ZONES),
    st.integers(0, 2 * 365 * 24 * 60),
    st.integers(0, 12 * 24 * 60),
    st.integers(0, 12 * 24 * 60),
    st.sampled_from([{}, {"count": 7}, {"steps": (Step(Decimal(2), 3), Step(Decimal(1), 4))}]),
    st.sampled_from(First),
)
def test_a_schedule_in_pieces_is_the_schedule(
    code: Code, zone: str, start: int, one: int, two: int, more: dict[str, Any], first: First
) -> None:
    when = at("2026-01-01") + timedelta(minutes=start)
    order = plan(code, when, zone=ZoneInfo(zone), first=first, **more)
    middle, end = sorted(order.start + timedelta(minutes=after) for after in (one, two))
    whole = doses(order, end)
    assert doses(order, middle) + doses(order, end, since=middle) == whole
    assert all(order.start <= dose.at < end for dose in whole)
    assert all(dose.at.tzinfo is UTC for dose in whole)


@given(
    st.sampled_from([code for code in REPEATING if of(code).kind.by_clock]),
    st.sampled_from(ZONES),
    st.integers(0, 2 * 365 * 24 * 60),
)
def test_a_first_dose_at_once_never_comes_close_unless_it_was_shown(
    code: Code, zone: str, start: int
) -> None:
    when = at("2026-01-01") + timedelta(minutes=start)
    order = plan(code, when, zone=ZoneInfo(zone), first=First.NOW)
    found = doses(order, when + 70 * DAY)[:2]
    assert found[0].at == when
    try:
        check_first(order)
    except NotAllowed:
        assert found[1].at - when < order.frequency.least_gap
    else:
        assert found[1].at - when >= order.frequency.least_gap
