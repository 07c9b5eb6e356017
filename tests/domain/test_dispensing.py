"""A paper is worth one dispensing, and says so to whoever holds it."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.dispensing import (
    CODE_LENGTH,
    CODE_LETTERS,
    LONGEST,
    VALID_FOR,
    Worth,
    bare,
    check,
    check_days,
    count,
    new_code,
    spaced,
    worth,
)
from domain.errors import NotAllowed
from domain.frequencies import Code

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
UNTIL = NOW + VALID_FOR


@pytest.mark.parametrize(
    ("dispensed", "cancelled", "now", "expected"),
    [
        (None, None, NOW, Worth.VALID),
        (None, None, UNTIL - timedelta(microseconds=1), Worth.VALID),
        (None, None, UNTIL, Worth.EXPIRED),
        (NOW, None, NOW, Worth.DISPENSED),
        (NOW, None, UNTIL + timedelta(days=1), Worth.DISPENSED),
        (None, NOW, NOW, Worth.CANCELLED),
        (None, NOW, UNTIL, Worth.CANCELLED),
    ],
)
def test_what_a_paper_is_worth(dispensed, cancelled, now, expected) -> None:
    assert worth(UNTIL, dispensed, cancelled, now) is expected


@pytest.mark.parametrize("found", [one for one in Worth if one is not Worth.VALID])
def test_nothing_else_is_dispensed(found) -> None:
    with pytest.raises(NotAllowed, match=found.sentence):
        check(found)


def test_a_valid_paper_is_dispensed() -> None:
    check(Worth.VALID)


def test_codes_have_no_letter_that_is_read_as_another() -> None:
    made = {new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) for code in made)
    assert not set("01OI") & set(CODE_LETTERS)


@pytest.mark.parametrize("typed", ["ABCD2345", "abcd 2345", " AbCd-2345 "])
def test_a_code_is_read_as_people_type_it(typed) -> None:
    assert bare(typed) == "ABCD2345" == bare(spaced("ABCD2345"))


@pytest.mark.parametrize("days", [0, -1, LONGEST + 1])
def test_a_supply_is_for_some_days(days) -> None:
    with pytest.raises(NotAllowed):
        check_days(days)


@pytest.mark.parametrize(
    ("frequency", "days", "doses"),
    [
        (Code.OD, 7, 7),
        (Code.BD, 7, 14),
        (Code.QDS, 1, 4),
        (Code.QOD, 7, 4),
        (Code.WK, 28, 4),
        (Code.WK, 7, 1),
        (Code.Q6H, 2, 8),
        (Code.PRN, 7, None),
        (Code.STAT, 1, None),
    ],
)
def test_how_many_doses_a_supply_holds(frequency, days, doses) -> None:
    assert count(frequency, days) == doses
