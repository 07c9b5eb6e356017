"""Amounts: units that can be converted are, and no others."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import Amount, total
from domain.errors import NotAllowed
from domain.formulary import Unit

values = st.decimals(0, 10_000, places=3)
MASSES = (Unit.MICROGRAM, Unit.MG, Unit.G)


@given(values, st.sampled_from(MASSES), st.sampled_from(MASSES))
def test_a_mass_is_the_same_there_and_back(value: Decimal, one: Unit, two: Unit) -> None:
    amount = Amount(value, one)
    assert amount.to(two).to(one) == amount
    assert amount.same(amount.to(two))


def test_a_gram_is_a_thousand_milligrams() -> None:
    assert Amount(Decimal(1), Unit.G).same(Amount(Decimal(1000), Unit.MG))
    assert not Amount(Decimal(1), Unit.G).same(Amount(Decimal("1000.1"), Unit.MG))
    both = [Amount(Decimal("0.5"), Unit.G), Amount(Decimal(250), Unit.MG)]
    assert total(both, Unit.MG) == 750


def test_a_tolerance_goes_both_ways_and_ends() -> None:
    ordered = Amount(Decimal(200), Unit.MG)
    within = [Amount(Decimal(value), Unit.MG) for value in (190, 210)]
    beyond = [Amount(Decimal(value), Unit.MG) for value in (189, 211)]
    assert all(ordered.same(amount, Decimal(5)) for amount in within)
    assert not any(ordered.same(amount, Decimal(5)) for amount in beyond)


@pytest.mark.parametrize("unit", [Unit.UNITS, Unit.MMOL, Unit.ML, Unit.SACHET])
def test_other_units_change_into_nothing(unit: Unit) -> None:
    with pytest.raises(NotAllowed) as refused:
        Amount(Decimal(1), unit).to(Unit.MG)
    assert refused.value.code == "amount.unit"
    assert not Amount(Decimal(1), unit).same(Amount(Decimal(1), Unit.MG))
    assert Amount(Decimal(1), unit).same(Amount(Decimal(1), unit))


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(NotAllowed):
        Amount(Decimal(value), Unit.MG)
