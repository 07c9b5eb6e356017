"""Appointments: which state follows which, and what a refusal says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain import appointments
from domain.appointment_codes import (
    AppointmentType,
    CancellationReason,
    FillerStatus,
    explain,
    is_overbooked,
    status_from_hl7,
    status_to_hl7,
    type_from_hl7,
)
from domain.appointments import (
    BLOCKING,
    Answer,
    Required,
    blocks,
    book,
    choices,
    leave,
    release,
    undo,
)
from domain.appointments import AppointmentStatus as S
from domain.errors import NotAllowed

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)

#: scheduling.md 2, line by line.
TABLE: dict[str, tuple[Callable[[S], S], dict[S, S]]] = {
    "offer": (appointments.offer, {S.PROPOSED: S.PENDING, S.WAITLIST: S.PENDING}),
    "book": (book, {S.PENDING: S.BOOKED}),
    "release": (release, {S.PENDING: S.CANCELLED}),
    "reschedule": (appointments.reschedule, {S.BOOKED: S.BOOKED}),
    "amend": (appointments.amend, {S.BOOKED: S.BOOKED}),
    "cancel": (
        appointments.cancel,
        dict.fromkeys((S.BOOKED, S.PENDING, S.PROPOSED, S.WAITLIST), S.CANCELLED),
    ),
    "arrive": (appointments.arrive, {S.BOOKED: S.ARRIVED, S.NO_SHOW: S.ARRIVED}),
    "check in": (appointments.check_in, {S.ARRIVED: S.CHECKED_IN}),
    "fulfil": (appointments.fulfil, {S.ARRIVED: S.FULFILLED, S.CHECKED_IN: S.FULFILLED}),
    "miss": (appointments.miss, {S.BOOKED: S.NO_SHOW}),
    "leave": (leave, {S.ARRIVED: S.CANCELLED, S.CHECKED_IN: S.CANCELLED}),
    "error": (
        appointments.enter_in_error,
        {each: S.ENTERED_IN_ERROR for each in S if each is not S.ENTERED_IN_ERROR},
    ),
}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("verb", TABLE)
def test_an_appointment_moves_as_the_table_says_and_no_other_way(verb: str, status: S) -> None:
    act, allowed = TABLE[verb]
    if status in allowed:
        assert act(status) is allowed[status]
    else:
        with pytest.raises(NotAllowed, match=status.word.lower()):
            act(status)


@pytest.mark.parametrize("status", S)
def test_every_choice_can_be_reached_and_nothing_else(status: S) -> None:
    reached = {allowed[status] for _, allowed in TABLE.values() if status in allowed}
    reached |= {S.NO_SHOW} if status in {S.ARRIVED, S.CHECKED_IN} else set()
    reached |= {S.PROPOSED, S.WAITLIST} if status is S.PENDING else set()
    assert set(choices(status)) == reached - {status}


def test_a_cancelled_appointment_never_comes_back() -> None:
    assert choices(S.CANCELLED) == choices(S.FULFILLED) == [S.ENTERED_IN_ERROR]


def test_a_hold_is_booked_when_everybody_who_must_has_accepted() -> None:
    yes, no = (Required.REQUIRED, Answer.ACCEPTED), (Required.OPTIONAL, Answer.DECLINED)
    assert book(S.PENDING, [yes, no]) is S.BOOKED
    for answer in set(Answer) - {Answer.ACCEPTED}:
        with pytest.raises(NotAllowed, match="Not everybody"):
            book(S.PENDING, [yes, (Required.REQUIRED, answer)])


def test_who_let_a_hold_go_may_wait_on() -> None:
    assert release(S.PENDING, S.WAITLIST) is S.WAITLIST
    assert release(S.PENDING, S.PROPOSED) is S.PROPOSED
    with pytest.raises(NotAllowed):
        release(S.PENDING, S.BOOKED)


def test_a_patient_who_leaves_is_cancelled_or_counts_as_missed() -> None:
    assert leave(S.CHECKED_IN, counts_as_missed=True) is S.NO_SHOW


def test_a_hold_keeps_others_out_until_it_expires() -> None:
    assert blocks(S.PENDING, NOW + timedelta(seconds=1), NOW)
    assert not blocks(S.PENDING, NOW, NOW)
    assert {each for each in S if blocks(each, None, NOW)} == BLOCKING
    assert {each for each in S if each.blocking} == {
        S.PENDING, S.BOOKED, S.ARRIVED, S.CHECKED_IN, S.FULFILLED,
    }  # fmt: skip


@pytest.mark.parametrize("status", [S.CANCELLED, S.NO_SHOW, S.ARRIVED])
def test_a_press_is_taken_back_within_ten_seconds(status: S) -> None:
    assert undo(status, S.BOOKED, NOW, NOW + timedelta(seconds=10)) is S.BOOKED
    with pytest.raises(NotAllowed, match="10 seconds"):
        undo(status, S.BOOKED, NOW, NOW + timedelta(seconds=16))


def test_what_did_not_just_happen_is_not_undone() -> None:
    for status, was in ((S.BOOKED, S.PENDING), (S.CANCELLED, S.FULFILLED)):
        with pytest.raises(NotAllowed, match="just done"):
            undo(status, was, NOW, NOW)


def test_every_state_reason_and_type_has_a_word() -> None:
    for word in [each.word for kind in (S, CancellationReason, AppointmentType) for each in kind]:
        assert word[:1].isupper()


def test_other_is_told_in_words() -> None:
    with pytest.raises(NotAllowed, match="Say why"):
        explain(CancellationReason.OTHER, " ")
    assert explain(CancellationReason.WEATHER) == "Other: weather"
    assert CancellationReason.PATIENT_BETTER.by_patient
    assert not CancellationReason.PROVIDER.by_patient


@pytest.mark.parametrize("status", set(S) - {S.PROPOSED, S.ARRIVED})
def test_a_state_sent_and_received_is_the_same(status: S) -> None:
    assert status_from_hl7(status_to_hl7(status)) is status


def test_every_code_of_table_0278_but_a_blocked_slot_is_a_state() -> None:
    nothing = [each for each in FillerStatus if status_from_hl7(each) is None]
    assert nothing == [FillerStatus.BLOCKED]
    assert status_from_hl7(" BOOKED ") is S.BOOKED
    assert status_from_hl7("Perhaps") is None


def test_overbooked_is_said_on_the_way_out_and_in() -> None:
    assert is_overbooked(status_to_hl7(S.BOOKED, overbooked=True))
    assert not is_overbooked("Booked")
    assert status_to_hl7(S.CANCELLED, overbooked=True) is FillerStatus.CANCELLED


def test_a_type_of_another_system_is_not_guessed() -> None:
    assert type_from_hl7("followup") is AppointmentType.FOLLOWUP
    assert type_from_hl7("BIG-ONE") is None
