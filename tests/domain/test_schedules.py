"""Schedules: from an order to its doses, to the minute and to the last one."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.errors import NotAllowed
from domain.frequencies import Code, Kind, of
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
    assert first_dose(order) is None
    assert instants(order, at("2026-01-16T09:00")) == ["01-15T20:00", "01-16T08:00"]
    assert first_dose(plan(Code.Q1H, at("2026-01-15T20:00"))) is None
    assert first_dose(plan(Code.PRN, at("2026-01-15T20:00"))) is None


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
