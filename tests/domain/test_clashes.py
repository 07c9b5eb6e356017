"""Clashes: a refusal names everything in the way at once, and nothing that is not."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clashes import Booked, Calendar, Clash, Why, Wish, between, find, free_lane
from domain.clinic_hours import Closure, Hours, Once, Opening, Session, Weekly, holiday, local_day
from domain.clinic_hours import Why as Closed
from domain.openings import Grid, Need, Resource, Search
from domain.openings import find as openings
from domain.spans import Buffer, Span

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 2, 2)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.combine(MONDAY, time.fromisoformat(text), LONDON)


def span(text: str) -> Span:
    start, _, end = text.partition("-")
    return Span(at(start), at(end))


def line(text: str, **more: Any) -> Opening:
    start, _, end = text.partition("-")
    return Opening(from_time=time.fromisoformat(start), to_time=time.fromisoformat(end), **more)


def hours(*open_: str, **more: Any) -> Hours:
    return Hours(zone=LONDON, weekly=tuple(Weekly(0, line(each)) for each in open_), **more)


def wish(text: str, **more: Any) -> Wish:
    start, _, end = text.partition("-")
    return Wish(start=at(start), end=at(end), zone=LONDON, **more)


def said(found: tuple[Clash, ...]) -> list[str]:
    return [each.sentence for each in found]


DOCTOR = Calendar(
    name="Dr Adeyemi",
    hours=hours("09:00-17:00", breaks=(Weekly(0, line("12:00-13:00"), word="Lunch"),)),
    booked=(
        Booked(span("10:00-10:30"), "OKAFOR, Chidi"),
        Booked(span("11:00-11:30"), "desk 2", held=True),
    ),
)


def test_what_touches_is_not_in_the_way() -> None:
    assert find(wish("10:30-11:00"), [DOCTOR], NOW) == ()


def test_everything_in_the_way_is_told_at_once() -> None:
    room = Calendar(
        name="Room 1",
        hours=hours("09:00-11:00", "13:00-17:00"),
        booked=(Booked(span("10:50-11:00")),),
        buffer=Buffer(after=10 * MINUTE),
    )
    patient = Calendar(name="SMITH, Joan", booked=(Booked(span("12:00-12:30"), "the eye clinic"),))
    found = find(wish("10:15-12:15"), [DOCTOR, room, patient], NOW)
    assert said(found) == [
        "Dr Adeyemi has a break (Lunch) 12:00–13:00.",
        "Dr Adeyemi has OKAFOR, Chidi 10:00–10:30.",
        "Dr Adeyemi is held by desk 2 11:00–11:30.",
        "Room 1 is not open 11:00–12:15; that day it is open 09:00–11:00 and 13:00–17:00.",
        "Room 1 has another appointment 10:50–11:00.",
        "SMITH, Joan has the eye clinic 12:00–12:30.",
    ]
    assert [each.why for each in found] == [
        Why.BREAK, Why.BUSY, Why.HELD, Why.CLOSED, Why.BUSY, Why.BUSY,
    ]  # fmt: skip
    assert [each.beside for each in found] == [False, True, False, False, True, True]


def test_cleaning_up_is_in_the_way_as_the_appointment_is() -> None:
    room = Calendar(
        name="Room", booked=(Booked(span("10:00-10:40")),), buffer=Buffer(after=10 * MINUTE)
    )
    assert [each.why for each in find(wish("09:35-09:55"), [room], NOW)] == [Why.BUSY]
    assert find(wish("09:30-09:50"), [room], NOW) == ()
    assert find(wish("10:40-11:00"), [room], NOW) == ()


def test_who_is_away_is_away_and_a_holiday_has_its_name() -> None:
    for closure, sentence in (
        (Closure(span("09:00-12:00"), Closed.SICK, "flu"), "Joan is away 09:00–12:00."),
        (Closure(span("09:00-12:00"), Closed.LEAVE), "Joan is away 09:00–12:00."),
        (
            Closure(span("09:00-12:00"), Closed.MAINTENANCE, "new lamp"),
            "Joan is closed (maintenance: new lamp) 09:00–12:00.",
        ),
        (
            holiday(MONDAY, LONDON, "Founder's day"),
            "Joan has a holiday (Founder's day) on Mon 02-Feb-2026.",
        ),
        (
            Closure(Span(at("09:00"), at("09:00") + 48 * HOUR), Closed.LEAVE),
            "Joan is away 02-Feb-2026 09:00 to 04-Feb-2026 09:00.",
        ),
    ):
        calendar = Calendar(name="Joan", hours=hours("09:00-17:00", closures=(closure,)))
        assert said(find(wish("10:00-10:30"), [calendar], NOW)) == [sentence]


def test_hours_opened_on_a_holiday_can_be_booked() -> None:
    extra = hours(
        "09:00-17:00",
        once=(Once(MONDAY, line("10:00-11:00")),),
        closures=(holiday(MONDAY, LONDON),),
    )
    assert find(wish("10:00-10:30"), [Calendar(name="Joan", hours=extra)], NOW) == ()


def test_a_day_without_hours_says_so() -> None:
    assert said(find(wish("10:00-10:30"), [Calendar(name="Joan", hours=hours())], NOW)) == [
        "Joan is not open 10:00–10:30 or at any time that day."
    ]


def test_a_clinic_that_takes_another_kind_says_so() -> None:
    of = Hours(zone=LONDON, weekly=(Weekly(0, line("09:00-12:00", kinds=frozenset({"FOLLOWUP"}))),))
    clinic = Calendar(name="Nurse clinic", hours=of)
    asked = wish("11:30-12:30", kind="CHECKUP", kind_word="check-up")
    assert said(find(asked, [clinic], NOW)) == [
        "Nurse clinic is not open 12:00–12:30; that day it is open 09:00–12:00.",
        "Nurse clinic takes no check-up 11:30–12:00.",
    ]


@pytest.mark.parametrize("text", ["10:00-10:00", "10:30-10:00"])
def test_a_time_without_length_is_refused_before_anything_else(text: str) -> None:
    found = find(wish(text), [DOCTOR], NOW)
    assert [(each.why, each.sentence) for each in found] == [
        (Why.LENGTH, "The end must be after the start.")
    ]


def test_the_past_and_the_endless_are_refused_but_not_this_minute() -> None:
    now = at("10:00:30")
    assert [each.why for each in find(wish("09:58-10:30"), [], now)] == [Why.PAST]
    assert find(wish("10:00-10:30"), [], now) == find(wish("08:00-09:00"), [], now, past=True) == ()
    found = find(wish("08:00-20:01"), [], now)
    assert said(found) == [
        "An appointment lasts at most 12 hours.",
        "02-Feb-2026 08:00 has passed.",
    ]


def test_a_group_is_full_when_no_lane_is_free_for_all_of_the_time() -> None:
    two = (Booked(span("09:00-10:00"), "A", 0), Booked(span("10:00-11:00"), "B", 1))
    assert free_lane(two, span("09:30-10:30"), 2) is None
    assert free_lane(two, span("10:00-10:30"), 2) == 0
    group = Calendar(name="Group", booked=two, capacity=2)
    assert said(find(wish("09:30-10:30"), [group], NOW)) == [
        "Group has A 09:00–10:00.",
        "Group has B 10:00–11:00.",
    ]


def test_the_hour_that_comes_twice_is_told_with_its_zone() -> None:
    night = local_day(date(2026, 10, 25), LONDON).start
    assert between(Span.lasting(night + HOUR / 2, HOUR), LONDON) == "00:30–01:30 BST"


@given(
    st.lists(st.tuples(st.integers(0, 47), st.integers(1, 6), st.integers(0, 1)), max_size=8),
    st.lists(st.tuples(st.integers(0, 47), st.integers(1, 12)), max_size=3),
    st.tuples(st.integers(0, 47), st.integers(1, 8)),
    st.sampled_from([0, 15]),
)
def test_what_can_be_booked_is_what_openings_offer(
    taken: list[tuple[int, int, int]],
    opened: list[tuple[int, int]],
    asked: tuple[int, int],
    after: int,
) -> None:
    def quarters(start: int, long: int) -> Span:
        return Span.lasting(at("09:00") + start * 15 * MINUTE, long * 15 * MINUTE)

    once = tuple(
        Once(MONDAY, Opening(from_time=s.start.time(), to_time=s.end.time()))
        for s in (quarters(*each) for each in opened)
    )
    of = Hours(zone=LONDON, once=once)
    buffer = Buffer(after=after * MINUTE)
    booked = [Booked(quarters(start, long), lane=lane) for start, long, lane in taken]
    span_ = quarters(*asked)
    found = find(
        Wish(start=span_.start, end=span_.end, zone=LONDON),
        [Calendar(name="x", hours=of, booked=booked, capacity=2, buffer=buffer)],
        NOW,
    )
    spans = [s for each in once if (s := each.opening.on(MONDAY, LONDON))]
    lanes = tuple([one.span for one in booked if one.lane == lane] for lane in range(2))
    resource = Resource(key=1, sessions=[Session(s) for s in spans], lanes=lanes, buffer=buffer)
    offered = openings(
        Search(needs=(Need((resource,)),), length=span_.length, within=span_, grid=Grid(LONDON))
    )
    assert bool(found) is not bool(offered)
