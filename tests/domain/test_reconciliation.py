"""Nobody goes home with a medicine left undecided, and what changes is explained."""

import pytest

from domain.errors import NotAllowed
from domain.reconciliation import Decision, Stage, check, choices, is_clean


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("decision", Decision)
def test_what_can_be_decided_is_what_is_offered(stage, decision) -> None:
    if decision in choices(stage):
        check(stage, decision, "because")
    else:
        with pytest.raises(NotAllowed):
            check(stage, decision, "because")


def test_at_discharge_nothing_is_put_off() -> None:
    assert Decision.PAUSE not in choices(Stage.DISCHARGE)
    assert Decision.PAUSE in choices(Stage.ADMISSION)


@pytest.mark.parametrize("decision", Decision)
def test_only_what_continues_needs_no_reason(decision) -> None:
    if decision is Decision.CONTINUE:
        check(Stage.ADMISSION, decision, "")
    else:
        with pytest.raises(NotAllowed, match="reason"):
            check(Stage.ADMISSION, decision, "  ")


def test_a_list_is_clean_when_every_medicine_was_decided_about() -> None:
    assert is_clean([], [])
    assert is_clean([1, 2], [2, 1, 3])
    assert not is_clean([1, 2], [1])
