"""Sex in words, in FHIR and in HL7."""

import pytest

from domain.sexes import Sex, from_hl7, to_hl7


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("F", "Female"),
        ("M", "Male"),
        ("O", "Other"),
        ("U", "Unknown"),
        ("A", "Other"),
        ("N", "Other"),
    ],
)
def test_every_code_of_table_0001_has_a_word(code: str, word: str) -> None:
    sex = from_hl7(code)
    assert sex is not None
    assert sex.word == word


def test_what_is_not_in_the_table_is_not_guessed() -> None:
    assert from_hl7("X") is None
    assert from_hl7("") is None


@pytest.mark.parametrize("sex", Sex)
def test_there_and_back_is_the_same(sex: Sex) -> None:
    assert from_hl7(to_hl7(sex)) is sex
