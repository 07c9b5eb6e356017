"""Shares: what was taken out of several books makes the dose, or is asked again."""

from decimal import Decimal

import pytest

from domain import registers
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Unit

FIFTEEN = Amount(Decimal(15), Unit.MG)


def mg(value: str) -> Amount:
    return Amount(Decimal(value), Unit.MG)


def test_shares_that_make_the_dose_are_taken() -> None:
    registers.share({"ten": mg("10"), "five": mg("5")}, FIFTEEN)
    registers.share({"ten": Amount(Decimal("0.015"), Unit.G)}, FIFTEEN)


@pytest.mark.parametrize("shares", [{}, {"ten": mg("10")}, {"ten": mg("15"), "five": mg("0")}])
def test_shares_that_do_not_are_refused(shares) -> None:
    with pytest.raises(NotAllowed):
        registers.share(shares, FIFTEEN)


def test_what_nobody_can_add_up_is_left_to_two_people() -> None:
    registers.share({"syrup": Amount(Decimal(3), Unit.ML)}, FIFTEEN)
