"""The discharge checklist: everything in the way is named at once."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.discharge import Answer, Item, blocking, check, confirmed, departure, merged
from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.overrides import Approver, Override

OPEN = {Item.NO_CRITICAL_ALERT: Answer.NOT_DONE, Item.NOTE: Answer.NOT_DONE}


def test_a_settled_list_lets_the_patient_go() -> None:
    assert check(dict.fromkeys(Item, Answer.DONE)) == []
    assert check(dict.fromkeys(Item, Answer.NOT_APPLICABLE)) == []


@pytest.mark.parametrize("item", [one for one in Item if one.blocks])
def test_each_open_line_blocks_and_is_named(item: Item) -> None:
    answers = dict.fromkeys(Item, Answer.DONE) | {item: Answer.NOT_DONE}
    assert blocking(answers) == [item]
    with pytest.raises(NotAllowed, match=item.missing):
        check(answers)


@pytest.mark.parametrize("item", [one for one in Item if not one.blocks])
def test_what_is_only_told_lets_the_patient_go(item: Item) -> None:
    answers = {item: Answer.NOT_DONE}
    assert check(answers) == []
    assert item.missing


def test_what_one_of_two_modules_misses_is_missing() -> None:
    orders = Item.NO_OPEN_ORDERS
    for said in ((Answer.NOT_DONE, Answer.DONE), (Answer.DONE, Answer.NOT_DONE)):
        assert merged((orders, one) for one in said) == {orders: Answer.NOT_DONE}


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


@pytest.mark.parametrize(
    "item", [Item.RECONCILED, Item.ALLERGIES_KNOWN, Item.IDENTITY, Item.DEPARTURE]
)
def test_the_four_of_the_handover_list_block(item: Item) -> None:
    """clinical/handover.md, section 7: "Blocking items"."""
    assert item.blocks


def test_who_has_died_takes_no_medicines_along() -> None:
    open_items = dict.fromkeys(
        (Item.RECONCILED, Item.ALLERGIES_KNOWN, Item.IDENTITY, Item.DEPARTURE), Answer.NOT_DONE
    )
    assert blocking(open_items, Disposition.DIED) == [Item.IDENTITY, Item.DEPARTURE]
    assert blocking(open_items, Disposition.AGAINST_ADVICE) == list(open_items)


def test_what_nobody_confirms_is_named() -> None:
    assert check(confirmed(identity=True, departure=True)) == []
    with pytest.raises(NotAllowed) as refused:
        check(confirmed(identity=False, departure=False))
    assert str(refused.value) == (
        "Not discharged: nobody has confirmed who leaves, the time of departure is not recorded."
    )


NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "now", "came", "meant"),
    [
        (NOON, NOON + 59 * SECOND, None, NOON + 59 * SECOND),  # the minute that runs: now
        (NOON, NOON + 60 * SECOND, None, NOON),
        (NOON, NOON + 90 * SECOND, NOON + 37 * SECOND, NOON + 37 * SECOND),  # came in it
        (NOON, NOON + 90 * SECOND, NOON + 60 * SECOND, NOON),  # came later: refused elsewhere
        (NOON, NOON - SECOND, None, NOON),  # in the future: refused elsewhere
        (NOON + SECOND, NOON + 30 * SECOND, None, NOON + SECOND),  # told to the second
    ],
)
def test_a_form_tells_the_minute_of_departure(at, now, came, meant) -> None:
    assert departure(at, now, came) == meant
