"""The clock on the ward: an hour that comes twice, one that never comes, and half-hour zones."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wallclock import first, instants

LONDON = ZoneInfo("Europe/London")
ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/Havana",  # jumps at midnight
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # jumps by half an hour
    "Pacific/Apia",  # 30-Dec-2011 never was
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "found"),
    [
        ("Europe/London", "2026-07-01", "07:30", ["2026-07-01T06:30"]),
        ("Europe/London", "2026-10-25", "01:30", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        ("Europe/London", "2026-03-29", "01:30", []),
        ("Asia/Kolkata", "2026-03-29", "07:30", ["2026-03-29T02:00"]),
        ("Asia/Kathmandu", "2026-03-29", "00:00", ["2026-03-28T18:15"]),
        ("Pacific/Apia", "2011-12-30", "12:00", []),
    ],
)
def test_a_time_happens_once_twice_or_never(
    zone: str, day: str, wall: str, found: list[str]
) -> None:
    when = instants(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone))
    assert list(when) == [at(text) for text in found]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "found"),
    [
        ("Europe/London", "2026-03-29", "01:00", "2026-03-29T01:00"),
        ("Europe/London", "2026-03-29", "01:59", "2026-03-29T01:00"),
        ("Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30"),
        ("America/Havana", "2026-03-08", "00:30", "2026-03-08T05:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30", "07:30", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_is_jumped_over_happens_at_the_jump(
    zone: str, day: str, wall: str, found: str
) -> None:
    assert first(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone)) == at(found)


@given(
    st.sampled_from(ZONES).map(ZoneInfo),
    st.dates(date(2009, 1, 1), date(2040, 1, 1)),
    st.times(),
    st.times(),
)
def test_a_later_time_is_never_earlier(zone: tzinfo, day: date, one: time, two: time) -> None:
    early, late = sorted((one, two))
    assert first(day, early, zone) <= first(day, late, zone)
    assert first(day, late, zone) <= first(day + timedelta(days=1), early, zone)


@given(
    st.sampled_from(ZONES).map(ZoneInfo),
    st.timedeltas(timedelta(0), timedelta(days=11_000)),
)
def test_every_instant_is_found_again_by_its_time(zone: tzinfo, after: timedelta) -> None:
    instant = at("2009-01-01") + after
    local = instant.astimezone(zone)
    assert instant in instants(local.date(), local.time(), zone)
