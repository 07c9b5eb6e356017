"""Infusions: what the pump shows is what was ordered, and every millilitre is counted once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Unit, never
from domain.infusions import (
    Bag,
    Change,
    Rate,
    RateUnit,
    by_period,
    check_limits,
    dose_rate,
    empty_at,
    ml_per_hour,
    on_pump,
    volume,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
UNITS = ("mL/h", "mg/h", "g/h", "microgram/min", "microgram/kg/min", "mg/kg/h", "microgram/h")
DOPAMINE = Bag(Amount(Decimal(200), Unit.MG), Decimal(50))  # 4000 microgram/mL
INSULIN = Bag(Amount(Decimal(50), Unit.UNITS), Decimal(50))


def rate(value: str, unit: str) -> Rate:
    return Rate(Decimal(value), RateUnit.read(unit))


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def changes(*pairs: tuple[float, str]) -> list[Change]:
    return [Change(minutes(at), Decimal(ml_h)) for at, ml_h in pairs]


@pytest.mark.parametrize(
    ("value", "unit", "bag", "weight", "ml_h"),
    [
        ("5", "microgram/kg/min", DOPAMINE, "70", "5.25"),  # the worked example
        ("350", "microgram/min", DOPAMINE, None, "5.25"),
        ("21", "mg/h", DOPAMINE, None, "5.25"),
        ("0.3", "mg/kg/h", DOPAMINE, "70", "5.25"),
        ("5.25", "mL/h", DOPAMINE, None, "5.25"),
        ("6", "units/h", INSULIN, None, "6"),
        ("0.1", "units/min", INSULIN, None, "6"),
        ("0", "units/h", INSULIN, None, "0"),
    ],
)
def test_a_dose_is_a_rate_of_the_pump_and_back(
    value: str, unit: str, bag: Bag, weight: str | None, ml_h: str
) -> None:
    kg = Decimal(weight) if weight else None
    wanted = rate(value, unit)
    assert ml_per_hour(wanted, bag, kg) == Decimal(ml_h)
    assert dose_rate(Decimal(ml_h), wanted.unit, bag, kg) == wanted


amounts = st.decimals("0.1", 5000, places=1)


@given(amounts, st.sampled_from(UNITS), amounts, amounts, st.decimals("0.5", 250, places=1))
def test_there_and_back_is_the_same_dose(
    value: Decimal, unit: str, amount: Decimal, ml: Decimal, kg: Decimal
) -> None:
    bag, wanted = Bag(Amount(amount, Unit.MG), ml), Rate(value, RateUnit.read(unit))
    again = dose_rate(ml_per_hour(wanted, bag, kg), wanted.unit, bag, kg)
    assert abs(again.value - value) <= value * Decimal("1e-24")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_read_and_written(unit: str) -> None:
    assert RateUnit.read(f" {unit} ").code == unit


def test_a_rate_is_written_without_anything_that_is_misread() -> None:
    assert str(rate("0.50", "microgram/kg/min")).endswith("micrograms per kg per min")
    assert not never(str(rate("1000", "units/h")))


@pytest.mark.parametrize("unit", ["", "mL", "mg/day", "kg/h", "µg/kg/min", "mg/kg/kg/h", "ml/h"])
def test_what_is_no_unit_of_a_rate_is_refused(unit: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        RateUnit.read(unit)
    assert refused.value.code == "infusion.unit"


def refusal(call: object) -> str:
    with pytest.raises(NotAllowed) as refused:
        call()  # type: ignore[operator]
    return refused.value.code


def test_what_cannot_be_worked_out_is_refused() -> None:
    per_kg = rate("5", "microgram/kg/min")
    assert refusal(lambda: ml_per_hour(per_kg, DOPAMINE)) == "infusion.weight"
    assert refusal(lambda: ml_per_hour(per_kg, DOPAMINE, Decimal(0))) == "infusion.weight"
    assert refusal(lambda: ml_per_hour(rate("5", "mg/h"), INSULIN)) == "amount.unit"
    assert refusal(lambda: rate("-1", "mg/h")) == "infusion.rate"
    assert refusal(lambda: rate("NaN", "mg/h")) == "infusion.rate"
    assert refusal(lambda: Bag(Amount(Decimal(0), Unit.MG), Decimal(50))) == "infusion.bag"
    assert refusal(lambda: Bag(Amount(Decimal(1), Unit.MG), Decimal(0))) == "infusion.bag"


def test_a_pump_is_set_in_its_steps_and_never_to_nothing() -> None:
    assert on_pump(Decimal("5.255")) == Decimal("5.26")
    assert on_pump(Decimal("5.255"), Decimal("0.1")) == Decimal("5.3")
    assert on_pump(Decimal(0)) == 0
    assert refusal(lambda: on_pump(Decimal("0.004"))) == "infusion.too-slow"


def test_a_rate_outside_the_limits_of_the_order_is_refused() -> None:
    low, high = rate("2", "mg/h"), rate("10", "mg/h")
    for inside in ("2", "5", "10"):
        check_limits(rate(inside, "mg/h"), low, high)
    check_limits(rate("99", "mg/h"), None, None)
    assert refusal(lambda: check_limits(rate("10.1", "mg/h"), low, high)) == "infusion.above"
    assert refusal(lambda: check_limits(rate("1.9", "mg/h"), low, high)) == "infusion.below"
    other = rate("5", "mL/h")
    assert refusal(lambda: check_limits(other, low, high)) == "infusion.limit-unit"


def test_the_volume_follows_every_change_of_the_rate() -> None:
    ran = changes((0, "60"), (30, "0"), (45, "120"), (60, "0"))  # a pause of a quarter of an hour
    assert volume(ran, NOON, minutes(60)) == 60
    assert volume(ran, NOON, minutes(600)) == 60
    assert volume(ran, NOON, minutes(40)) == 30
    assert volume(ran, minutes(40), minutes(50)) == 10
    assert volume(ran[::-1], NOON, minutes(60)) == 60, "in any order"
    assert volume(ran, minutes(50), minutes(40)) == 0
    assert volume([], NOON, minutes(60)) == 0


def test_a_night_of_eleven_or_thirteen_hours_is_measured_in_hours() -> None:
    start = datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert volume([Change(start, Decimal(10))], start, start + timedelta(hours=3)) == 30


logs = st.lists(
    st.tuples(st.integers(0, 2000), st.decimals(0, 999, places=2)), min_size=1, max_size=8
).map(lambda pairs: [Change(minutes(at), ml_h) for at, ml_h in pairs])


@given(logs, st.lists(st.integers(0, 3000), min_size=2, max_size=9, unique=True).map(sorted))
def test_the_periods_add_up_to_the_whole(ran: list[Change], at: list[int]) -> None:
    marks = [minutes(each) for each in at]
    parts = by_period(ran, marks)
    whole = volume(ran, marks[0], marks[-1])
    assert len(parts) == len(marks) - 1
    assert abs(sum(parts) - whole) <= Decimal("0.5")
    exact = [volume(ran, one, two) for one, two in pairwise(marks)]
    assert abs(sum(exact) - whole) < Decimal("1e-18")
    assert all(abs(part - ml) <= 1 for part, ml in zip(parts, exact, strict=True))


def test_a_bag_is_empty_when_its_volume_is_through() -> None:
    assert empty_at(changes((0, "100")), Decimal(50)) == minutes(30)
    assert empty_at(changes((0, "100"), (15, "50")), Decimal(50)) == minutes(45)
    assert empty_at(changes((0, "100"), (15, "0")), Decimal(50)) is None
    assert empty_at(changes((0, "100"), (60, "0")), Decimal(50)) == minutes(60)
    assert empty_at([], Decimal(50)) is None
