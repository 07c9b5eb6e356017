"""Clinic hours: open when the template says, whatever is taken out of it or put beside it."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinic_hours import (
    Closure,
    Hours,
    Once,
    Opening,
    Session,
    Weekly,
    Why,
    check,
    closings,
    days,
    holiday,
    local_day,
    open_spans,
    sessions,
    sessions_on,
    slots,
)
from domain.errors import NotAllowed
from domain.spans import Span
from tests.domain.nights import ZONES, every_night

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = date(2026, 5, 4)

with (Path(__file__).parents[1] / "data/clinical/scheduling_vectors.csv").open(
    encoding="utf-8", newline=""
) as file:
    LENGTHS = [row for row in csv.DictReader(file) if row["kind"].startswith("length")]


def opening(hours: str, **more: object) -> Opening:
    start, _, end = hours.partition("-")
    times = {"from_time": time.fromisoformat(start), "to_time": time.fromisoformat(end)}
    return Opening(**times | more)  # type: ignore[arg-type]


def weekly(hours: str, weekday: int = 0, **more: object) -> Weekly:
    return Weekly(weekday, opening(hours), **more)  # type: ignore[arg-type]


def span(text: str, day: date = MONDAY) -> Span:
    start, _, end = text.partition("-")
    return Span(*(datetime.combine(day, time.fromisoformat(at), LONDON) for at in (start, end)))


def shown(hours: Hours, day: date = MONDAY) -> list[str]:
    return [
        "-".join(f"{at.astimezone(hours.zone):%H:%M}" for at in (each.span.start, each.span.end))
        for each in sessions_on(hours, day)
    ]


CLINIC = Hours(
    zone=LONDON,
    weekly=(weekly("09:00-17:00"), weekly("18:00-20:00")),
    breaks=(weekly("12:00-13:00", word="Lunch"),),
)


@pytest.mark.parametrize("row", LENGTHS, ids=[row["id"] for row in LENGTHS])
def test_a_local_day_is_as_long_as_the_example_says(row: dict[str, str]) -> None:
    zone = ZoneInfo(row["kind"].rpartition(" ")[2])
    length = local_day(date.fromisoformat(row["existing"]), zone).length
    assert f"{length / HOUR:g} h" == row["expected"]


def test_a_template_opens_its_weekday_less_its_breaks() -> None:
    assert len(LENGTHS) == 3
    assert shown(CLINIC) == ["09:00-12:00", "13:00-17:00", "18:00-20:00"]
    assert shown(CLINIC, MONDAY + DAY) == []


def test_hours_of_one_day_replace_the_template_where_they_stand() -> None:
    hours = Hours(
        zone=LONDON,
        weekly=CLINIC.weekly,
        once=(Once(MONDAY, opening("16:00-19:00", slot=timedelta(minutes=40), capacity=3)),),
        breaks=CLINIC.breaks,
    )
    assert shown(hours) == ["09:00-12:00", "13:00-16:00", "16:00-19:00", "19:00-20:00"]
    found = sessions_on(hours, MONDAY)[2]
    assert (found.slot, found.capacity) == (timedelta(minutes=40), 3)
    assert [f"{each.start:%H:%M}" for each in slots(found)] == ["15:00", "15:40", "16:20", "17:00"]


def test_hours_of_one_day_stand_in_a_weekly_break_but_not_in_one_of_the_day() -> None:
    once, lunch = Once(MONDAY, opening("12:00-12:45")), Once(MONDAY, opening("12:15-12:30"))
    hours = Hours(zone=LONDON, weekly=CLINIC.weekly, once=(once,), breaks=(*CLINIC.breaks, lunch))
    assert shown(hours)[:4] == ["09:00-12:00", "12:00-12:15", "12:30-12:45", "13:00-17:00"]


def test_leave_closes_everything_and_a_holiday_all_but_what_was_opened_for_it() -> None:
    extra = (Once(MONDAY, opening("10:00-12:00")),)
    for closed, left in (
        (holiday(MONDAY, LONDON, "May Day"), ["10:00-12:00"]),
        (Closure(local_day(MONDAY, LONDON), Why.LEAVE), []),
        (Closure(span("11:00-18:30"), Why.SICK), ["09:00-10:00", "10:00-11:00", "18:30-20:00"]),
    ):
        hours = Hours(zone=LONDON, weekly=CLINIC.weekly, once=extra, closures=(closed,))
        assert shown(hours) == left


def test_why_it_is_closed_is_told_and_why_a_person_is_away_is_not() -> None:
    hours = Hours(
        zone=LONDON,
        breaks=CLINIC.breaks,
        closures=(Closure(span("15:00-16:00"), Why.SICK), holiday(MONDAY, LONDON, "May Day")),
    )
    found = closings(hours, span("12:30-15:30"))
    assert [(each.why, each.why.shown, each.word) for each in found] == [
        (Why.HOLIDAY, "Holiday", "May Day"),
        (Why.BREAK, "Break", "Lunch"),
        (Why.SICK, "Away", ""),
    ]


def test_a_line_of_a_template_stands_from_its_first_day_to_its_last() -> None:
    line = weekly("09:00-10:00", since=MONDAY, until=MONDAY + 7 * DAY)
    open_on = [n for n in range(-7, 22, 7) if line.stands_on(MONDAY + n * DAY)]
    assert open_on == [0, 7]


def test_a_clinic_takes_the_kinds_it_says() -> None:
    line = Weekly(0, opening("09:00-10:00", kinds=frozenset({"FOLLOWUP"})))
    hours = Hours(zone=LONDON, weekly=(line, weekly("10:00-11:00")))
    day = local_day(MONDAY, LONDON)
    assert open_spans(hours, day) == open_spans(hours, day, "FOLLOWUP") == (span("09:00-11:00"),)
    assert open_spans(hours, day, "ROUTINE") == (span("10:00-11:00"),)


def test_a_night_clinic_is_still_open_in_the_morning() -> None:
    hours = Hours(zone=LONDON, weekly=(weekly("22:00-02:00"),))
    tuesday = local_day(MONDAY + DAY, LONDON)
    assert open_spans(hours, tuesday) == (span("00:00-02:00", MONDAY + DAY),)


def test_a_break_at_night_cuts_the_clinic_that_began_the_day_before() -> None:
    hours = Hours(
        zone=LONDON, weekly=(weekly("22:00-02:00"),), breaks=(weekly("00:30-01:00", weekday=1),)
    )
    assert shown(hours) == ["22:00-00:30", "01:00-02:00"]


def test_a_break_of_one_day_that_ends_in_the_night_cuts_the_hours_of_the_next() -> None:
    tuesday = MONDAY + DAY
    hours = Hours(
        zone=LONDON,
        once=(Once(tuesday, opening("00:00-02:00")),),
        breaks=(Once(MONDAY, opening("23:30-00:30")),),
    )
    assert shown(hours, tuesday) == ["00:30-02:00"]


def test_an_end_at_midnight_is_the_end_of_the_day() -> None:
    assert opening("00:00-00:00").on(MONDAY, LONDON) == local_day(MONDAY, LONDON)


@pytest.mark.parametrize(
    ("day", "hours", "length"),
    [
        ("2026-03-29", "00:30-03:00", 1.5),  # an hour is jumped over
        ("2026-03-29", "01:15-02:30", 0.5),
        ("2026-10-25", "00:30-03:00", 3.5),  # an hour comes twice
        ("2026-10-25", "01:15-01:45", 0.5),  # both are the first
    ],
)
def test_hours_in_a_night_of_the_clocks_are_as_long_as_they_pass(
    day: str, hours: str, length: float
) -> None:
    found = opening(hours).on(date.fromisoformat(day), LONDON)
    assert found is not None
    assert found.length == length * HOUR


def test_hours_that_are_jumped_over_open_nothing() -> None:
    assert opening("01:15-01:45").on(date(2026, 3, 29), LONDON) is None
    hours = Hours(zone=LONDON, weekly=(weekly("01:15-01:45", weekday=6),))
    assert shown(hours, date(2026, 3, 29)) == []


def test_two_lines_that_open_the_same_time_are_refused() -> None:
    for one, two in (
        (weekly("09:00-12:00"), weekly("11:00-13:00")),
        (weekly("22:00-02:00"), weekly("01:00-03:00", weekday=1)),
        (weekly("22:00-02:00", weekday=6), weekly("01:00-03:00")),
    ):
        for lines in ((one, two), (two, one)):
            with pytest.raises(NotAllowed, match="same time"):
                check(lines)
    check(
        (
            weekly("09:00-12:00", until=MONDAY),
            weekly("09:00-12:00", since=MONDAY + DAY),
            weekly("12:00-13:00"),
            weekly("09:00-12:00", weekday=1),
        )
    )


def test_hours_in_which_nobody_can_be_booked_are_refused() -> None:
    for wrong in ({"slot": timedelta(0)}, {"capacity": 0}):
        with pytest.raises(NotAllowed):
            opening("09:00-10:00", **wrong)
    with pytest.raises(NotAllowed):
        weekly("09:00-10:00", weekday=7)
    with pytest.raises(NotAllowed):
        weekly("09:00-10:00", since=MONDAY, until=MONDAY - DAY)


def test_what_is_left_at_the_end_is_no_slot() -> None:
    session = Session(span("09:00-10:10"), slot=timedelta(minutes=30))
    assert [each.length for each in slots(session)] == [HOUR / 2] * 2


def test_a_span_up_to_midnight_touches_one_day() -> None:
    assert list(days(local_day(MONDAY, LONDON), LONDON)) == [MONDAY]


# -- what holds in every zone and every night -------------------------------------------------

quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
openings = st.builds(lambda a, b: Opening(from_time=a, to_time=b), quarters, quarters)


@given(
    st.sampled_from(every_night()),
    st.lists(openings, min_size=1, max_size=3),
    st.lists(openings, max_size=2),
    st.integers(0, 40),
)
def test_open_time_never_overlaps_and_keeps_to_the_clock_on_the_wall(
    where: tuple[str, datetime], of: list[Opening], breaks: list[Opening], closed: int
) -> None:
    zone = ZoneInfo(where[0])
    day = where[1].astimezone(zone).date()
    lunch = tuple(Weekly(each, one) for each in range(7) for one in breaks)
    sick = Span.lasting(where[1] + (closed - 20) * HOUR, HOUR)
    whole = Span.lasting(where[1] - 2 * DAY, 4 * DAY)
    hours = Hours(
        zone=zone,
        weekly=tuple(Weekly(each, of[0]) for each in range(7)),
        once=tuple(Once(day, each) for each in of[1:2]),
        breaks=lunch,
        closures=(Closure(sick),),
    )
    found = open_spans(hours, whole)
    assert all(one.end < two.start for one, two in pairwise(found))
    for minute in range(0, 4 * 24 * 60, 15):
        at = whole.start + timedelta(minutes=minute)
        assert any(each.holds(at) for each in found) is is_open(hours, at), at


def is_open(hours: Hours, at: datetime) -> bool:
    """Ask at one instant, as somebody who looks at the clock on the wall."""
    if any(each.span.holds(at) for each in hours.closures):
        return False
    day = at.astimezone(hours.zone).date()

    def stands(lines: tuple[Weekly | Once, ...]) -> bool:
        return any(
            found.holds(at)
            for line in lines
            for near in (day - DAY, day)
            if line.stands_on(near) and (found := line.opening.on(near, hours.zone))
        )

    return stands(hours.once) or (stands(hours.weekly) and not stands(hours.breaks))


@given(st.sampled_from(ZONES).map(ZoneInfo), st.dates(date(2020, 1, 1), date(2035, 12, 30)))
def test_days_follow_each_other_without_gap(zone: ZoneInfo, day: date) -> None:
    today, tomorrow = local_day(day, zone), local_day(day + DAY, zone)
    assert today.end == tomorrow.start
    assert 23 * HOUR <= today.length <= 25 * HOUR
    assert today.start.astimezone(zone).date() == day
    assert (today.end - timedelta.resolution).astimezone(zone).date() == day
    assert today.start.tzinfo is UTC


def test_sessions_are_cut_to_what_was_asked() -> None:
    found = sessions(CLINIC, span("11:00-14:00"))
    assert [each.span for each in found] == [span("11:00-12:00"), span("13:00-14:00")]
