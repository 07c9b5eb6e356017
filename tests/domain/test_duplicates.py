"""Duplicates: one ingredient twice, or two of a class of which nobody needs two."""

from typing import Any

import pytest

from domain.interactions import check
from domain.prescribing import Order, Tier
from tests.prescriptions import ordered, patient, said

IV, PO, TD = "IV", "PO", "TD"


def found(one: Order, *others: Order, **known: Any) -> dict[str, Tier]:
    return said(check(one, patient(*others, **known)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ibuprofen", "naproxen"),
        ("ibuprofen", "aspirin"),
        ("atorvastatin", "simvastatin"),
        ("omeprazole", "pantoprazole"),
        ("bisoprolol", "metoprolol"),
        ("bisoprolol", "labetalol"),
        ("ramipril", "lisinopril"),
        ("sertraline", "fluoxetine"),
        ("lorazepam", "diazepam"),
        ("gliclazide", "glipizide"),
    ],
)
def test_two_of_a_listed_class_ask_for_a_reason(one: str, other: str) -> None:
    assert found(ordered(one), ordered(other)) == {"D40": Tier.REASON}
    assert found(ordered(other), ordered(one)) == {"D40": Tier.REASON}


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("enoxaparin", "dalteparin", "D44"),
        ("apixaban", "rivaroxaban", "D43"),
        ("tacrolimus", "ciclosporin", "D66"),
        ("clarithromycin", "erythromycin", "D08"),
    ],
)
def test_a_pair_with_a_row_of_its_own_is_said_by_that_row(one: str, other: str, rule: str) -> None:
    assert list(found(ordered(one), ordered(other))) == [rule]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("magnesium sulfate", "sodium chloride"),
        ("lactulose", "senna"),
        ("folic acid", "thiamine"),
        ("glyceryl trinitrate", "isosorbide mononitrate"),
        ("levetiracetam", "lamotrigine"),
        ("hydrocortisone", "prednisolone"),
        ("insulin glargine", "insulin aspart"),
        ("morphine", "oxycodone"),
        ("norepinephrine", "vasopressin"),
    ],
)
def test_normal_combinations_of_one_class_are_left_alone(one: str, other: str) -> None:
    assert found(ordered(one), ordered(other)) == {}


def test_the_same_ingredient_is_found_in_whatever_it_stands() -> None:
    pair = ordered("amoxicillin"), ordered("co-amoxiclav")
    (finding,) = check(pair[0], patient(pair[1]))
    assert finding.sentence == (
        "amoxicillin is ordered twice: in amoxicillin and in amoxicillin and clavulanic acid."
    )
    assert found(*reversed(pair)) == {"D40": Tier.REASON}
    assert found(ordered("theophylline"), ordered("aminophylline")) == {"D40": Tier.REASON}
    (twice,) = check(ordered("paracetamol"), patient("paracetamol"))
    assert (twice.sentence, twice.about) == ("paracetamol is ordered twice.", ("paracetamol",))


def test_regular_and_as_needed_opioid_only_stand_beside_each_other() -> None:
    regular, needed = ordered("morphine"), ordered("morphine", prn=True)
    assert found(needed, regular) == {"D40": Tier.INLINE}
    assert found(regular, needed) == {"D40": Tier.INLINE}
    assert found(regular, regular) == {"D40": Tier.REASON}
    assert found(needed, needed) == {"D40": Tier.REASON}
    assert found(ordered("paracetamol", prn=True), ordered("paracetamol"))["D40"] is Tier.REASON


def test_a_corticosteroid_may_change_its_route() -> None:
    by_vein, by_mouth = ordered("hydrocortisone", IV), ordered("hydrocortisone", PO)
    assert found(by_mouth, by_vein) == {"D40": Tier.INLINE}
    assert found(by_mouth, by_mouth) == {"D40": Tier.REASON}


def test_two_long_acting_opioids_ask_for_a_reason() -> None:
    patch = ordered("fentanyl", TD)
    slow = ordered("morphine", modified_release=True)
    assert found(patch, slow) == {"D40": Tier.REASON}
    assert found(ordered("fentanyl", IV), slow) == {}
    assert found(patch, ordered("morphine")) == {}
