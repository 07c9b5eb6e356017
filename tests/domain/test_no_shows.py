"""No-shows: not before the time of grace, and two of them are known to staff."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.appointments import AppointmentStatus as S
from domain.errors import NotAllowed
from domain.no_shows import is_flagged, is_missed_by_itself, miss
from domain.recurrence import months_after

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("remote", "minutes"), [(False, 15), (True, 10)])
def test_nobody_has_missed_it_before_the_time_of_grace(*, remote: bool, minutes: int) -> None:
    assert miss(S.BOOKED, START, START + minutes * MINUTE, remote=remote) is S.NO_SHOW
    with pytest.raises(NotAllowed, match=f"until {minutes} minutes"):
        miss(S.BOOKED, START, START + (minutes - 1) * MINUTE, remote=remote)


@pytest.mark.parametrize("status", set(S) - {S.BOOKED})
def test_only_who_is_booked_can_miss_it(status: S) -> None:
    later = START + timedelta(hours=1)
    with pytest.raises(NotAllowed):
        miss(status, START, later)
    assert not is_missed_by_itself(status, START, later)


def test_an_inpatient_never_misses_by_the_clock_alone() -> None:
    over = START + 15 * MINUTE
    assert is_missed_by_itself(S.BOOKED, START, over)
    assert not is_missed_by_itself(S.BOOKED, START, over, inpatient=True)
    assert not is_missed_by_itself(S.BOOKED, START, START + 14 * MINUTE)
    assert is_missed_by_itself(S.BOOKED, START, START + 10 * MINUTE, remote=True)


def test_two_within_six_months_are_flagged() -> None:
    today = date(2026, 8, 31)
    inside, outside = date(2026, 3, 1), date(2026, 2, 28)  # there is no 31 February
    assert months_after(today, -6) == outside
    assert is_flagged([inside, today], today)
    assert not is_flagged([outside, today], today)
    assert not is_flagged([inside, today + timedelta(days=1)], today)
    assert not is_flagged([], today)


def test_months_end_where_the_month_does() -> None:
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert months_after(date(2026, 1, 31), -1) == date(2025, 12, 31)
    assert months_after(date(2024, 2, 29), 24) == date(2026, 2, 28)
