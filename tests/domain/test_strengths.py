"""Strengths: a solution is high-alert by how strong it is, and where nobody knows how strong."""

from decimal import Decimal

import pytest

from domain import strengths
from domain.amounts import Amount
from domain.formulary import FORMULARY, Route, Unit

SALT, SUGAR = FORMULARY["sodium chloride"], FORMULARY["glucose"]


@pytest.mark.parametrize(
    ("form", "dissolved", "volume", "percent"),
    [
        ("bag 0.9 %", None, None, "0.9"),
        ("ampoule 30%", None, None, "30"),
        ("", Amount(Decimal(9), Unit.G), Decimal(1000), "0.9"),
        ("bag 0.9 %", Amount(Decimal(30), Unit.G), Decimal(1000), "3"),
    ],
)
def test_the_strength_is_read_where_it_is_said(form, dissolved, volume, percent) -> None:
    assert strengths.percent("sodium chloride", form, dissolved, volume) == Decimal(percent)


def test_mmol_in_a_bag_are_a_strength() -> None:
    normal = strengths.percent(
        "sodium chloride", "", Amount(Decimal(154), Unit.MMOL), Decimal(1000)
    )
    assert normal is not None
    assert Decimal("0.89") < normal <= Decimal("0.9")
    double = strengths.percent(
        "sodium chloride", "", Amount(Decimal(308), Unit.MMOL), Decimal(1000)
    )
    assert double is not None
    assert double > Decimal("1.7")


def test_what_is_not_said_is_not_assumed() -> None:
    assert strengths.percent("sodium chloride", "bag", Amount(Decimal(500), Unit.ML)) is None
    assert strengths.percent("glucose", "", Amount(Decimal(5), Unit.MMOL), Decimal(100)) is None


@pytest.mark.parametrize(
    ("drug", "percent", "high"),
    [
        (SALT, "0.9", False),
        (SALT, "0.45", False),
        (SALT, "1.8", True),
        (SALT, None, True),
        (SUGAR, "5", False),
        (SUGAR, "20", True),
        (SUGAR, None, True),
    ],
)
def test_salt_and_sugar_are_high_alert_where_they_are_strong(drug, percent, high) -> None:
    said = Decimal(percent) if percent else None
    assert drug.high_alert_by(Route.INTRAVENOUS, said) is high


def test_no_strength_makes_another_medicine_safer() -> None:
    heparin = FORMULARY["heparin (unfractionated)"]
    assert heparin.high_alert_by(Route.INTRAVENOUS, Decimal("0.1"))
