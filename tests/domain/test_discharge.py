"""The discharge checklist: everything in the way is named at once."""

import pytest

from domain.discharge import Answer, Item, blocking, check
from domain.errors import NotAllowed
from domain.overrides import Approver, Override

OPEN = {Item.NO_CRITICAL_ALERT: Answer.NOT_DONE, Item.NOTE: Answer.NOT_DONE}


def test_a_settled_list_lets_the_patient_go() -> None:
    assert check(dict.fromkeys(Item, Answer.DONE)) == []
    assert check(dict.fromkeys(Item, Answer.NOT_APPLICABLE)) == []


@pytest.mark.parametrize("item", Item)
def test_each_open_line_blocks_and_is_named(item: Item) -> None:
    answers = dict.fromkeys(Item, Answer.DONE) | {item: Answer.NOT_DONE}
    assert blocking(answers) == [item]
    with pytest.raises(NotAllowed, match=item.missing):
        check(answers)


def test_all_that_is_in_the_way_is_said_at_once() -> None:
    with pytest.raises(NotAllowed) as refused:
        check(OPEN)
    assert str(refused.value) == (
        "Not discharged: a critical alert is open, the discharge note is not signed."
    )


def test_a_doctor_may_discharge_all_the_same_and_what_was_open_is_kept() -> None:
    assert check(OPEN, Override(Approver.DOCTOR, "goes by ambulance")) == list(OPEN)


def test_infection_control_discharges_nobody() -> None:
    with pytest.raises(NotAllowed, match="doctor or the charge nurse"):
        check(OPEN, Override(Approver.INFECTION_CONTROL, "goes by ambulance"))
