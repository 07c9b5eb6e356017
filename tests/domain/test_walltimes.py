"""Wall times: the hour that is missing is refused, the one that comes twice is asked about."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.wallclock import instants
from domain.walltimes import Which, moved_by_rules, questions, read, when
from tests.domain.nights import ZONES, every_night

LONDON = ZoneInfo("Europe/London")
SPRING, AUTUMN, HALF_PAST_ONE = date(2026, 3, 29), date(2026, 10, 25), time(1, 30)


def test_an_ordinary_time_needs_no_question() -> None:
    assert read("2026-07-01T09:00", LONDON) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert questions(date(2026, 7, 1), time(9), LONDON) == ()


@pytest.mark.parametrize(
    ("zone", "text", "sentence"),
    [
        (
            "Europe/London",
            "2026-03-29T01:30",
            (
                "01:30 does not exist on Sun 29-Mar-2026: the clocks go from 01:00 to 02:00. "
                "Choose another time."
            ),
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            (
                "02:15 does not exist on Sun 04-Oct-2026: the clocks go from 02:00 to 02:30. "
                "Choose another time."
            ),
        ),
        (
            "Pacific/Apia",
            "2011-12-30T09:00",
            (
                "09:00 does not exist on Fri 30-Dec-2011: the whole day is left out. "
                "Choose another day."
            ),
        ),
        (
            "Europe/London",
            "2026-10-25T01:30",
            (
                "01:30 comes twice on Sun 25-Oct-2026. "
                "Choose 01:30 BST, the first, or 01:30 GMT, the second."
            ),
        ),
    ],
)
def test_a_time_that_is_missing_or_comes_twice_is_refused_with_the_way_out(
    zone: str, text: str, sentence: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        read(text, ZoneInfo(zone))
    assert refused.value.sentence == sentence


def test_the_answer_to_the_question_is_the_instant() -> None:
    one, two = questions(AUTUMN, HALF_PAST_ONE, LONDON)
    assert one.at == when(AUTUMN, HALF_PAST_ONE, LONDON, Which.FIRST)
    assert two.at == read("2026-10-25 01:30", LONDON, Which.SECOND) == one.at + timedelta(hours=1)


def test_an_answer_to_a_question_nobody_asked_changes_nothing() -> None:
    assert read("2026-07-01T09:00", LONDON, Which.SECOND) == read("2026-07-01T09:00", LONDON)


def test_a_time_that_brings_its_offset_is_taken_as_it_is() -> None:
    assert read("2026-10-25T01:30+00:00", LONDON) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-03-29",
        "2026-02-30T10:00",
        "2026-03-29T25:00",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:00",
    ],
)
def test_what_is_no_time_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(NotAllowed, match=r"(14:30|date)\.$"):
        read(text, LONDON)


@given(st.text(max_size=30))
def test_no_text_breaks_the_form(text: str) -> None:
    with suppress(NotAllowed):
        assert read(text, LONDON, Which.FIRST).tzinfo is UTC


@given(st.sampled_from(every_night()), st.integers(-300, 300), st.sampled_from(Which))
def test_every_time_near_a_night_is_one_instant_or_refused(
    where: tuple[str, datetime], minutes: int, which: Which
) -> None:
    zone = ZoneInfo(where[0])
    wall = where[1].astimezone(zone).replace(tzinfo=None) + timedelta(minutes=minutes)
    if instants(wall.date(), wall.time(), zone):
        at = when(wall.date(), wall.time(), zone, which)
        assert at.astimezone(zone).replace(tzinfo=None) == wall
    else:
        with pytest.raises(NotAllowed, match="does not exist"):
            when(wall.date(), wall.time(), zone, which)


def test_a_zone_that_gets_other_rules_moves_what_is_not_yet_past() -> None:
    wall = datetime.combine(date(2027, 7, 1), time(9))
    summer, winter = datetime(2027, 7, 1, 8, tzinfo=UTC), datetime(2027, 7, 1, 9, tzinfo=UTC)
    assert moved_by_rules(wall, LONDON, summer) is None
    assert moved_by_rules(wall, LONDON, winter) == summer
    twice = datetime.combine(AUTUMN, HALF_PAST_ONE)
    for which in Which:
        assert moved_by_rules(twice, LONDON, when(AUTUMN, HALF_PAST_ONE, LONDON, which)) is None
    missing = datetime.combine(SPRING, HALF_PAST_ONE)
    assert moved_by_rules(missing, LONDON, datetime(2026, 3, 29, 1, tzinfo=UTC)) is None


def test_there_is_a_night_for_every_zone() -> None:
    assert {zone for zone, _ in every_night()} == set(ZONES)
