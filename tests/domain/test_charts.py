"""Charts: every value stands where its time and its size put it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from time import thread_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import news2_chart
from domain.charts import Beyond, Frame, Scale, gridlines, level, place, plot, scale_of, strips
from domain.errors import NotAllowed
from domain.vitals import Vital

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
ROWS = (Vital.RESP_RATE, Vital.SPO2, Vital.SBP, Vital.DBP, Vital.PULSE, Vital.TEMP)
SCORED = (Vital.RESP_RATE, Vital.SPO2, Vital.SBP, Vital.PULSE, Vital.TEMP)


def frame(vital: Vital = Vital.PULSE, **changed: object) -> Frame:
    usual = {"start": NOON - DAY, "end": NOON, "scale": scale_of(vital), "width": 960.0}
    return Frame(**usual | {"height": 120.0} | changed)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_latest_stands_at_the_right_and_the_highest_at_the_top() -> None:
    row = frame(left=40.0, top=10.0)
    assert [place(row, at) for at in (NOON - DAY, NOON - DAY / 2, NOON)] == [40.0, 520.0, 1000.0]
    assert level(row, Decimal(180)) == (10.0, Beyond.ON)
    assert level(row, Decimal(35)) == (130.0, Beyond.ON)
    assert level(row, Decimal("107.5")) == (70.0, Beyond.ON)


def test_a_value_beyond_the_scale_stands_at_its_edge_says_so_and_keeps_its_number() -> None:
    found = plot(frame(), [(NOON - DAY / 2, Decimal(210)), (NOON, Decimal(0))]).marks
    assert [(mark.y, mark.beyond, mark.value) for mark in found] == [
        (0.0, Beyond.ABOVE, Decimal(210)),
        (120.0, Beyond.BELOW, Decimal(0)),
    ]


def test_a_scale_belongs_to_the_parameter_not_to_the_data() -> None:
    quiet = plot(frame(), [(NOON - DAY / 2, Decimal(70)), (NOON, Decimal(72))])
    wild = plot(frame(), [(NOON - DAY / 2, Decimal(40)), (NOON, Decimal(72))])
    assert quiet.marks[1] == wild.marks[1]


def test_joins_are_straight_and_a_missing_value_interrupts_them() -> None:
    values = [70, 72, None, 80, 82, None, 90]
    series = [
        (NOON - timedelta(hours=len(values) - at), None if value is None else Decimal(value))
        for at, value in enumerate(values)
    ]
    found = plot(frame(), reversed(series))
    assert [mark.value for mark in found.marks] == [70, 72, 80, 82, 90]
    assert [len(line) for line in found.lines] == [2, 2]
    xs = {(mark.x, mark.y) for mark in found.marks}
    assert {point for line in found.lines for point in line} <= xs


def test_what_is_outside_the_range_is_not_drawn() -> None:
    series = [(NOON - DAY * 2, Decimal(70)), (NOON + DAY, Decimal(70)), (NOON, Decimal(72))]
    assert [mark.value for mark in plot(frame(), series).marks] == [72]


@pytest.mark.parametrize("oxygen", [False, True])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("vital", SCORED)
def test_the_strips_cover_the_row_once(vital: Vital, scale: int, oxygen: bool) -> None:
    row = frame(vital, top=5.0)
    found = strips(row, vital, spo2_scale=scale, oxygen=oxygen)
    assert sum(strip.height for strip in found) == pytest.approx(120.0, abs=0.5)
    assert found[0].y + found[0].height == pytest.approx(125.0)
    assert found[-1].y == 5.0
    for low, high in pairwise(found):
        assert high.y + high.height == pytest.approx(low.y, abs=0.11)


@given(st.sampled_from(SCORED), st.integers(0, 350), st.sampled_from([1, 2]), st.booleans())
def test_a_value_stands_in_the_strip_of_its_points(
    vital: Vital, number: int, scale: int, oxygen: bool
) -> None:
    value, row = Decimal(number), frame(vital, height=4000.0)
    if not row.scale.low <= value <= row.scale.high:
        return
    y, _ = level(row, value)
    found = strips(row, vital, spo2_scale=scale, oxygen=oxygen)
    around = {strip.points for strip in found if strip.y <= y <= strip.y + strip.height}
    points = news2_chart.points(vital, value, scale=scale, oxygen=oxygen)
    assert around == {points}


def test_the_lines_stand_on_the_hours_of_the_ward() -> None:
    lines = gridlines(frame(), LONDON, every=6)
    assert [line.at.hour for line in lines] == [12, 18, 0, 6, 12]
    assert [line.x for line in lines] == [0.0, 240.0, 480.0, 720.0, 960.0]
    half = gridlines(frame(), ZoneInfo("Asia/Kolkata"), every=6)
    assert [line.at for line in half][:2] == [utc("2026-11-19T12:30"), utc("2026-11-19T18:30")]


def test_in_autumn_a_line_stands_twice_at_one_and_in_spring_not_at_all() -> None:
    autumn = frame(start=utc("2026-10-24T22:30"), end=utc("2026-10-25T03:30"))
    assert [line.at for line in gridlines(autumn, LONDON, every=1)] == [
        utc(f"2026-10-{when}:00") for when in ("24T23", "25T00", "25T01", "25T02", "25T03")
    ]
    spring = frame(start=utc("2026-03-28T23:30"), end=utc("2026-03-29T03:30"))
    clocks = [line.at.astimezone(LONDON).hour for line in gridlines(spring, LONDON, every=1)]
    assert clocks == [0, 2, 3, 4]
    wide = frame(start=utc("2026-10-24T12:00"), end=utc("2026-10-26T12:00"))
    clocks = [line.at.astimezone(LONDON).hour for line in gridlines(wide, LONDON, every=6)]
    assert clocks == [18, 0, 6, 12, 18, 0, 6, 12]


def test_a_chart_without_range_room_or_scale_is_refused() -> None:
    for changed in ({"end": NOON - DAY}, {"width": 0.0}, {"height": -1.0}):
        with pytest.raises(NotAllowed):
            frame(**changed)
    with pytest.raises(NotAllowed):
        Scale(Decimal(5), Decimal(5))
    with pytest.raises(NotAllowed):
        scale_of(Vital.CONSCIOUSNESS)
    for every in (0, 25):
        with pytest.raises(NotAllowed):
            gridlines(frame(), LONDON, every=every)


def test_72_hours_of_six_parameters_take_milliseconds() -> None:
    start = NOON - timedelta(hours=72)
    series = [(start + timedelta(minutes=15 * at), Decimal(60 + at % 40)) for at in range(289)]

    def draw() -> float:
        began = thread_time()
        for vital in ROWS:
            row = frame(vital, start=start)
            plot(row, series)
            gridlines(row, LONDON, every=6)
            if vital in SCORED:
                strips(row, vital)
        return thread_time() - began

    assert min(draw() for _ in range(5)) < 0.05  # a fifth of this on a quiet machine
