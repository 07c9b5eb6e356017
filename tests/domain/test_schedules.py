"""Schedules: no dose is lost, doubled or hastened, whatever the clocks do in the night."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.frequencies import FREQUENCIES, Code, Frequency, Kind, of
from domain.schedules import (
    First,
    Plan,
    Planned,
    Step,
    check_first,
    clock_change,
    doses,
    due,
    first_dose,
    shifted,
    wants_review,
)

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: Jumps of an hour and of half of one, at two and at midnight, north and south, in Ramadan.
ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "Atlantic/Azores",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Jerusalem",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)

with (CLINICAL / "mar_schedule_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(code: Code, start: datetime, **more: Any) -> Plan:
    usual = {"steps": (Step(Decimal(1)),), "zone": LONDON}
    days = {Kind.WEEKLY: {"weekday": 6}, Kind.MONTHLY: {"monthday": 28}}
    return Plan(
        **{"frequency": of(code), "start": start} | usual | days.get(of(code).kind, {}) | more
    )


def instants(of_plan: Plan, until: datetime) -> list[str]:
    return [f"{dose.at:%m-%dT%H:%M}" for dose in doses(of_plan, until)]


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert len(VECTORS) == 24


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_wall_time_happens_when_two_engines_say(row: dict[str, str]) -> None:
    zone = ZoneInfo(row["timezone"])
    day, wall = date.fromisoformat(row["local_date"]), time.fromisoformat(row["wall_time"])
    dose = due(day, wall, zone)
    assert dose.at == datetime.fromisoformat(row["expected_utc"])
    assert f"{dose.at.astimezone(zone):%Y-%m-%dT%H:%M:%S%z}" == row["expected_local"]
    assert dose.moved is row["comment"].startswith("gap")
    assert dose.repeated is row["comment"].startswith("ambiguous")
    assert dose.wall == datetime.combine(day, wall)


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_an_order_has_the_dose_of_each_example(row: dict[str, str]) -> None:
    expected = datetime.fromisoformat(row["expected_utc"])
    wall = time.fromisoformat(row["wall_time"])
    order = Plan(
        frequency=of(Code.OD).at(wall),
        start=expected - 3 * DAY,
        zone=ZoneInfo(row["timezone"]),
        steps=(Step(Decimal(1)),),
    )
    assert [dose.at for dose in doses(order, expected + HOUR)][-1] == expected


@cache
def nights(zone: str) -> tuple[datetime, ...]:
    """Find the instants of 2026 and 2027 at which the clock of a zone is moved."""
    where, hour = ZoneInfo(zone), at("2026-01-01")
    found = []
    while hour < at("2028-01-01"):
        later = hour + HOUR / 4
        if hour.astimezone(where).utcoffset() != later.astimezone(where).utcoffset():
            found.append(later)
        hour = later
    return tuple(found)


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
    st.sampled_from([(zone, night) for zone in ZONES for night in nights(zone)]),
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


def test_a_day_that_never_was_gives_one_dose_at_most() -> None:
    order = plan(Code.TDS, at("2011-12-28T12:00"), zone=ZoneInfo("Pacific/Apia"))
    found = [dose.at for dose in doses(order, at("2012-01-02"))]
    assert len(found) == len(set(found))
    assert found.count(at("2011-12-30T10:00")) == 1


def test_an_order_stops_and_starts_where_it_says() -> None:
    order = plan(Code.BD, at("2026-01-15T08:00"), stop=at("2026-01-16T08:00"))
    assert instants(order, at("2026-02-01")) == ["01-15T08:00", "01-15T20:00"]
    three = plan(Code.BD, at("2026-01-15T08:01"), count=3)
    assert instants(three, at("2026-02-01")) == ["01-15T20:00", "01-16T08:00", "01-16T20:00"]


@pytest.mark.parametrize("code", [Code.STAT, Code.ONCE])
def test_once_is_once(code: Code) -> None:
    order = plan(code, at("2026-03-29T01:17"))
    assert instants(order, at("2026-04-29")) == ["03-29T01:17"]


def test_as_required_has_no_times() -> None:
    assert doses(plan(Code.PRN, at("2026-01-15")), at("2027-01-01")) == ()


def test_hours_that_elapse_are_real_ones_in_both_nights() -> None:
    spring = plan(Code.Q2H, at("2026-03-28T23:30"), count=3)
    assert instants(spring, at("2026-04-01")) == ["03-28T23:30", "03-29T01:30", "03-29T03:30"]
    autumn = plan(Code.Q1H, at("2026-10-25T00:30"), count=3)
    assert instants(autumn, at("2026-11-01")) == ["10-25T00:30", "10-25T01:30", "10-25T02:30"]


def test_days_of_the_week_and_month_are_kept() -> None:
    weekly = plan(Code.WK, at("2026-11-18T09:00"), weekday=2)  # a Wednesday, after its time
    assert instants(weekly, at("2026-12-03")) == ["11-25T08:00", "12-02T08:00"]
    monthly = plan(Code.MO, at("2026-01-29"), monthday=28)
    assert instants(monthly, at("2026-04-01")) == ["02-28T08:00", "03-28T08:00"]


def test_alternate_days_start_with_the_first_time_that_comes() -> None:
    before = plan(Code.QOD, at("2026-01-15T07:00"))
    assert instants(before, at("2026-01-20")) == ["01-15T08:00", "01-17T08:00", "01-19T08:00"]
    after = plan(Code.QOD, at("2026-01-15T09:00"))
    assert instants(after, at("2026-01-20")) == ["01-16T08:00", "01-18T08:00"]
    now = plan(Code.QOD, at("2026-01-15T09:00"), first=First.NOW)
    assert instants(now, at("2026-01-20")) == ["01-15T09:00", "01-17T08:00", "01-19T08:00"]


def test_a_taper_goes_down_by_days_and_ends() -> None:
    steps = (Step(Decimal(40), 2), Step(Decimal(20), 1))
    order = plan(Code.OD, at("2026-03-28T07:00"), steps=steps)
    found = doses(order, at("2026-05-01"))
    assert [(f"{dose.at:%d %H}", dose.amount) for dose in found] == [
        ("28 08", 40),
        ("29 07", 40),
        ("30 07", 20),
    ]
    on = plan(Code.OD, at("2026-03-28T07:00"), steps=(*steps, Step(Decimal(5))))
    assert [dose.amount for dose in doses(on, at("2026-04-02"))] == [40, 40, 20, 5, 5]


def test_a_taper_by_the_hour_counts_days_of_24_hours() -> None:
    steps = (Step(Decimal(4), 1), Step(Decimal(2), 1))
    order = plan(Code.Q3H, at("2026-03-28T12:00"), steps=steps)
    assert [dose.amount for dose in doses(order, at("2026-05-01"))] == [4] * 8 + [2] * 8


@pytest.mark.parametrize(
    ("start", "gap", "close"),
    [
        ("2026-01-15T13:00", 7, False),
        ("2026-01-15T14:00", 6, False),  # exactly half of twelve hours
        ("2026-01-15T15:00", 5, True),
        ("2026-03-29T02:00", 5, True),  # by the clock 03:00 to 08:00
        ("2026-03-29T01:00", 6, False),
        ("2026-10-25T02:00", 6, False),
    ],
)
def test_a_first_dose_at_once_shows_its_gap(start: str, gap: int, *, close: bool) -> None:
    offer = first_dose(plan(Code.BD, at(start)))
    assert offer is not None
    assert (offer.gap, offer.close, offer.forbidden) == (gap * HOUR, close, False)


def test_a_gap_that_is_too_short_needs_confirming_and_the_medicine_wins() -> None:
    close = plan(Code.BD, at("2026-01-15T15:00"), first=First.NOW)
    with pytest.raises(NotAllowed) as refused:
        check_first(close)
    assert refused.value.code == "schedule.first-too-close"
    assert "5h" in refused.value.sentence
    confirmed = plan(Code.BD, at("2026-01-15T15:00"), first=First.NOW_CONFIRMED)
    check_first(confirmed)
    assert instants(confirmed, at("2026-01-16")) == ["01-15T15:00", "01-15T20:00"]
    product = plan(Code.BD, at("2026-01-15T15:00"), first=First.NOW_CONFIRMED, least_gap=6 * HOUR)
    with pytest.raises(NotAllowed) as refused:
        check_first(product)
    assert refused.value.code == "schedule.minimum-interval"
    check_first(plan(Code.BD, at("2026-01-15T15:00"), least_gap=6 * HOUR))


def test_a_start_at_a_standard_time_offers_nothing_and_gives_once() -> None:
    order = plan(Code.BD, at("2026-01-15T20:00"), first=First.NOW)
    check_first(order)
    assert instants(order, at("2026-01-16T09:00")) == ["01-15T20:00", "01-16T08:00"]
    assert first_dose(plan(Code.Q1H, at("2026-01-15T20:00"))) is None
    assert first_dose(plan(Code.PRN, at("2026-01-15T20:00"))) is None


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


def test_only_hours_that_elapse_follow_a_late_dose() -> None:
    order = plan(Code.Q3H, at("2026-01-15T06:00"), count=4)
    late = shifted(order, at("2026-01-15T10:10"), done=2)
    assert instants(late, at("2026-01-16")) == ["01-15T13:10", "01-15T16:10"]
    for refused in (plan(Code.Q4H, at("2026-01-15T06:00")), plan(Code.Q3H, order.start, count=2)):
        with pytest.raises(NotAllowed):
            shifted(refused, at("2026-01-15T10:10"), done=2)


def test_a_chart_knows_the_days_on_which_clocks_change() -> None:
    assert clock_change(date(2026, 3, 29), LONDON) == -HOUR
    assert clock_change(date(2026, 10, 25), LONDON) == HOUR
    assert clock_change(date(2026, 10, 26), LONDON) == timedelta(0)
    assert clock_change(date(2026, 10, 4), ZoneInfo("Australia/Lord_Howe")) == -HOUR / 2
    dense = plan(Code.Q6H, at("2026-03-01"))
    assert wants_review(dense, date(2026, 3, 29), time_critical=True)
    assert not wants_review(dense, date(2026, 3, 29), time_critical=False)
    assert not wants_review(dense, date(2026, 3, 30), time_critical=True)
    daily = plan(Code.OD, at("2026-03-01"))
    assert not wants_review(daily, date(2026, 3, 29), time_critical=True)


@pytest.mark.parametrize(
    ("code", "wrong", "refusal"),
    [
        (Code.WK, {"weekday": None}, "schedule.weekday"),
        (Code.WK, {"weekday": 7}, "schedule.weekday"),
        (Code.OD, {"weekday": 1}, "schedule.weekday"),
        (Code.MO, {"monthday": None}, "schedule.monthday"),
        (Code.MO, {"monthday": 29}, "schedule.monthday"),
        (Code.OD, {"monthday": 3}, "schedule.monthday"),
        (Code.OD, {"steps": ()}, "schedule.amount"),
        (Code.OD, {"steps": (Step(Decimal(0)),)}, "schedule.amount"),
        (Code.OD, {"steps": (Step(Decimal(1)), Step(Decimal(2)))}, "schedule.steps"),
        (Code.OD, {"steps": (Step(Decimal(1), 0),)}, "schedule.steps"),
        (Code.OD, {"stop": at("2026-01-15")}, "schedule.stop"),
        (Code.OD, {"start": datetime(2026, 1, 15)}, "schedule.stop"),  # noqa: DTZ001 - no zone
        (Code.OD, {"count": 0}, "schedule.count"),
    ],
)
def test_a_plan_that_leaves_something_open_is_refused(
    code: Code, wrong: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        plan(code, wrong.pop("start", at("2026-01-15")), **wrong)
    assert refused.value.code == refusal


def test_a_planned_dose_keeps_what_the_clock_was_meant_to_show() -> None:
    order = plan(Code.ON, at("2026-03-28T12:00"), frequency=of(Code.ON).at(time(1, 30)))
    wall = datetime.combine(date(2026, 3, 29), time(1, 30))
    found = doses(order, at("2026-03-29T12:00"))
    assert found == (Planned(at("2026-03-29T01:00"), wall, Decimal(1), moved=True),)
