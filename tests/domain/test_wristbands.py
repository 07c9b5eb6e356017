"""Wristbands: numbers that check, and bands that take each other's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import gs1, wristbands
from domain.errors import NotAllowed
from domain.wristbands import DEMONSTRATION, Cause, Printed

prefixes = st.from_regex(r"[0-9]{3,12}", fullmatch=True)
SMITH = Printed("SMITH, Joan", "14-Jul-1945", "NHS No.", "943 476 5919")


@given(prefixes, st.integers(min_value=1, max_value=99_999), st.integers(1, 9_999_999_999))
def test_every_number_reads_back_as_the_wristband_it_was_made_for(prefix, serial, issue) -> None:
    number = wristbands.gsrn(prefix, serial)
    assert len(number) == 18
    assert number.startswith(prefix)
    code = gs1.encode(wristbands.elements(number, issue))
    assert gs1.wristband(code) == gs1.Wristband(number, str(issue))


def test_a_prefix_without_numbers_left_says_so() -> None:
    assert wristbands.gsrn("123456789012", 99_999)
    with pytest.raises(NotAllowed, match="are used"):
        wristbands.gsrn("123456789012", 100_000)


def test_a_demonstration_uses_what_gs1_keeps_for_it() -> None:
    assert wristbands.gsrn(DEMONSTRATION, 1) == "952000000000000019"


@pytest.mark.parametrize("said", [None, *Cause])
def test_the_first_band_needs_no_reason(said) -> None:
    assert wristbands.cause(first=True, said=said) is Cause.FIRST


@pytest.mark.parametrize("said", [Cause.LOST, Cause.DAMAGED, Cause.CHANGED])
def test_another_band_has_a_reason(said) -> None:
    assert wristbands.cause(first=False, said=said) is said
    assert said.word


@pytest.mark.parametrize("said", [None, Cause.FIRST])
def test_another_band_without_a_reason_is_refused(said) -> None:
    with pytest.raises(NotAllowed, match="Say why"):
        wristbands.cause(first=False, said=said)


def test_a_band_is_printed_again_only_while_it_is_true() -> None:
    wristbands.in_force(SMITH, SMITH, 1)
    with pytest.raises(NotAllowed, match="since wristband 1"):
        wristbands.in_force(SMITH, Printed("SMYTH, Joan", "14-Jul-1945", "NHS No.", "1"), 1)
