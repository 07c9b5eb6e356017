"""Second checks: a short list, and controlled drugs always."""

import pytest

from domain.formulary import FORMULARY, Route
from domain.second_checks import CONTROLLED, SecondCheck, asks, needed


@pytest.mark.parametrize(
    ("generic", "route", "infusion", "age_days", "row"),
    [
        ("fentanyl", Route.INTRAVENOUS, True, None, SecondCheck.OPIOID_INFUSION),
        ("insulin human regular", Route.INTRAVENOUS, True, None, SecondCheck.INSULIN_INFUSION),
        ("heparin (unfractionated)", Route.INTRAVENOUS, True, None, SecondCheck.HEPARIN_INFUSION),
        ("potassium chloride", Route.INTRAVENOUS, True, None, SecondCheck.POTASSIUM_INFUSION),
        ("vincristine", Route.INTRAVENOUS, False, None, SecondCheck.CHEMOTHERAPY),
        ("bupivacaine", Route.EPIDURAL, False, None, SecondCheck.NEURAXIAL),
        ("amoxicillin", Route.ORAL, False, 28, SecondCheck.NEONATE),
    ],
)
def test_each_row_of_the_list_holds_and_can_be_taken_off(
    generic: str, route: Route, infusion: bool, age_days: int | None, row: SecondCheck
) -> None:
    drug = FORMULARY[generic]
    assert row in asks(drug, route, infusion=infusion, age_days=age_days)
    assert needed(drug, route, infusion=infusion, age_days=age_days, rows=[row], controlled=())
    assert not needed(drug, route, infusion=infusion, age_days=age_days, rows=(), controlled=())
    assert row.word


def test_ordinary_medicines_need_one_person() -> None:
    assert not needed(FORMULARY["amoxicillin"], Route.ORAL, infusion=False, age_days=29)
    assert not needed(FORMULARY["insulin aspart"], Route.SUBCUTANEOUS, infusion=False)
    assert not needed(FORMULARY["heparin (unfractionated)"], Route.SUBCUTANEOUS, infusion=False)


def test_a_controlled_drug_has_a_witness_by_any_route() -> None:
    assert {"morphine", "oxycodone", "fentanyl", "ketamine"} <= CONTROLLED
    assert "codeine" not in CONTROLLED
    for generic in CONTROLLED:
        assert needed(FORMULARY[generic], FORMULARY[generic].routes[0], infusion=False, rows=())
