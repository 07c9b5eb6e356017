"""Measured: values from devices reach the chart in its unit and at its step, or not at all."""

from decimal import Decimal

import pytest

from domain import news2_chart
from domain.errors import NotAllowed
from domain.measured import at_chart_step, in_chart_unit
from domain.vitals import Vital

D = Decimal


@pytest.mark.parametrize(
    ("vital", "value", "unit", "there"),
    [
        (Vital.TEMP, "37.2", "Cel", "37.2"),
        (Vital.TEMP, "37.2", "°C", "37.2"),
        (Vital.TEMP, "98.6", "[degF]", "37"),
        (Vital.PULSE, "72", "{beats}/min", "72"),
        (Vital.RESP_RATE, "16", "/min{breaths}", "16"),
        (Vital.PULSE, "72", "1/min", "72"),
        (Vital.SPO2, "97", "%", "97"),
        (Vital.SBP, "120", "mm[Hg]", "120"),
        (Vital.SBP, "120", "mmHg", "120"),
        (Vital.SBP, "16", "kPa", "120.00992"),
        (Vital.WEIGHT, "71500", "g", "71.5"),
        (Vital.HEIGHT, "1.72", "m", "172"),
        (Vital.PAIN, "3", "", "3"),
        (Vital.PAIN, "3", "{score}", "3"),
    ],
)
def test_a_unit_that_is_known_is_brought_to_the_charts(vital, value, unit, there) -> None:
    assert in_chart_unit(vital, D(value), unit) == D(there)


@pytest.mark.parametrize(
    ("vital", "unit"),
    [
        (Vital.TEMP, ""),
        (Vital.TEMP, "K"),
        (Vital.TEMP, "mm[Hg]"),
        (Vital.SBP, "Cel"),
        (Vital.PULSE, "%"),
        (Vital.SPO2, "1"),
        (Vital.GLUCOSE_MGDL, "mmol/L"),
        (Vital.GLUCOSE_MMOL, "mg/dL"),
        (Vital.SBP, "MM[HG]"),
    ],
)
def test_a_unit_that_is_not_known_is_never_guessed(vital, unit) -> None:
    with pytest.raises(NotAllowed):
        in_chart_unit(vital, D(20), unit)


@pytest.mark.parametrize(
    ("vital", "value", "there"),
    [
        (Vital.TEMP, "38.04", "38.0"),
        (Vital.TEMP, "38.05", "38.1"),  # 38.0 scores 0, 38.1 scores 1
        (Vital.TEMP, "36.05", "36.0"),  # 36.0 scores 1, 36.1 scores 0
        (Vital.TEMP, "36.85", "36.9"),  # alike: up
        (Vital.TEMP, "35.05", "35.0"),
        (Vital.RESP_RATE, "20.5", "21"),
        (Vital.RESP_RATE, "8.5", "8"),
        (Vital.RESP_RATE, "11.5", "11"),
        (Vital.PULSE, "90.5", "91"),
        (Vital.PULSE, "40.5", "40"),
        (Vital.SBP, "110.5", "110"),
        (Vital.SBP, "219.5", "220"),
        (Vital.SPO2, "95.5", "95"),
        (Vital.SPO2, "95.51", "96"),
        (Vital.DBP, "80.5", "81"),
        (Vital.O2_FLOW, "2.2", "2.0"),
        (Vital.O2_FLOW, "2.25", "2.5"),
    ],
)
def test_a_half_goes_to_the_more_abnormal_side(vital, value, there) -> None:
    assert at_chart_step(vital, D(value)) == D(there)


@pytest.mark.parametrize(
    ("value", "oxygen", "there"),
    [("87.5", None, "87"), ("92.5", True, "93"), ("92.5", None, "93"), ("96.5", True, "97")],
)
def test_on_scale_two_the_more_abnormal_side_is_that_scales(value, oxygen, there) -> None:
    assert at_chart_step(Vital.SPO2, D(value), scale=2, oxygen=oxygen) == D(there)


def test_rounding_never_changes_what_a_value_scores() -> None:
    for vital, first, last in (
        (Vital.RESP_RATE, 0, 60),
        (Vital.SBP, 60, 250),
        (Vital.PULSE, 20, 200),
    ):
        for tenths in range(first * 10, last * 10):
            value = D(tenths) / 10
            exact = news2_chart.points(vital, value, scale=1, oxygen=False)
            rounded = at_chart_step(vital, value)
            assert news2_chart.points(vital, rounded, scale=1, oxygen=False) == exact, value
