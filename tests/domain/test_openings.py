"""Openings: what is offered fits everybody, nothing that fits better is passed over."""

import random
import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinic_hours import Hours, Opening, Session, Weekly, sessions
from domain.errors import NotAllowed
from domain.openings import Grid, Need, Resource, Search, find, nearest
from domain.openings import Opening as Found
from domain.spans import Buffer, Span
from tests.domain.nights import every_night

LONDON = ZoneInfo("Europe/London")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF = timedelta(minutes=30)
MONDAY = datetime(2026, 2, 2, tzinfo=UTC)  # London is in UTC


def at(text: str) -> datetime:
    return datetime.combine(MONDAY.date(), time.fromisoformat(text), UTC)


def span(text: str) -> Span:
    start, _, end = text.partition("-")
    return Span(at(start), at(end))


def resource(key: str, busy: str = "", hours: str | None = "09:00-17:00", **more: Any) -> Resource:
    taken = tuple(span(each) for each in busy.split())
    open_ = None if hours is None else [Session(span(each)) for each in hours.split()]
    return Resource(**{"key": key, "sessions": open_, "lanes": (taken,)} | more)


def search(*needs: Need | Resource, **more: Any) -> Search:
    wanted = tuple(each if isinstance(each, Need) else Need((each,)) for each in needs)
    usual = {"length": HALF, "within": Span(MONDAY, MONDAY + DAY), "grid": Grid(LONDON)}
    return Search(needs=wanted, **usual | more)


def times(found: tuple[Found, ...]) -> list[str]:
    return [f"{each.span.start:%H:%M}" for each in found]


def test_the_first_times_that_fit_all_are_found_and_none_lies_over_another() -> None:
    doctor = resource("doctor", "09:00-09:20 10:30-12:00")
    room = resource("room", "09:00-10:00", "08:00-18:00")
    assert times(find(search(doctor, room))) == ["10:00", "12:00", "12:30"]


def test_an_appointment_lies_in_open_hours_and_may_go_over_two_that_touch() -> None:
    clinic = resource("clinic", hours="09:00-10:00 10:00-10:15 11:00-11:20")
    assert times(find(search(clinic), 9)) == ["09:00", "09:30"]
    assert times(find(search(clinic, length=timedelta(minutes=75)))) == ["09:00"]
    assert find(search(clinic, length=2 * HOUR)) == ()


def test_what_touches_does_not_clash_but_a_buffer_does() -> None:
    busy = "09:00-10:00 10:30-17:00"
    assert times(find(search(resource("room", busy)))) == ["10:00"]
    for buffer in (Buffer(before=MINUTE), Buffer(after=MINUTE)):
        assert find(search(resource("room", busy, buffer=buffer))) == ()


def test_a_buffer_may_reach_over_the_hours_but_not_over_a_reservation() -> None:
    buffer = Buffer(before=HOUR, after=HOUR)
    room = resource("room", hours="09:00-09:30", buffer=buffer)
    assert times(find(search(room))) == ["09:00"]
    assert find(search(resource("room", "07:00-08:01", "09:00-09:30", buffer=buffer))) == ()
    assert find(search(resource("room", "10:29-10:40", "09:00-09:30", buffer=buffer))) == ()


def test_a_group_takes_as_many_as_it_has_lanes() -> None:
    lanes = ((span("09:00-10:00"),), (span("09:15-09:45"),))
    group = resource("group", hours="09:00-10:30", lanes=lanes)
    found = find(search(group, length=timedelta(minutes=15), grid=Grid(LONDON)), 9)
    assert times(found) == ["09:00", "09:45", "10:00", "10:15"]
    assert [each.taken for each in found[:3]] == [
        (("group", 1),), (("group", 1),), (("group", 0),),
    ]  # fmt: skip


def test_a_session_may_take_fewer_than_the_resource() -> None:
    both = ((span("09:00-17:00"),), ())
    hours = [Session(span("09:00-09:30"), capacity=1), Session(span("09:30-10:00"), capacity=2)]
    assert times(find(search(resource("group", sessions=hours, lanes=both)))) == ["09:30"]


def test_one_of_several_is_enough_the_liked_one_first() -> None:
    rooms = Need((resource("one", "09:00-09:30"), resource("two", "10:00-17:00")))
    found = find(search(rooms))
    assert [(*times((each,)), each.taken[0][0]) for each in found] == [
        ("09:00", "two"),
        ("09:30", "one"),
        ("10:00", "one"),
    ]


def test_two_needs_never_get_the_same_one() -> None:
    pool = (resource("ada", hours="09:00-10:00"), resource("grace", hours="09:30-11:00"))
    found = find(search(Need(pool), Need(pool)), 9)
    assert [(*times((each,)), each.taken) for each in found] == [
        ("09:30", (("ada", 0), ("grace", 0)))
    ]
    either, only = Need(pool), Need(pool[:1])
    assert find(search(either, only))[0].taken == (("grace", 0), ("ada", 0))


def test_the_nearest_times_lie_before_and_after_the_wish() -> None:
    doctor = resource("doctor", "10:00-11:00")
    assert times(nearest(search(doctor), at("10:10"))) == ["09:30", "11:00", "09:00"]
    assert times(nearest(search(doctor), at("03:00"))) == ["09:00", "09:30", "11:00"]
    assert times(nearest(search(doctor), at("23:00"), 2)) == ["16:30", "16:00"]


def test_nothing_is_offered_before_now() -> None:
    now = Span(at("12:05"), MONDAY + DAY)
    found = nearest(search(resource("doctor"), within=now), at("11:00"))
    assert times(found) == ["12:15", "12:45", "13:15"]


def test_times_with_the_same_clinician_come_first() -> None:
    same = resource("joan", "09:00-16:00")
    pool = Need((same, resource("mary")), keep=True)
    found = nearest(search(pool), at("10:00"), 4)
    assert [(*times((each,)), each.taken[0][0]) for each in found] == [
        ("16:00", "joan"),
        ("16:30", "joan"),
        ("10:00", "mary"),
        ("10:30", "mary"),
    ]


def test_a_grid_is_on_the_clock_of_the_place() -> None:
    room = resource("room", hours=None, lanes=((),))
    for zone, first in (("Asia/Kathmandu", "00:15"), ("Europe/London", "01:00")):
        grid = Grid(ZoneInfo(zone), HOUR)
        within = Span(at("00:05"), MONDAY + DAY)
        assert times(find(search(room, grid=grid, within=within), 1)) == [first]
    grid = Grid(LONDON, timedelta(minutes=40), anchor=time(9, 10))
    assert times(find(search(resource("room"), grid=grid))) == ["09:10", "09:50", "10:30"]


def test_a_search_for_nothing_is_refused() -> None:
    for wrong in ({"length": timedelta(0)}, {"length": -HALF}):
        with pytest.raises(NotAllowed):
            search(resource("room"), **wrong)
    with pytest.raises(NotAllowed, match="Nobody"):
        search(Need(()))
    for step in (timedelta(0), timedelta(seconds=90)):
        with pytest.raises(NotAllowed):
            Grid(LONDON, step)


def test_what_needs_nobody_is_free_from_the_start() -> None:
    assert times(find(search(), 1)) == ["00:00"]
    assert find(search(length=2 * DAY)) == ()


# -- held against somebody who tries every minute ---------------------------------------------


def fits(one: Resource, lane: int, wish: Span) -> bool:
    around = one.buffer.around(wish)
    if any(around.overlaps(busy) for busy in one.lanes[lane]):
        return False
    minutes = int(wish.length / MINUTE)
    return one.sessions is None or all(
        any(
            each.span.holds(wish.start + n * MINUTE)
            and (each.capacity is None or lane < each.capacity)
            for each in one.sessions
        )
        for n in range(minutes)
    )


def ways(of: Search, wish: Span) -> Iterator[tuple[tuple[Any, int], ...]]:
    """Give every way to meet all needs at a time."""
    options = [
        [(each.key, lane) for each in need.candidates for lane in range(len(each.lanes))
         if fits(each, lane, wish)]
        for need in of.needs
    ]  # fmt: skip
    yield from (way for way in product(*options) if len(set(way)) == len(way))


def on_grid(grid: Grid, when: datetime) -> bool:
    local = when.astimezone(grid.zone)
    minutes = (local.hour - grid.anchor.hour) * 60 + local.minute - grid.anchor.minute
    return local.second == 0 and minutes * MINUTE % grid.step == timedelta(0)


def by_the_minute(of: Search) -> list[Span]:
    found = []
    start = of.within.start
    while start + of.length <= of.within.end:
        wish = Span.lasting(start, of.length)
        if on_grid(of.grid, start) and any(ways(of, wish)):
            found.append(wish)
        start += MINUTE
    return found


steps = st.sampled_from([5, 10, 15, 20, 25, 40, 60, 90]).map(lambda n: n * MINUTE)
buffers = st.builds(Buffer, *[st.sampled_from([0, 0, 5, 10]).map(lambda n: n * MINUTE)] * 2)


@st.composite
def searches(draw: st.DrawFn) -> Search:
    zone, night = draw(st.sampled_from(every_night()))
    begin = night - 2 * HOUR

    def spans(most: int) -> list[Span]:
        pairs = st.tuples(st.integers(-60, 300), st.integers(1, 150))
        drawn = draw(st.lists(pairs, max_size=most))
        return [Span.lasting(begin + a * MINUTE, b * MINUTE) for a, b in drawn]

    def one(key: int) -> Resource:
        limits = st.sampled_from([None, None, 1, 2])
        hours = draw(st.booleans()) and [Session(each, capacity=draw(limits)) for each in spans(4)]
        lanes = tuple(spans(3) for _ in range(draw(st.integers(1, 2))))
        return Resource(key=key, sessions=hours or None, lanes=lanes, buffer=draw(buffers))

    pool = [one(key) for key in range(draw(st.integers(1, 3)))]
    some = st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique_by=lambda r: r.key)
    needs = draw(st.lists(some.map(lambda found: Need(tuple(found))), min_size=1, max_size=2))
    return Search(
        needs=tuple(needs),
        length=draw(st.integers(1, 100)) * MINUTE,
        within=Span.lasting(begin, draw(st.integers(60, 300)) * MINUTE),
        grid=Grid(ZoneInfo(zone), draw(steps), time(draw(st.integers(0, 23)), 10)),
    )


@given(searches())
def test_what_is_found_first_is_what_trying_every_minute_finds(of: Search) -> None:
    every = by_the_minute(of)
    wanted: list[Span] = []
    for each in every:
        if not wanted or not each.overlaps(wanted[-1]):
            wanted.append(each)
    found = find(of, 5)
    assert [each.span for each in found] == wanted[:5]
    for each in found:
        assert each.taken in list(ways(of, each.span))
    assert all(one.span.end <= two.span.start for one, two in pairwise(found))


@given(searches(), st.integers(-60, 400))
def test_what_is_nearest_is_what_trying_every_minute_finds(of: Search, minutes: int) -> None:
    wished = of.within.start + minutes * MINUTE
    wanted: list[Span] = []
    order = sorted(by_the_minute(of), key=lambda s: (abs(s.start - wished), s.start < wished))
    for each in order:
        if not any(each.overlaps(other) for other in wanted):
            wanted.append(each)
    found = nearest(of, wished)
    assert [each.span for each in found] == wanted[:3]
    for each in found:
        assert each.taken in list(ways(of, each.span))


def test_four_weeks_of_five_resources_take_a_blink() -> None:
    chance = random.Random(6)
    whole = Span(MONDAY, MONDAY + 28 * DAY)
    lines = tuple(Weekly(d, Opening(from_time=time(9), to_time=time(17))) for d in range(5))
    open_ = sessions(Hours(zone=LONDON, weekly=lines), whole)

    def one(key: int) -> Resource:
        busy = [
            Span.lasting(MONDAY + day * DAY + 9 * HOUR + n * HALF, HALF)
            for day in range(27)
            for n in range(16)
            if chance.random() < 0.6
        ]
        return Resource(key=key, sessions=open_, lanes=(busy,))

    of = search(*(one(key) for key in range(5)), within=whole)
    fastest = min(took(of) for _ in range(5))
    assert fastest < 0.02  # about 3 ms


def took(of: Search) -> float:
    begun = clock.thread_time()
    nearest(of, of.within.start + 14 * DAY)
    return clock.thread_time() - begun
