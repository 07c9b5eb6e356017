"""Golden forms: what staff read on every screen, letter by letter."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain import display

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 14, 2, tzinfo=LONDON)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("family", "given", "title", "shown"),
    [
        ("Smith", "Joan", "Mrs", "SMITH, Joan (Mrs)"),
        ("O'Connor", "Siobhan", None, "O'CONNOR, Siobhan"),
        ("Müller", "Jürgen", "", "MÜLLER, Jürgen"),
        ("da Silva", "Rosa Maria", None, "DA SILVA, Rosa Maria"),
        (" Smith ", " ", None, "SMITH"),
        (None, "Joan", None, "Joan"),
        (None, None, None, "Unknown"),
        ("", "", "Mr", "Unknown"),
    ],
)
def test_a_name(family: str | None, given: str | None, title: str | None, shown: str) -> None:
    assert display.name(family, given, title) == shown


@pytest.mark.parametrize(
    ("family", "given", "shown"),
    [
        ("Smith", "Joan", "J.S."),
        ("'t Hooft", "Åsa", "Å.T."),
        ("smith", None, "S."),
        (None, None, "Unknown"),
        ("123", "?", "Unknown"),
    ],
)
def test_initials(family: str | None, given: str | None, shown: str) -> None:
    assert display.initials(family, given) == shown


def test_a_preferred_name_has_its_label() -> None:
    assert display.preferred("Jo") == "Preferred name Jo"
    assert display.preferred(" ") == display.preferred(None) == ""


@pytest.mark.parametrize(
    ("lived", "shown"),
    [
        (timedelta(0), "0min"),
        (timedelta(minutes=90), "90min"),
        (timedelta(minutes=119), "119min"),
        (2 * HOUR, "2hrs"),
        (26 * HOUR, "26hrs"),
        (47 * HOUR, "47hrs"),
        (48 * HOUR, "2d"),
        (27 * DAY, "27d"),
        (28 * DAY, "4w"),
        (29 * DAY, "4w 1d"),
        (-HOUR, "Unknown"),
    ],
)
def test_the_age_of_the_newly_born(lived: timedelta, shown: str) -> None:
    assert display.age(NOW - lived, NOW) == shown


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        (date(2026, 11, 20), "0d"),
        (date(2026, 11, 19), "1d"),
        (date(2026, 10, 24), "27d"),
        (date(2026, 10, 22), "4w 1d"),
        (date(2025, 11, 21), "52w"),
        (date(2025, 11, 20), "12m"),
        (date(2025, 11, 12), "12m 8d"),
        (date(2024, 11, 21), "23m 30d"),
        (date(2024, 11, 20), "2y"),
        (date(2019, 8, 1), "7y 3m"),
        (date(2008, 11, 21), "17y 11m"),
        (date(2008, 11, 20), "18y"),
        (date(1945, 7, 14), "81y"),
        (date(1945, 11, 21), "80y"),
        (date(2026, 11, 21), "Unknown"),
    ],
)
def test_an_age_by_its_day_of_birth(born: date, shown: str) -> None:
    assert display.age(born, NOW) == shown


@pytest.mark.parametrize(
    ("born", "today", "shown"),
    [
        (date(2024, 2, 29), date(2025, 2, 27), "52w"),
        (date(2024, 2, 29), date(2025, 2, 28), "12m"),
        (date(2025, 1, 31), date(2026, 2, 28), "13m"),
        (date(2025, 1, 31), date(2026, 3, 1), "13m 1d"),
    ],
)
def test_a_short_month_ends_on_its_last_day(born: date, today: date, shown: str) -> None:
    at = datetime(today.year, today.month, today.day, 12, tzinfo=LONDON)
    assert display.age(born, at) == shown


def test_an_age_counts_the_hours_that_passed_not_those_on_the_clock() -> None:
    born = datetime(2026, 10, 25, 0, 30, tzinfo=LONDON)
    assert display.age(born, datetime(2026, 10, 25, 2, 0, tzinfo=LONDON)) == "2hrs"


def test_birth_and_death() -> None:
    assert display.birth(date(1945, 7, 14), NOW) == "Born 14-Jul-1945 (81y)"
    assert display.birth(None, NOW) == "Born Not recorded"
    late = datetime(2026, 7, 13, 23, 30, tzinfo=UTC)
    assert display.birth(late, NOW) == "Born 14-Jul-2026 (18w 3d)"
    on = datetime(2026, 11, 2, 3, 0, tzinfo=LONDON)
    assert display.died(on, date(1945, 7, 14)) == "Died 02-Nov-2026  Age at Death 81y"
    assert display.died(on, None) == "Died 02-Nov-2026  Age at Death Unknown"


def test_days_and_times() -> None:
    at = datetime(2026, 1, 5, 8, 4, tzinfo=UTC)
    assert display.day_of(at.date()) == "05-Jan-2026"
    assert display.day_of(at.date(), weekday=True) == "Mon 05-Jan-2026"
    assert display.time_of(at, LONDON) == "08:04"
    assert display.instant(at, LONDON) == "05-Jan-2026 08:04"
    midnight = datetime(2026, 7, 4, 23, 30, tzinfo=UTC)
    assert display.instant(midnight, LONDON) == "05-Jul-2026 00:30"


def test_the_hour_that_comes_twice_names_its_zone() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert display.time_of(first, LONDON) == "01:30 BST"
    assert display.time_of(first + HOUR, LONDON) == "01:30 GMT"
    assert display.time_of(first + 2 * HOUR, LONDON) == "02:30"


@pytest.mark.parametrize(
    ("long", "shown"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=48), "48s"),
        (timedelta(minutes=12, seconds=59), "12min"),
        (timedelta(hours=2, minutes=5), "2h 5min"),
        (timedelta(hours=2), "2h"),
        (timedelta(days=3), "3d"),
        (timedelta(days=3, minutes=59), "3d"),
        (timedelta(days=1, hours=4), "1d 4h"),
        (-HOUR, "0s"),
    ],
)
def test_a_duration(long: timedelta, shown: str) -> None:
    assert display.duration(long) == shown


@pytest.mark.parametrize(
    ("long", "shown"),
    [
        (timedelta(hours=6), "6h"),
        (timedelta(hours=5, minutes=59, seconds=1), "6h"),
        (timedelta(hours=5, minutes=59), "5h 59min"),
        (timedelta(seconds=59, milliseconds=1), "1min"),
        (timedelta(seconds=47, milliseconds=1), "48s"),
        (timedelta(days=1), "1d"),
        (timedelta(days=1, seconds=1), "1d 1h"),
        (-HOUR, "0s"),
    ],
)
def test_a_wait_is_never_told_shorter_than_it_is(long: timedelta, shown: str) -> None:
    assert display.wait(long) == shown


def test_the_time_to_wait_for_is_a_minute_that_is_late_enough() -> None:
    whole = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
    assert display.minute_after(whole) == whole
    assert display.minute_after(whole + timedelta(microseconds=1)) == whole + timedelta(minutes=1)


def test_an_approximate_duration_has_one_unit() -> None:
    assert display.duration(timedelta(hours=2, minutes=5), approximate=True) == "Approx 2h"
    assert display.duration(timedelta(minutes=25), approximate=True) == "Approx 25min"
    assert display.duration(timedelta(hours=1, minutes=45), approximate=True) == "Approx 2h"


def test_a_blank_is_explained() -> None:
    assert display.missing(None) == display.missing(" ") == "Not recorded"
    assert display.missing(" Polish ") == "Polish"
