"""Monitoring: when the next set is due, and what in a new score somebody must hear of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.monitoring import (
    Cause,
    Monitoring,
    Scored,
    due_after,
    grace,
    interval,
    next_due,
    overdue_at,
    risen,
)
from domain.news2 import Band, Inputs, Item, Result, score
from domain.vitals import Absent, Acvpu

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FOUR_HOURS = Monitoring(low=timedelta(hours=4))


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def adult(**changed: Any) -> Result:
    normal = {"resp_rate": Decimal(16), "spo2": Decimal(98), "oxygen": False, "sbp": Decimal(122)}
    rest = {"pulse": Decimal(72), "consciousness": Acvpu.ALERT, "temp": Decimal("36.8")}
    return score(Inputs(**normal | rest | changed), age_years=50, pregnant=False)


def total(points: int, **changed: Any) -> Result:
    """Make a complete set with this aggregate and no single 3."""
    steps = {"resp_rate": 22, "spo2": 92, "sbp": 95, "pulse": 115}  # 2 points each
    chosen = {name: Decimal(value) for name, value in list(steps.items())[: points // 2]}
    result = adult(**chosen, **({"temp": Decimal("38.5")} if points % 2 else {}), **changed)
    assert result.total == points
    return result


def causes(now: Result, *earlier: tuple[float, Result]) -> set[Cause]:
    past = [Scored(NOON - hours(ago), result) for ago, result in earlier]
    return {reason.cause for reason in risen(past, Scored(NOON, now))}


@pytest.mark.parametrize(
    ("points", "band", "every", "late"),
    [
        (0, Band.LOW, hours(12), minutes(30)),
        (1, Band.LOW, hours(6), minutes(30)),
        (4, Band.LOW, hours(6), minutes(30)),
        (3, Band.LOW_MEDIUM, hours(1), minutes(6)),
        (5, Band.MEDIUM, hours(1), minutes(6)),
        (6, Band.MEDIUM, hours(1), minutes(6)),
        (7, Band.HIGH, minutes(15), minutes(0)),
        (20, Band.HIGH, minutes(15), minutes(0)),
    ],
)
def test_the_band_sets_the_clock_and_its_grace(
    points: int, band: Band, every: timedelta, late: timedelta
) -> None:
    assert interval(points, band) == every
    assert grace(every, band) == late
    due = next_due(NOON, points, band)
    assert due == NOON + every
    assert overdue_at(due, every, band) == due + late


def test_a_site_may_observe_more_often_and_its_grace_shrinks_with_it() -> None:
    assert interval(2, Band.LOW, FOUR_HOURS) == hours(4)
    assert grace(hours(4), Band.LOW, FOUR_HOURS) == minutes(24)
    assert grace(minutes(30), Band.MEDIUM) == minutes(5)
    assert grace(hours(6), Band.LOW, Monitoring(grace_most=minutes(10))) == minutes(10)


@pytest.mark.parametrize(
    "looser",
    [
        {"zero": hours(13)},
        {"low": hours(6) + timedelta(seconds=1)},
        {"low_medium": hours(2)},
        {"medium": hours(2)},
        {"high": minutes(16)},
        {"grace_percent": 11},
        {"grace_least": minutes(6)},
        {"grace_most": minutes(31)},
        {"zero": timedelta(0)},
        {"high": minutes(-1)},
        {"grace_percent": -1},
    ],
)
def test_no_setting_makes_a_patient_wait_longer(looser: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        Monitoring(**looser)


def test_a_site_may_do_without_grace() -> None:
    strict = Monitoring(grace_percent=0, grace_least=minutes(0), grace_most=minutes(0))
    assert grace(hours(6), Band.LOW, strict) == minutes(0)


def test_a_complete_set_moves_the_clock_and_an_incomplete_one_never_delays_it() -> None:
    due = NOON + minutes(10)
    assert due_after(total(2), NOON, due) == NOON + hours(6)
    assert due_after(adult(temp=None), NOON, due) == due
    assert due_after(adult(temp=None), NOON) == NOON, "the set is owed"
    worrying = adult(resp_rate=Decimal(25), temp=None)
    assert due_after(worrying, NOON, NOON + hours(5)) == NOON + hours(1)
    assert due_after(worrying, NOON, due) == due
    assert due_after(worrying, NOON) == NOON + hours(1)
    lost = adult(pulse=Absent.NOT_RECORDABLE)
    assert due_after(lost, NOON, NOON + hours(5)) == NOON + minutes(15)


def test_the_clock_of_the_score_does_not_run_where_it_does_not_apply() -> None:
    child = score(Inputs(), age_years=7, pregnant=None)
    assert due_after(child, NOON, NOON + hours(1)) is None


def test_a_first_score_is_an_alert_only_when_it_is_worrying() -> None:
    assert causes(total(4)) == set()
    assert causes(total(5)) == {Cause.BAND}
    assert causes(adult(resp_rate=Decimal(25))) == {Cause.BAND, Cause.SINGLE_THREE}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (4, 4, set()),
        (4, 3, set()),
        (3, 4, set()),  # one point, same band
        (2, 4, {Cause.RISE}),
        (4, 5, {Cause.BAND}),
        (3, 5, {Cause.BAND, Cause.RISE}),
        (5, 6, {Cause.FURTHER}),
        (6, 7, {Cause.BAND}),
        (7, 8, {Cause.FURTHER}),
        (8, 8, set()),
        (8, 6, set()),
        (7, 5, set()),
    ],
)
def test_what_of_a_rise_is_an_alert(before: int, now: int, expected: set[Cause]) -> None:
    assert causes(total(now), (1, total(before))) == expected


def test_a_slow_rise_counts_within_24_hours_and_not_beyond() -> None:
    assert causes(total(2), (23, total(0)), (12, total(1))) == {Cause.RISE}
    assert causes(total(2), (25, total(0)), (12, total(1))) == set()
    assert causes(total(2), (24, total(0)), (12, total(1))) == {Cause.RISE}
    assert causes(total(2), (23, total(0)), (12, total(2))) == set(), "told twelve hours ago"


def test_the_order_of_the_past_does_not_matter_and_the_future_is_not_known() -> None:
    assert causes(total(2), (12, total(1)), (23, total(0))) == {Cause.RISE}
    assert causes(total(5), (1, total(4)), (-1, total(8))) == {Cause.BAND}


def test_a_new_single_three_is_an_alert_in_any_band_and_an_old_one_is_not() -> None:
    red = adult(sbp=Decimal(88))
    assert causes(red, (1, red)) == set()
    assert causes(adult(sbp=Decimal(85)), (1, red)) == set()
    assert Cause.SINGLE_THREE in causes(adult(pulse=Decimal(135)), (1, red))
    assert Cause.SINGLE_THREE in causes(red, (1, total(2)), (2, red))
    assert causes(red, (1, adult(sbp=None)), (2, red)) == set(), "nobody saw it end"
    swapped = risen([Scored(NOON - hours(1), red)], Scored(NOON, adult(pulse=Decimal(135))))
    assert [reason.items for reason in swapped if reason.items] == [(Item.PULSE,)]


def test_a_partial_set_lowers_nobody_and_repeats_no_band() -> None:
    partial = adult(resp_rate=Decimal(22), spo2=Decimal(92), sbp=None, pulse=Decimal(115))
    assert partial.urgency is Band.MEDIUM
    assert causes(partial, (1, total(8))) == set()
    assert causes(total(8), (1, partial), (2, total(8))) == set()
    assert causes(total(7), (1, partial), (2, total(0))) == {Cause.BAND, Cause.RISE}


def test_what_cannot_wait_is_told_each_time() -> None:
    lost = adult(sbp=Absent.NOT_RECORDABLE)
    assert causes(lost, (1, lost)) == {Cause.NOT_RECORDABLE}
    assert causes(lost) == {Cause.NOT_RECORDABLE, Cause.BAND}
    seven = replace(total(8), missing=(Item.TEMP,))
    assert Cause.PARTIAL in causes(seven, (1, seven))
    said = risen([], Scored(NOON, seven))
    assert said[0].sentence == "NEWS2 is at least 8, without temperature."


def test_a_child_raises_an_alert_only_when_something_cannot_be_recorded() -> None:
    child = score(Inputs(pulse=Decimal(200)), age_years=7, pregnant=None)
    assert causes(child) == set()
    lost = score(Inputs(pulse=Absent.NOT_RECORDABLE), age_years=7, pregnant=None)
    assert Cause.NOT_RECORDABLE in causes(lost)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_no_patient_gets_into_a_higher_band_in_silence(totals: list[int]) -> None:
    scored = [Scored(NOON + hours(at), total(points)) for at, points in enumerate(totals)]
    for at, (before, now) in enumerate(pairwise(scored), start=1):
        reasons = risen(scored[:at], now)
        bands = before.result.band, now.result.band
        assert bands[0] is not None
        assert bands[1] is not None
        higher = bands[1].rank > bands[0].rank
        assert higher is (Cause.BAND in {reason.cause for reason in reasons})
        if totals[at] <= totals[at - 1]:
            assert not reasons
