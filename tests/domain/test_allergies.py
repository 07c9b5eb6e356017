"""Allergies: one of four sentences, the worst first."""

import pytest

from domain.allergies import (
    Allergy,
    AllergyState,
    Clinical,
    Criticality,
    Severity,
    Verification,
    ordered,
    sentence,
    severity_from_hl7,
    state,
)

PENICILLIN = Allergy("penicillin", ("anaphylaxis",), Criticality.HIGH, Severity.SEVERE)
LATEX = Allergy("latex")
PEANUT = Allergy("peanut", ("rash", "itching"), Criticality.LOW)


def test_the_worst_is_said_first() -> None:
    assert sentence(AllergyState.KNOWN, [PEANUT, LATEX, PENICILLIN]) == (
        "Known allergies penicillin (anaphylaxis), latex, peanut (rash, itching)"
    )


@pytest.mark.parametrize(
    ("which", "said"),
    [
        (AllergyState.NONE_KNOWN, "No known allergies"),
        (AllergyState.NOT_RECORDED, "Allergies not recorded"),
        (AllergyState.UNAVAILABLE, "Allergies unavailable"),
    ],
)
def test_without_an_allergy_there_are_three_other_sentences(which: AllergyState, said: str) -> None:
    assert sentence(which) == said


def test_a_recorded_allergy_outweighs_none_known() -> None:
    assert state([LATEX], none_known=True) is AllergyState.KNOWN
    assert state([], none_known=True) is AllergyState.NONE_KNOWN
    assert state([], none_known=False) is AllergyState.NOT_RECORDED
    assert state(None, none_known=True) is AllergyState.UNAVAILABLE


@pytest.mark.parametrize(
    "past",
    [
        Allergy("latex", clinical=Clinical.RESOLVED),
        Allergy("latex", clinical=Clinical.INACTIVE),
        Allergy("latex", verification=Verification.REFUTED),
        Allergy("latex", verification=Verification.ENTERED_IN_ERROR),
    ],
)
def test_what_is_over_or_wrong_is_not_said(past: Allergy) -> None:
    assert ordered([past]) == []
    assert state([past], none_known=False) is AllergyState.NOT_RECORDED


def test_the_severity_codes_of_hl7_are_translated() -> None:
    assert [severity_from_hl7(code) for code in ("MI", "MO", "SV", "U", "")] == [
        Severity.MILD,
        Severity.MODERATE,
        Severity.SEVERE,
        None,
        None,
    ]
