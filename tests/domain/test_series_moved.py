"""A series that is given another time: one answers to one, and the clock on the wall is kept."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain import recurrence, series
from domain.errors import NotAllowed
from domain.openings import MINUTE
from domain.series import Series

LONDON = ZoneInfo("Europe/London")


def at(wall: str) -> datetime:
    return datetime.fromisoformat(wall)


def plan(rule: str, first: datetime, *without: date) -> Series:
    read = recurrence.parse(rule, LONDON)
    return Series(
        first=first, zone=LONDON, rule=read, length=20 * MINUTE, without=frozenset(without)
    )


def walls(of: Series) -> list[str]:
    return [f"{one.wall:%Y-%m-%d %H:%M}" for one in series.expand(of)]


def test_weeks_move_to_another_day_and_keep_the_wall_across_the_change_of_clocks() -> None:
    old = plan("FREQ=WEEKLY;COUNT=6", at("2027-03-09 09:00"))  # clocks change on 28-Mar
    new = series.moved(old, 3, at("2027-03-25 14:30"), since=2)
    assert walls(new) == [f"2027-{day} 14:30" for day in
                          ("03-18", "03-25", "04-01", "04-08", "04-15")]  # fmt: skip
    assert {one.span.start.hour for one in series.expand(new)} == {14, 13}  # in UTC


def test_what_was_left_out_stays_left_out() -> None:
    old = plan("FREQ=WEEKLY;COUNT=4", at("2027-05-03 09:00"), date(2027, 5, 17))
    new = series.moved(old, 1, at("2027-05-04 09:00"), since=1)
    assert walls(new) == ["2027-05-04 09:00", "2027-05-11 09:00", "2027-05-25 09:00"]


def test_a_weekday_of_the_month_becomes_another_one() -> None:
    old = plan("FREQ=MONTHLY;BYDAY=2TU;COUNT=4", at("2027-01-12 09:00"))
    new = series.moved(old, 2, at("2027-02-25 09:00"), since=1)  # the fourth Thursday
    assert walls(new) == [f"2027-{day} 09:00" for day in ("01-28", "02-25", "03-25", "04-22")]


def test_days_of_which_there_are_several_keep_their_days() -> None:
    old = plan("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", at("2027-05-03 09:00"))
    assert walls(series.moved(old, 2, at("2027-05-05 11:00"), since=2)) == [
        "2027-05-05 11:00", "2027-05-10 11:00", "2027-05-12 11:00",
    ]  # fmt: skip
    with pytest.raises(NotAllowed, match="another time of day, not another day"):
        series.moved(old, 2, at("2027-05-06 09:00"), since=2)


@pytest.mark.parametrize(("number", "since"), [(0, 1), (9, 1), (2, 3)])
def test_a_number_that_is_none_is_refused(number: int, since: int) -> None:
    old = plan("FREQ=WEEKLY;COUNT=4", at("2027-05-03 09:00"))
    with pytest.raises(NotAllowed, match="no appointment of the series"):
        series.moved(old, number, at("2027-05-04 09:00"), since=since)
