"""Series: the same time on the wall, whatever the clocks do, and never more than agreed."""

import csv
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.recurrence import Freq, Rule, Weekday, parse, text, until, walls
from domain.series import MOST, Series, described, expand, split
from tests.domain.nights import ZONES, every_night

LONDON = ZoneInfo("Europe/London")
HALF, DAY = timedelta(minutes=30), timedelta(days=1)
local = datetime.fromisoformat
FIRST = local("2026-03-16T09:00")  # a Monday

with (Path(__file__).parents[1] / "data/clinical/scheduling_vectors.csv").open(
    encoding="utf-8", newline=""
) as file:
    WEEKLY = [row for row in csv.DictReader(file) if row["kind"].startswith("weekly")]


def series(rule: str, first: datetime = FIRST, **more: Any) -> Series:
    usual = {"zone": LONDON, "length": HALF}
    zone = more.get("zone", LONDON)
    return Series(**{"first": first, "rule": parse(rule, zone)} | usual | more)


def days(of: Series) -> list[str]:
    return [f"{each.wall:%a %d-%m}" for each in expand(of)]


def test_the_weekly_examples_keep_nine_o_clock() -> None:
    found = expand(series(f"FREQ=WEEKLY;COUNT={len(WEEKLY)}"))
    assert len(WEEKLY) == 4
    for each, row in zip(found, WEEKLY, strict=True):
        assert each.span.start == datetime.fromisoformat(row["expected"])
        assert f"{each.span.start.astimezone(LONDON):%Y-%m-%dT%H:%M%z}" == row["existing"]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("FREQ=DAILY;COUNT=3", ["Mon 16-03", "Tue 17-03", "Wed 18-03"]),
        ("FREQ=DAILY;BYDAY=MO,FR;COUNT=3", ["Mon 16-03", "Fri 20-03", "Mon 23-03"]),
        ("FREQ=DAILY;INTERVAL=2;UNTIL=20260320", ["Mon 16-03", "Wed 18-03", "Fri 20-03"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4",
         ["Mon 16-03", "Wed 18-03", "Mon 30-03", "Wed 01-04"]),
        ("FREQ=WEEKLY;UNTIL=20260323T090000", ["Mon 16-03", "Mon 23-03"]),
        ("FREQ=WEEKLY;UNTIL=20260323T085959", ["Mon 16-03"]),
        ("FREQ=WEEKLY;UNTIL=20260330T080000Z", ["Mon 16-03", "Mon 23-03", "Mon 30-03"]),
        ("FREQ=WEEKLY;UNTIL=20260330T075959Z", ["Mon 16-03", "Mon 23-03"]),
        ("FREQ=MONTHLY;COUNT=3", ["Mon 16-03", "Thu 16-04", "Sat 16-05"]),
        ("FREQ=MONTHLY;BYDAY=3MO;COUNT=3", ["Mon 16-03", "Mon 20-04", "Mon 18-05"]),
        ("FREQ=MONTHLY;BYDAY=3MO,-1FR;COUNT=3", ["Mon 16-03", "Fri 27-03", "Mon 20-04"]),
        ("FREQ=MONTHLY;BYDAY=MO;COUNT=4", ["Mon 16-03", "Mon 23-03", "Mon 30-03", "Mon 06-04"]),
    ],
)  # fmt: skip
def test_a_rule_names_these_days(rule: str, wanted: list[str]) -> None:
    assert days(series(rule)) == wanted


def test_a_month_without_a_31st_or_a_fifth_monday_is_passed_over() -> None:
    on_31st = series("FREQ=MONTHLY;COUNT=3", local("2026-01-31T09:00"))
    assert days(on_31st) == ["Sat 31-01", "Tue 31-03", "Sun 31-05"]
    fifth = series("FREQ=MONTHLY;BYDAY=5MO;COUNT=2", local("2026-03-30T09:00"))
    assert days(fifth) == ["Mon 30-03", "Mon 29-06"]


def test_a_day_that_is_left_out_is_counted_all_the_same() -> None:
    found = expand(series("FREQ=WEEKLY;COUNT=3", without=frozenset({date(2026, 3, 23)})))
    assert [(each.number, each.wall.day) for each in found] == [(1, 16), (3, 30)]


def test_a_time_that_is_jumped_over_happens_at_the_jump_and_says_so() -> None:
    found = expand(series("FREQ=DAILY;COUNT=3", local("2026-03-28T01:30")))
    assert [f"{each.span.start:%H:%M}" for each in found] == ["01:30", "01:00", "00:30"]
    assert [each.notice(LONDON) for each in found] == [
        "",
        "01:30 does not exist on Sun 29-Mar-2026: this appointment is at 02:00.",
        "",
    ]
    assert {each.span.length for each in found} == {HALF}


def test_a_time_that_comes_twice_is_the_first_and_says_so() -> None:
    (found,) = expand(series("FREQ=DAILY;COUNT=1", local("2026-10-25T01:30")))
    assert found.span.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.notice(LONDON) == (
        "01:30 comes twice on Sun 25-Oct-2026: this appointment is at 01:30 BST."
    )


def test_a_day_that_never_was_has_no_appointment() -> None:
    apia = ZoneInfo("Pacific/Apia")
    found = expand(series("FREQ=DAILY;COUNT=3", local("2011-12-29T00:00"), zone=apia))
    assert [each.wall.day for each in found] == [29, 31]


@pytest.mark.parametrize(
    ("rule", "first", "code"),
    [
        ("FREQ=DAILY;COUNT=201", FIRST, "series.most"),
        ("FREQ=DAILY;UNTIL=20261231", FIRST, "series.most"),
        ("FREQ=MONTHLY;COUNT=26", FIRST, "series.months"),
        ("FREQ=MONTHLY;INTERVAL=12;BYDAY=5SU;COUNT=9", local("2032-02-29T09:00"), "series.months"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", FIRST, "series.first"),
        ("FREQ=WEEKLY;UNTIL=20260315", FIRST, "series.first"),
        ("FREQ=DAILY;COUNT=2", local("9999-12-31T00:00"), "series.year"),
    ],
)
def test_a_series_beyond_its_limits_is_refused(rule: str, first: datetime, code: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        expand(series(rule, first))
    assert refused.value.code == code


def test_a_series_may_be_as_long_as_its_limits() -> None:
    assert len(expand(series(f"FREQ=DAILY;COUNT={MOST}"))) == MOST
    assert len(expand(series("FREQ=MONTHLY;COUNT=25"))) == 25


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=YEARLY;COUNT=1", "FREQ=DAILY", "FREQ=DAILY;COUNT=2;UNTIL=20260401",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;COUNT=x", "FREQ=DAILY;COUNT=²",
        "FREQ=DAILY;INTERVAL=0;COUNT=1", "FREQ=WEEKLY;BYDAY=1MO;COUNT=1", "FREQ=DAILY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=6MO;COUNT=1", "FREQ=MONTHLY;BYDAY=0MO;COUNT=1",
        "FREQ=MONTHLY;BYDAY=+-1MO;COUNT=1", "FREQ=DAILY;COUNT=1;COUNT=1", "FREQ=DAILY;COUNT=1;;",
        "FREQ=DAILY;BYMONTHDAY=1;COUNT=1", "FREQ=DAILY;UNTIL=20261399", "FREQ=DAILY;UNTIL=2026",
        "FREQ=WEEKLY;WKST=SU;COUNT=1", "FREQ=DAILY;UNTIL=00010101T000000Z", "COUNT=1",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_followed_is_refused_in_a_sentence(rule: str) -> None:
    with pytest.raises(NotAllowed, match=r"\.$"):
        parse(rule, ZoneInfo("America/New_York"))


@given(st.text(alphabet="FREQDAILYWKCOUNTIB=;,1-0MOZ", max_size=60))
def test_no_text_breaks_the_reader(rule: str) -> None:
    with suppress(NotAllowed):
        parse(f"FREQ=DAILY;{rule}", LONDON)


def test_an_end_is_told_to_other_calendars_in_utc() -> None:
    rule = Rule(freq=Freq.WEEKLY, until=until(date(2026, 6, 30)))
    assert text(rule) == "FREQ=WEEKLY;UNTIL=20260630T235959"
    assert text(rule, LONDON) == "FREQ=WEEKLY;UNTIL=20260630T225959Z"
    twice = Rule(freq=Freq.DAILY, until=local("2026-10-25T01:30"))
    assert text(twice, LONDON) == "FREQ=DAILY;UNTIL=20261025T013000Z"


def test_a_rule_is_said_in_words() -> None:
    for rule, words in (
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=8",
            "every 2 weeks on Monday, Wednesday, 8 times",
        ),
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260630", "every month on last Friday, until 30-Jun-2026"),
    ):
        assert described(parse(rule, LONDON)) == words


def test_this_and_following_are_cut_off_with_what_they_leave_out() -> None:
    gone = frozenset({date(2026, 3, 23), date(2026, 4, 6)})
    whole = series("FREQ=WEEKLY;COUNT=5", without=gone)
    before, rest = split(whole, 3)
    assert days(before) + days(rest) == days(whole)
    assert (before.without, rest.without) == ({date(2026, 3, 23)}, {date(2026, 4, 6)})
    for number in (1, 6):
        with pytest.raises(NotAllowed):
            split(whole, number)


# -- what holds in every zone -----------------------------------------------------------------

weekdays = st.lists(st.integers(0, 6), max_size=3, unique=True)
nths = st.one_of(st.none(), st.integers(1, 5), st.integers(-5, -1))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    freq = draw(st.sampled_from(Freq))
    nth = nths if freq is Freq.MONTHLY else st.none()
    chosen = tuple(Weekday(day, draw(nth)) for day in draw(weekdays))
    ends: dict[str, Any] = {"count": draw(st.integers(1, 20))}
    if draw(st.booleans()):
        ends = {"until": draw(st.datetimes(local("2026-01-01T00:00"), local("2028-01-01T00:00")))}
        ends["until"] = ends["until"].replace(microsecond=0)
    return Rule(freq=freq, interval=draw(st.integers(1, 4)), weekdays=chosen, **ends)


@given(rules(), st.sampled_from(ZONES).map(ZoneInfo))
def test_a_rule_written_and_read_is_the_same(rule: Rule, zone: ZoneInfo) -> None:
    assert parse(text(rule), zone) == rule
    assert parse(f"rrule:{text(rule)}", zone) == rule


def on_paper(rule: Rule, first: datetime) -> list[datetime]:
    """List the times of a rule as somebody with a calendar on paper would, day by day."""
    found, day = [], first.date()
    while day < date(2030, 1, 1) and len(found) < (rule.count or MOST):
        wall = datetime.combine(day, first.time())
        if rule.until is not None and wall > rule.until:
            break
        if of_period(rule, first.date(), day) and of_weekday(rule, first.date(), day):
            found.append(wall)
        day += DAY
    return found


def of_period(rule: Rule, first: date, day: date) -> bool:
    monday = first - first.weekday() * DAY
    months = (day.year - first.year) * 12 + day.month - first.month
    match rule.freq:
        case Freq.DAILY:
            return (day - first).days % rule.interval == 0
        case Freq.WEEKLY:
            return (day - monday).days // 7 % rule.interval == 0
        case _:
            return months % rule.interval == 0


def of_weekday(rule: Rule, first: date, day: date) -> bool:
    if not rule.weekdays:
        return {
            Freq.DAILY: True,
            Freq.WEEKLY: day.weekday() == first.weekday(),
            Freq.MONTHLY: day.day == first.day,
        }[rule.freq]
    left = ((day.replace(day=28) + 4 * DAY).replace(day=1) - day).days
    places = {None, (day.day + 6) // 7, -((left + 6) // 7)}
    return any(each.day == day.weekday() and each.nth in places for each in rule.weekdays)


@given(rules(), st.datetimes(local("2026-01-01T00:00"), local("2027-01-01T00:00")))
def test_the_days_of_a_rule_are_those_on_paper(rule: Rule, first: datetime) -> None:
    wanted = [wall for wall in on_paper(rule, first) if wall < first + 1000 * DAY]
    found = [wall for wall in walls(rule, first) if wall < first + 1000 * DAY]
    assert found[:MOST] == wanted


@given(
    st.sampled_from(every_night()),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(["FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;INTERVAL=3;COUNT=3"]),
)
def test_the_time_on_the_wall_is_kept_over_every_night(
    where: tuple[str, datetime], wall: time, rule: str
) -> None:
    zone, night = ZoneInfo(where[0]), where[1]
    first = datetime.combine(night.astimezone(zone).date() - 3 * DAY, wall)
    of = series(rule, first, zone=zone)
    found = expand(of)
    assert found == expand(of)
    for each in found:
        shown = each.span.start.astimezone(zone).replace(tzinfo=None)
        assert shown == each.wall or (each.moved and shown > each.wall)
        assert shown.date() == each.wall.date()
        assert each.span.length == HALF
        assert bool(each.notice(zone)) is (each.moved or each.repeated)
    assert all(one.span.start < two.span.start for one, two in pairwise(found))
