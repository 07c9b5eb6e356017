"""Fluids: every amount counts once, in the shift in which it happened, all year."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.fluids import (
    Entry,
    Fluid,
    Shift,
    balance,
    by_shift,
    read,
    ring,
    running,
    shift_of,
    turns,
    urine_rate,
)

LONDON, KOLKATA = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kolkata")
DAY, NIGHT = Shift("Day", time(7, 30), time(19, 30)), Shift("Night", time(19, 30), time(7, 30))
TWO = (DAY, NIGHT)
THREE = (
    Shift("Early", time(6), time(14)),
    Shift("Late", time(14), time(22)),
    Shift("Night", time(22), time(6)),
)
#: Boundaries inside the hour that is skipped or comes twice.
AWKWARD = (
    Shift("A", time(1, 15), time(1, 45)),
    Shift("B", time(1, 45), time(2, 30)),
    Shift("C", time(2, 30), time(0)),
    Shift("D", time(0), time(1, 15)),
)
WHOLE = (Shift("Day and night", time(7), time(7)),)
PLANS = (TWO, THREE, AWKWARD, WHOLE)
ZONES = ("UTC", "Europe/London", "America/Havana", "Asia/Kolkata", "Asia/Kathmandu")
ZONES += ("Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns")

zones = st.sampled_from(ZONES).map(ZoneInfo)
plans = st.sampled_from(PLANS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "instant", "name", "on", "starts_at", "ends_at"),
    [
        (LONDON, "2026-07-01T06:29", "Night", "2026-06-30", "2026-06-30T18:30", "2026-07-01T06:30"),
        (LONDON, "2026-07-01T06:30", "Day", "2026-07-01", "2026-07-01T06:30", "2026-07-01T18:30"),
        (LONDON, "2026-03-29T00:30", "Night", "2026-03-28", "2026-03-28T19:30", "2026-03-29T06:30"),
        (LONDON, "2026-10-25T01:30", "Night", "2026-10-24", "2026-10-24T18:30", "2026-10-25T07:30"),
        (
            KOLKATA,
            "2026-03-29T01:59",
            "Night",
            "2026-03-28",
            "2026-03-28T14:00",
            "2026-03-29T02:00",
        ),
    ],
)
def test_a_night_ends_by_the_clock_of_the_ward(
    zone: tzinfo, instant: str, name: str, on: str, starts_at: str, ends_at: str
) -> None:
    turn = shift_of(at(instant), zone, TWO)
    assert (turn.name, turn.on) == (name, date.fromisoformat(on))
    assert (turn.starts_at, turn.ends_at) == (at(starts_at), at(ends_at))


def test_a_night_of_summer_time_is_an_hour_shorter_and_one_of_winter_time_longer() -> None:
    spring = shift_of(at("2026-03-29T00:30"), LONDON, TWO)
    autumn = shift_of(at("2026-10-25T00:30"), LONDON, TWO)
    assert spring.ends_at - spring.starts_at == timedelta(hours=11)
    assert autumn.ends_at - autumn.starts_at == timedelta(hours=13)


def within(first: str, days: int) -> st.SearchStrategy[datetime]:
    """Draw an instant of some days."""
    return st.timedeltas(timedelta(0), timedelta(days=days)).map(lambda after: at(first) + after)


instants = st.one_of(
    within("2009-01-01", 11_000),
    within("2026-03-28", 2),  # nights in which clocks move
    within("2026-10-24", 2),
    within("2011-12-29", 2),
)


@given(instants, zones, plans)
def test_every_instant_belongs_to_exactly_one_shift(
    instant: datetime, zone: tzinfo, shifts: Sequence[Shift]
) -> None:
    turn = shift_of(instant, zone, shifts)
    assert turn.holds(instant)
    around = turns(instant - timedelta(days=3), instant + timedelta(days=3), zone, shifts)
    assert [each for each in around if each.holds(instant)] == [turn]
    assert all(one.ends_at == two.starts_at for one, two in pairwise(around))
    assert shift_of(turn.starts_at, zone, shifts) == turn
    assert shift_of(turn.ends_at, zone, shifts) != turn


entries = st.builds(
    Entry,
    at=within("2026-10-23", 4),
    fluid=st.sampled_from(Fluid),
    ml=st.integers(0, 10_000),
)


@given(st.lists(entries, max_size=12), zones, plans)
def test_the_shifts_add_up_to_the_whole(
    given_entries: list[Entry], zone: tzinfo, shifts: Sequence[Shift]
) -> None:
    sums = by_shift(given_entries, zone, shifts)
    total = sum(entry.signed for entry in given_entries)
    assert sum(each.net for each in sums) == total
    assert sum(each.intake + each.output for each in sums) == sum(e.ml for e in given_entries)
    if sums:
        assert sums[-1].running == total
    after = running(given_entries)
    assert [amount for _, amount in after][-1:] == [total][: len(after)]


def test_a_balance_counts_its_own_shift_and_carries_what_was_before() -> None:
    mine = [
        Entry(at("2026-11-20T08:00"), Fluid.INTRAVENOUS, 500),
        Entry(at("2026-11-20T10:00"), Fluid.URINE, 350),
        Entry(at("2026-11-20T12:00"), Fluid.ORAL, 150),
        Entry(at("2026-11-20T19:30"), Fluid.ORAL, 999),  # the night has begun
    ]
    found = balance(mine, shift_of(at("2026-11-20T09:00"), LONDON, TWO), before=-100)
    assert (found.intake, found.output, found.net, found.running) == (650, 350, 300, 200)
    assert [total for _, total in running(mine)] == [500, 150, 300, 1299]
    assert [each.running for each in by_shift(mine, LONDON, TWO)] == [300, 1299]


def test_a_shift_without_entries_stands_with_zeros() -> None:
    far = [Entry(at(f"2026-11-{day}T10:00"), Fluid.ORAL, 100) for day in (20, 21)]
    found = by_shift(far, LONDON, TWO)
    assert [(each.turn.name, each.intake) for each in found] == [
        ("Day", 100),
        ("Night", 0),
        ("Day", 100),
    ]
    assert by_shift([], LONDON, TWO) == ()


@pytest.mark.parametrize(
    "shifts",
    [
        (),
        (DAY,),
        (DAY, Shift("Night", time(20), time(7, 30))),
        (*TWO, Shift("Extra", time(19, 30), time(7, 30))),
        (Shift("Day", time(7), time(19)), Shift("Night", time(18), time(7))),
    ],
)
def test_shifts_that_leave_a_gap_or_overlap_are_refused(shifts: Sequence[Shift]) -> None:
    with pytest.raises(NotAllowed):
        ring(shifts)


def test_an_amount_is_whole_millilitres() -> None:
    assert read("350") == 350
    for typed in ("1.5", "-20", "10001", "a cup"):
        with pytest.raises(NotAllowed):
            read(typed)


def test_a_urine_rate_is_per_kilogram_and_hour() -> None:
    assert urine_rate(480, timedelta(hours=12), Decimal(80)) == Decimal("0.5")
    assert urine_rate(60, timedelta(minutes=45), Decimal(80)) == Decimal("1.0")
    with pytest.raises(NotAllowed):
        urine_rate(480, timedelta(0), Decimal(80))


def test_every_fluid_has_a_word() -> None:
    assert [fluid.word for fluid in Fluid if fluid.is_intake] == [
        "Oral",
        "Intravenous",
        "Tube feed",
        "Blood",
        "Other",
    ]
