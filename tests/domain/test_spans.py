"""Spans: what overlaps, what a clean-up keeps busy, and that nothing is counted twice."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.spans import Buffer, Span, merged, shared, without

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 5, 4, tzinfo=UTC)

with (Path(__file__).parents[1] / "data/clinical/scheduling_vectors.csv").open(
    encoding="utf-8", newline=""
) as file:
    VECTORS = list(csv.DictReader(file))
OVERLAPS = [row for row in VECTORS if row["kind"].startswith("overlap")]


def span(text: str) -> Span:
    start, _, end = text.partition("/")
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_there_are_as_many_examples_as_were_reviewed() -> None:
    assert (len(VECTORS), len(OVERLAPS)) == (18, 10)


@pytest.mark.parametrize("row", OVERLAPS, ids=[row["id"] for row in OVERLAPS])
def test_two_bookings_clash_when_the_example_says(row: dict[str, str]) -> None:
    clean = timedelta(minutes=10) if row["kind"] == "overlap_buffer10" else timedelta(0)
    buffer = Buffer(after=clean)
    one, two = buffer.around(span(row["existing"])), buffer.around(span(row["candidate"]))
    assert one.overlaps(two) is two.overlaps(one) is (row["expected"] == "conflict")


def test_an_empty_or_backward_span_is_refused_and_so_is_a_time_without_a_zone() -> None:
    for end in (START, START - MINUTE):
        with pytest.raises(NotAllowed, match="after the start"):
            Span(START, end)
    with pytest.raises(NotAllowed, match="zone"):
        Span(START.replace(tzinfo=None), START.replace(tzinfo=None) + HOUR)
    with pytest.raises(NotAllowed):
        Buffer(before=-MINUTE)


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    half_past = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    twice = Span(half_past, half_past.replace(fold=1))
    assert twice.length == HOUR
    assert twice.start.tzinfo is twice.end.tzinfo is UTC


def test_two_hours_in_the_night_of_spring_end_at_half_past_three() -> None:
    row = next(row for row in VECTORS if row["id"] == "V15")
    half_past = datetime(2026, 3, 29, 0, 30, tzinfo=LONDON)
    visit = Span.lasting(half_past, 2 * HOUR)
    assert visit.end == datetime.fromisoformat(row["expected"])
    assert f"{visit.end.astimezone(LONDON):%H:%M}" == "03:30"


minutes = st.integers(0, 60)
some = st.lists(
    st.builds(lambda start, long: (start, start + long), minutes, st.integers(1, 20)), max_size=8
)


def spans(pairs: list[tuple[int, int]]) -> list[Span]:
    return [Span(START + one * MINUTE, START + two * MINUTE) for one, two in pairs]


def painted(of: tuple[Span, ...] | list[Span]) -> set[int]:
    """Write down every minute of spans."""
    return {
        minute
        for each in of
        for minute in range((each.start - START) // MINUTE, (each.end - START) // MINUTE)
    }


def in_order(found: tuple[Span, ...]) -> bool:
    return all(one.end < two.start for one, two in pairwise(found))


@given(some, some)
def test_joined_taken_out_and_shared_are_what_paper_says(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    left, right = spans(one), spans(two)
    for found, wanted in (
        (merged(left), painted(left)),
        (without(left, right), painted(left) - painted(right)),
        (shared(left, right), painted(left) & painted(right)),
    ):
        assert painted(found) == wanted
        assert in_order(found)
