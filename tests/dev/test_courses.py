"""Courses: patients of the demo fare plausibly, and few of them call for somebody at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import vitals
from domain.news2 import Band
from ward.dev.people import everybody
from ward.dev.simulator.charting import HISTORY, history, told
from ward.dev.simulator.course import Kind, course_of

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
LYING = [one for one in everybody() if one.lies]
EAST = [one for one in LYING if one.bed.startswith("6E")]


def high(one, hours: float) -> bool:
    return told(course_of(one), one.hours + hours, NOW).result.urgency is Band.HIGH


def test_a_few_get_worse_more_recover_and_most_are_stable() -> None:
    kinds = [course_of(one).kind for one in LYING]
    share = {kind: kinds.count(kind) / len(kinds) for kind in Kind}
    assert 0.05 <= share[Kind.DETERIORATING] <= 0.15
    assert share[Kind.DETERIORATING] < share[Kind.RECOVERING] < share[Kind.STABLE]


@pytest.mark.parametrize("hours", range(0, 200, 3))
def test_a_ward_is_no_wall_of_red(hours) -> None:
    assert sum(high(one, hours) for one in EAST) <= 3


def test_somebody_of_the_pictures_gets_worse_soon_after_the_beginning() -> None:
    muller = next(one for one in EAST if one.family == "Müller")
    assert not high(muller, -3)
    assert any(high(muller, hours / 4) for hours in range(16))


def test_whoever_gets_worse_reaches_seven_and_comes_back() -> None:
    for one in everybody():
        course = course_of(one)
        if course.kind is Kind.DETERIORATING and course.peak > 0.8:
            totals = [
                told(course, course.onset + hours / 2, NOW).result.total or 0 for hours in range(60)
            ]
            assert max(totals) >= 7, one.family
            assert max(totals[-20:]) < 7, one.family


def test_whoever_recovers_scores_less_and_less() -> None:
    for one in LYING:
        course = course_of(one)
        if course.kind is Kind.RECOVERING:
            worst = course.onset + course.rise
            early = sum(told(course, worst + hour, NOW).result.at_least for hour in range(4))
            late = sum(told(course, worst + 44 + hour, NOW).result.at_least for hour in range(4))
            assert late < early, one.family


def test_every_value_is_one_that_nobody_is_asked_about() -> None:
    for one in LYING:
        for each in history(one, NOW - timedelta(hours=one.hours), NOW):
            for vital, value in each.said.values.items():
                assert vitals.check(vital, value) == value
                assert vitals.unlikely(vital, value) is None, (vital, value)
            assert each.result.complete


def test_a_history_is_within_the_stay_in_order_and_the_same_each_time() -> None:
    for one in LYING:
        admitted = NOW - timedelta(hours=one.hours)
        sets = history(one, admitted, NOW)
        times = [each.said.taken_at for each in sets]
        assert times == sorted(times)
        assert times[0] > max(admitted, NOW - HISTORY - timedelta(seconds=1))
        assert times[-1] < NOW
        assert [each.said.values for each in history(one, admitted, NOW)] == [
            each.said.values for each in sets
        ]
        assert len(sets) >= min(one.hours, 72) / 7


def test_the_same_hour_gives_the_same_values() -> None:
    course = course_of(EAST[0])
    assert told(course, 5.5, NOW) == told(course, 5.5, NOW)
