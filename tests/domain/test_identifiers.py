"""Numbers of people: checked, written with their label, compared without their spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotAllowed
from domain.identifiers import Scheme, bare, nhs, nhs_is_valid, shown


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("9434765919", True),
        ("943 476 5919", True),
        ("943-476-5919", True),
        ("9434765918", False),
        ("943476591", False),
        ("94347659190", False),
        ("943476591X", False),
        ("٩٤٣٤٧٦٥٩١٩", False),
        ("", False),
    ],
)
def test_an_nhs_number_checks_itself(number: str, valid: bool) -> None:
    assert nhs_is_valid(number) is valid


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_at_most_one_last_digit_is_right(nine: str) -> None:
    assert sum(nhs_is_valid(nine + digit) for digit in "0123456789") <= 1


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_wrong_digit_is_noticed(place: int, digit: int) -> None:
    right = "9434765919"
    wrong = right[:place] + str(digit) + right[place + 1 :]
    assert nhs_is_valid(wrong) is (wrong == right)


def test_a_mistyped_number_gets_a_sentence() -> None:
    assert nhs(" 943 476 5919 ") == "9434765919"
    with pytest.raises(NotAllowed, match="Read it again"):
        nhs("943 476 5918")


def test_a_number_is_written_with_its_label() -> None:
    assert shown(Scheme.NHS, "9434765919") == "NHS No. 943 476 5919"
    assert shown(Scheme.NHS, "123") == "NHS No. 123"
    assert shown(Scheme.MRN, "0012345") == "MRN 0012345"
    assert bare("ab-12 3") == "AB123"
