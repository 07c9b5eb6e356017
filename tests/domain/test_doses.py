"""Doses: every event in every status, and what must be true before a dose counts as given."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.doses import (
    LATE_ENTRY,
    LOCK,
    Coded,
    Event,
    Guard,
    NotGiven,
    Status,
    check_reason,
    check_times,
    coded,
    events,
    is_late_entry,
    is_part,
    move,
    needs,
    opens_incident,
    stop_the_pump,
)
from domain.errors import NotAllowed

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALL = frozenset(Guard)

#: The process as written down, row by row: from, event, to; `clock` is what the clock says.
PROCESS = """
planned                           window-opens   due
due                               window-closes  overdue
overdue                           next-due       missed
planned due overdue preparing     hold           held
held                              lift           clock
planned due overdue               prepare        preparing
preparing                         abandon        clock
preparing due overdue             give           given
preparing due overdue             give-partly    given_partial
preparing due overdue             start          running
running                           pause          paused
paused                            resume         running
running paused                    change-rate    running
running                           complete       given
running paused                    stop           stopped
due overdue preparing missed      not-give       not_given
due overdue                       refuse         not_given
planned due overdue preparing held  cancel       cancelled
running                           cancel         running
paused                            cancel         paused
given given_partial not_given stopped  correct   entered_in_error
"""
ROWS = [line.split() for line in PROCESS.splitlines() if line]
TABLE = {(Status(status), Event(event)): to for *before, event, to in ROWS for status in before}
PAIRS = list(product(Status, Event))

pairs = pytest.mark.parametrize(("status", "event"), PAIRS, ids=str)


@pairs
def test_a_dose_moves_as_the_process_says_and_in_no_other_way(status: Status, event: Event) -> None:
    to = TABLE.get((status, event))
    assert (event in events(status)) is (to is not None)
    if to is None:
        with pytest.raises(NotAllowed) as refused:
            move(status, event, ALL)
        assert refused.value.code in {"dose.impossible", "dose.already-given"}
        return
    clock = Status.OVERDUE
    expected = clock if to == "clock" else Status(to)
    assert move(status, event, ALL, clock=clock, second_check=True) is expected


@pairs
def test_each_thing_that_must_be_true_is_asked_for_in_its_own_words(
    status: Status, event: Event
) -> None:
    if (status, event) not in TABLE:
        return
    asked = needs(event, status, second_check=True)
    for guard in asked:
        with pytest.raises(NotAllowed) as refused:
            move(status, event, ALL - {guard}, second_check=True)
        assert refused.value.code == f"dose.{guard}"
        assert refused.value.sentence == guard.sentence
    assert move(status, event, asked, clock=Status.DUE, second_check=True)


def test_every_sentence_and_code_is_different() -> None:
    assert len({guard.sentence for guard in Guard}) == len(Guard)
    assert len({guard.value for guard in Guard}) == len(Guard)
    asked = [needs(event, status, second_check=True) for status, event in PAIRS]
    assert frozenset().union(*asked) == ALL, "each is asked for somewhere"


def test_nothing_is_given_without_patient_medicine_and_order_as_they_are_now() -> None:
    now = {
        Guard.MAY_ADMINISTER,
        Guard.ADMITTED,
        Guard.ORDER_ACTIVE,
        Guard.ORDER_UNCHANGED,
        Guard.ORDER_VERIFIED,
        Guard.IDENTIFIED,
        Guard.NO_HARD_STOP,
    }
    for event in (Event.GIVE, Event.GIVE_PARTLY, Event.START):
        assert now <= needs(event, Status.DUE)
        assert Guard.SECOND_CHECK not in needs(event, Status.DUE)
        assert Guard.SECOND_CHECK in needs(event, Status.DUE, second_check=True)
    assert Guard.SECOND_CHECK in needs(Event.CHANGE_RATE, Status.RUNNING, second_check=True)
    assert Guard.SECOND_CHECK not in needs(Event.STOP, Status.RUNNING, second_check=True)


def test_only_a_dose_before_its_window_needs_a_reason_to_be_prepared() -> None:
    assert Guard.EARLY_OVERRIDE in needs(Event.PREPARE, Status.PLANNED)
    assert Guard.EARLY_OVERRIDE not in needs(Event.PREPARE, Status.DUE)
    assert Event.GIVE not in events(Status.PLANNED)


@pytest.mark.parametrize("status", [Status.GIVEN, Status.GIVEN_PARTIAL, Status.RUNNING])
@pytest.mark.parametrize("event", [Event.GIVE, Event.GIVE_PARTLY, Event.START])
def test_a_dose_that_went_in_is_not_given_again(status: Status, event: Event) -> None:
    with pytest.raises(NotAllowed, match="given already") as refused:
        move(status, event, ALL)
    assert refused.value.code == "dose.already-given"


def test_the_end_of_an_order_stops_no_pump() -> None:
    running = {status for status in Status if stop_the_pump(status, Event.CANCEL)}
    assert running == {Status.RUNNING, Status.PAUSED}
    assert not stop_the_pump(Status.RUNNING, Event.STOP)
    assert move(Status.RUNNING, Event.CANCEL) is Status.RUNNING


@given(st.sampled_from(Status), st.lists(st.sampled_from(Event), max_size=12))
def test_no_way_leads_from_given_to_due_or_to_a_second_time(
    status: Status, path: list[Event]
) -> None:
    gone = status.went_in
    for event in path:
        if event in events(status):
            after = move(status, event, ALL, clock=Status.DUE)
            if status.went_in:
                assert after.went_in or after is Status.ENTERED_IN_ERROR
                gone = True
            if gone:
                assert not after.untouched
                assert after not in {Status.PREPARING, Status.HELD, Status.CANCELLED}
            status = after


def test_an_error_and_a_cancelled_dose_are_the_end() -> None:
    assert events(Status.ENTERED_IN_ERROR) == ()
    assert events(Status.CANCELLED) == ()


def test_other_needs_words_and_every_reason_has_one() -> None:
    with pytest.raises(NotAllowed) as refused:
        check_reason(NotGiven.OTHER, "  ")
    assert refused.value.code == "dose.reason-text"
    check_reason(NotGiven.OTHER, "At a funeral")
    check_reason(NotGiven.ASLEEP)
    assert len({reason.word for reason in NotGiven}) == len(NotGiven) == 14


def test_a_medicine_that_is_not_there_or_critical_drafts_an_incident() -> None:
    drafted = {reason for reason in NotGiven if opens_incident(reason, critical=False)}
    assert drafted == {NotGiven.UNAVAILABLE}
    assert all(opens_incident(reason, critical=True) for reason in NotGiven)


def test_the_future_is_refused_and_the_past_flagged() -> None:
    check_times(NOON, NOON)
    with pytest.raises(NotAllowed) as refused:
        check_times(NOON + timedelta(microseconds=1), NOON)
    assert refused.value.code == "dose.future"
    assert not is_late_entry(NOON - LATE_ENTRY, NOON)
    assert is_late_entry(NOON - LATE_ENTRY - timedelta(microseconds=1), NOON)
    minutes = [long / timedelta(minutes=1) for long in (LATE_ENTRY, LOCK)]
    assert minutes == [30, 10]


@pytest.mark.parametrize(
    ("status", "reason", "fhir", "rxa_20"),
    [
        (Status.GIVEN, None, "completed", "CP"),
        (Status.GIVEN_PARTIAL, None, "completed", "PA"),
        (Status.RUNNING, None, "in-progress", "PA"),
        (Status.PAUSED, None, "on-hold", "PA"),
        (Status.STOPPED, None, "stopped", "PA"),
        (Status.NOT_GIVEN, NotGiven.ASLEEP, "not-done", "NA"),
        (Status.NOT_GIVEN, NotGiven.REFUSED, "not-done", "RE"),
        (Status.ENTERED_IN_ERROR, None, "entered-in-error", None),
        (Status.PLANNED, None, None, None),
        (Status.MISSED, None, None, None),
    ],
)
def test_others_hear_of_it_in_their_own_codes(
    status: Status, reason: NotGiven | None, fhir: str | None, rxa_20: str | None
) -> None:
    assert coded(status, reason) == Coded(fhir, rxa_20)


def test_a_part_is_more_than_nothing_and_less_than_all() -> None:
    parts = [is_part(Decimal(given_), Decimal(10)) for given_ in (0, 1, 10, 11)]
    assert parts == [False, True, False, False]


def test_a_status_has_a_word() -> None:
    assert len({status.word for status in Status}) == len(Status)
    assert Status.GIVEN_PARTIAL.word == "partly given"
