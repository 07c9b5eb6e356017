"""Queues: whose turn it is, and that nobody acts on somebody who has gone on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.queues import (
    OPEN,
    TicketState,
    Tone,
    Waiting,
    change,
    choices,
    label,
    next_number,
    order,
    tone,
    turns,
    undo,
    wait,
)
from domain.queues import TicketState as T

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

TABLE = {
    T.WAITING: {T.CALLED, T.IN_ROOM, T.LEFT},
    T.CALLED: {T.IN_ROOM, T.WAITING, T.LEFT},
    T.IN_ROOM: {T.DONE, T.WAITING, T.LEFT},
    T.DONE: set(),
    T.LEFT: {T.WAITING},
}


@pytest.mark.parametrize("to", TicketState)
@pytest.mark.parametrize("state", TicketState)
def test_a_ticket_moves_as_the_table_says_or_says_where_the_patient_is(state: T, to: T) -> None:
    assert set(choices(state)) == TABLE[state]
    if to in TABLE[state]:
        assert change(state, to) is to
    else:
        with pytest.raises(NotAllowed, match="This patient"):
            change(state, to)


def test_who_calls_second_hears_that_the_patient_has_been_called() -> None:
    with pytest.raises(NotAllowed, match="has been called already"):
        change(T.CALLED, T.CALLED)


def test_whoever_can_still_be_seen_is_in_the_queue() -> None:
    assert {state for state in T if choices(state)} - {T.LEFT} == OPEN


def test_a_press_is_taken_back_within_ten_seconds() -> None:
    seconds = timedelta(seconds=1)
    assert undo(T.DONE, T.IN_ROOM, NINE, NINE + 10 * seconds) is T.IN_ROOM
    with pytest.raises(NotAllowed, match="10 seconds"):
        undo(T.DONE, T.IN_ROOM, NINE, NINE + 16 * seconds)
    with pytest.raises(NotAllowed, match="just done"):
        undo(T.DONE, T.WAITING, NINE, NINE)


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0, Tone.CALM), (19.99, Tone.CALM), (20, Tone.AMBER), (39.99, Tone.AMBER), (40, Tone.RED)],
)
def test_a_wait_turns_amber_and_red(minutes: float, shown: Tone) -> None:
    assert tone(minutes * MINUTE) is shown
    amber, red = turns(NINE)
    now = NINE + minutes * MINUTE
    assert (now >= amber, now >= red) == (shown is not Tone.CALM, shown is Tone.RED)


@given(st.integers(-600, 600), st.one_of(st.none(), st.integers(-600, 600)))
def test_a_wait_is_never_less_than_nothing(now: int, ended: int | None) -> None:
    ended_at = None if ended is None else NINE + ended * MINUTE
    assert wait(NINE, NINE + now * MINUTE, ended_at) >= timedelta(0)


def test_a_wait_ends_when_it_ends() -> None:
    assert wait(NINE, NINE + 30 * MINUTE) == 30 * MINUTE
    assert wait(NINE, NINE + 90 * MINUTE, NINE + 5 * MINUTE) == 5 * MINUTE


def test_who_was_agreed_with_comes_at_that_time_and_who_cannot_wait_first() -> None:
    def one(key: str, since: int, booked: int | None = None, **more: bool) -> Waiting:
        when = None if booked is None else NINE + booked * MINUTE
        return Waiting(key=key, number=since, since=NINE + since * MINUTE, booked_for=when, **more)

    queue = [
        one("early", 0, 30),
        one("walked in", 10),
        one("on time", 19, 20),
        one("late", 25, 5),
        one("urgent", 40, urgent=True),
    ]
    assert [each.key for each in order(queue)] == [
        "urgent",
        "walked in",
        "on time",
        "late",
        "early",
    ]


def test_a_number_never_comes_twice() -> None:
    assert next_number([]) == 1
    assert next_number([3, 1]) == 4
    assert [label(number) for number in (7, 120, 1000)] == ["007", "120", "1000"]
