"""Windows: early, on time, late and missed, to the minute of the guideline."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.frequencies import FREQUENCIES, Code, Kind, find, of
from domain.windows import (
    ISMP,
    STAT_ESCALATION,
    LateChoice,
    Standing,
    Timing,
    Tolerances,
    late_choices,
    next_change,
    standing,
    timing,
    tolerance,
)

CLINICAL = Path(__file__).parents[1] / "data" / "clinical"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

with (CLINICAL / "mar_window_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert len(VECTORS) == 15


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_dose_is_judged_as_worked(row: dict[str, str]) -> None:
    critical = row["criticality"] == "time_critical"
    width = tolerance(find(row["frequency"]), time_critical=critical)
    assert width is not None
    scheduled, given_at = map(datetime.fromisoformat, (row["scheduled"], row["given"]))
    assert timing(scheduled, given_at, width) == row["expected"]


@pytest.mark.parametrize(
    ("code", "critical", "usual"),
    [
        (Code.OD, 30, 120),
        (Code.WK, 30, 120),
        (Code.MO, 30, 120),
        (Code.QOD, 30, 120),
        (Code.BD, 30, 60),
        (Code.Q4H, 30, 60),
        (Code.Q3H, 30, 30),
        (Code.Q1H, 30, 30),
        (Code.STAT, 30, 30),
        (Code.ONCE, 30, 30),
    ],
)
def test_a_window_is_as_wide_as_the_guideline_says(code: Code, critical: int, usual: int) -> None:
    assert tolerance(of(code), time_critical=True) == minutes(critical)
    assert tolerance(of(code), time_critical=False) == minutes(usual)


def test_as_required_is_never_overdue() -> None:
    assert tolerance(of(Code.PRN), time_critical=True) is None


def test_a_site_may_be_stricter() -> None:
    strict = Tolerances(time_critical=minutes(15))
    assert tolerance(of(Code.OD), time_critical=True, settings=strict) == minutes(15)


@pytest.mark.parametrize(
    "looser",
    [
        {"time_critical": minutes(31)},
        {"several_daily": minutes(61)},
        {"daily_or_less": minutes(121)},
        {"once": minutes(31)},
        {"time_critical": minutes(0)},
        {"once": minutes(-1)},
    ],
)
def test_no_setting_widens_a_window(looser: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        Tolerances(**looser)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (minutes(-61), Standing.PLANNED),
        (minutes(-60), Standing.DUE),
        (minutes(0), Standing.DUE),
        (minutes(60), Standing.DUE),
        (minutes(60) + timedelta(microseconds=1), Standing.OVERDUE),
        (hours(11.99), Standing.OVERDUE),
        (hours(12), Standing.MISSED),
        (hours(48), Standing.MISSED),
    ],
)
def test_an_untouched_dose_stands_by_the_clock(after: timedelta, expected: Standing) -> None:
    assert standing(NOON, NOON + after, hours(1), NOON + hours(12)) is expected


def test_a_last_dose_stays_overdue_until_somebody_says_why() -> None:
    assert standing(NOON, NOON + hours(500), hours(1)) is Standing.OVERDUE


@given(st.integers(-3000, 3000), st.sampled_from([30, 60, 120]), st.integers(180, 2880))
def test_a_standing_changes_only_when_it_says(after: int, width: int, next_after: int) -> None:
    now, next_at = NOON + minutes(after), NOON + minutes(next_after)
    here = standing(NOON, now, minutes(width), next_at)
    change = next_change(NOON, now, minutes(width), next_at)
    if change is None:
        assert here is Standing.MISSED
    else:
        assert change > now
        before = standing(NOON, change - timedelta(microseconds=1), minutes(width), next_at)
        assert (before, standing(NOON, change, minutes(width), next_at)) != (here, here)
        assert before is here


def test_a_late_dose_may_be_given_left_out_or_move_the_rest() -> None:
    assert late_choices(of(Code.BD), NOON, NOON + hours(8)) == (LateChoice.KEEP, LateChoice.OMIT)
    assert late_choices(of(Code.BD), NOON, NOON + hours(6))[0] is LateChoice.KEEP
    assert late_choices(of(Code.BD), NOON, NOON + hours(5.9)) == (LateChoice.OMIT,)
    assert late_choices(of(Code.BD), NOON, NOON + hours(8), hours(9)) == (LateChoice.OMIT,)
    assert late_choices(of(Code.Q3H), NOON, NOON + hours(1)) == (LateChoice.SHIFT, LateChoice.OMIT)
    assert late_choices(of(Code.Q3H), NOON, NOON + hours(2)) == tuple(LateChoice)
    assert late_choices(of(Code.ONCE), NOON, None) == (LateChoice.KEEP, LateChoice.OMIT)


@given(st.sampled_from(list(Code)), st.integers(0, 3000), st.integers(0, 600))
def test_nothing_is_given_twice_to_catch_up(code: Code, until_next: int, least: int) -> None:
    frequency = of(code)
    found = late_choices(frequency, NOON, NOON + minutes(until_next), minutes(least))
    assert LateChoice.OMIT in found
    if LateChoice.KEEP in found:
        assert minutes(until_next) >= max(minutes(least), frequency.least_gap)
    assert (LateChoice.SHIFT in found) is (frequency.kind is Kind.ELAPSED)


def test_an_urgent_dose_calls_twice_more() -> None:
    assert list(STAT_ESCALATION) == [minutes(15), minutes(30)]
    assert {choice.word for choice in LateChoice} >= {"Leave out"}
    assert len({choice.word for choice in LateChoice}) == len(LateChoice)


def test_a_window_never_reaches_the_next_dose() -> None:
    for frequency in FREQUENCIES.values():
        width = tolerance(frequency, time_critical=False, settings=ISMP)
        if frequency.interval and width:
            assert 2 * width <= frequency.interval
    assert Timing.EARLY in Timing
