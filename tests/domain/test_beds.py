"""Bed rules, as sentences: the words, the buttons, who lies where."""

import pytest

from domain.beds import TAKEN, BedState, BedStatus, Overlay, change, choices, occupy, vacate
from domain.errors import NotAllowed

U, O, I, H, K, C = BedStatus  # the letters of HL7 table 0116


def test_a_contaminated_bed_is_cleaned_before_it_is_offered() -> None:
    with pytest.raises(NotAllowed):
        change(K, U)


@pytest.mark.parametrize("to", BedStatus)
def test_no_button_empties_an_occupied_bed(to: BedStatus) -> None:
    with pytest.raises(NotAllowed):
        change(O, to)


BUTTONS = {U: {H, K, C}, O: set(), I: set(), H: {U, K, C}, K: {H}, C: {H}}


@pytest.mark.parametrize("status", BedStatus)
@pytest.mark.parametrize("to", BedStatus)
def test_every_button_is_offered_exactly_when_the_rule_allows_it(
    status: BedStatus, to: BedStatus
) -> None:
    assert (to in choices(status)) == (to in BUTTONS[status])
    if to in BUTTONS[status]:
        assert change(status, to) is to
    else:
        with pytest.raises(NotAllowed) as refused:
            change(status, to)
        assert status.word in str(refused.value)
        assert to.word in str(refused.value)


def test_no_button_makes_a_bed_taken() -> None:
    assert not any(TAKEN & set(choices(status)) for status in BedStatus)


@pytest.mark.parametrize("status", [O, I, H, K, C])
def test_a_patient_goes_only_into_a_ready_bed(status: BedStatus) -> None:
    assert occupy(U) is O
    with pytest.raises(NotAllowed, match=status.word):
        occupy(status)


def test_a_bed_left_after_isolation_or_infection_needs_a_terminal_clean() -> None:
    assert vacate(O, terminal_clean=False) is H
    assert vacate(O, terminal_clean=True) is K
    assert vacate(I, terminal_clean=False) is K


@pytest.mark.parametrize("status", [U, H, K, C])
def test_nobody_leaves_an_empty_bed(status: BedStatus) -> None:
    with pytest.raises(NotAllowed, match="Nobody is in it"):
        vacate(status, terminal_clean=False)


def test_the_board_has_a_word_for_every_state() -> None:
    assert [status.word for status in BedStatus] == [
        "Ready", "Occupied", "Isolated", "Cleaning", "Needs terminal clean", "Closed",
    ]  # fmt: skip
    assert [overlay.word for overlay in Overlay] == ["Reserved", "Blocked", "On leave"]


def test_a_blocked_bed_is_sent_as_closed() -> None:
    assert BedState(blocked="no nurse").sent is C
    assert BedState(blocked="no nurse").word == "Blocked"
    assert BedState(H).sent is H
