"""Diseases: what is recorded, by code or in words, as the rules of prescribing need it."""

import pytest

from domain.diseases import of, read
from domain.prescribing import Condition


@pytest.mark.parametrize(
    ("code", "text", "meant"),
    [
        ("I50.1", "Left ventricular failure", Condition.HEART_FAILURE),
        ("I11.0", "", Condition.HEART_FAILURE),
        ("N17", "", Condition.KIDNEY_INJURY),
        ("K74.6", "", Condition.LIVER_DISEASE),
        ("E43", "", Condition.MALNUTRITION),
        ("Z51.5", "", Condition.PALLIATIVE),
        ("", "Chronic congestive heart failure (disorder)", Condition.HEART_FAILURE),
        ("", "Alcoholic cirrhosis", Condition.LIVER_DISEASE),
        ("", "Acute renal failure", Condition.KIDNEY_INJURY),
        ("88805009", "Heart failure", Condition.HEART_FAILURE),
    ],
)
def test_what_changes_a_rule_is_understood(code: str, text: str, meant: Condition) -> None:
    assert read(code, text) == {meant}


@pytest.mark.parametrize(("code", "text"), [("I10", "Hypertension"), ("", "Fracture"), ("", "")])
def test_everything_else_changes_nothing(code: str, text: str) -> None:
    assert read(code, text) == frozenset()


def test_several_are_gathered() -> None:
    both = of([("I50", ""), ("", "cirrhosis"), ("I10", "")])
    assert both == {Condition.HEART_FAILURE, Condition.LIVER_DISEASE}
