"""Pregnant: a recorded condition says so by its code, or by words that can mean nothing else."""

import pytest

from domain import diseases


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Z33", "Pregnant state, incidental"),
        ("z34.9", ""),
        ("", "Pregnant"),
        ("", "pregnancy, 24 weeks"),
        ("", "Currently pregnant"),
    ],
)
def test_a_recorded_pregnancy_is_read(code, text) -> None:
    assert diseases.pregnant([("I10", "Hypertension"), (code, text)])


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("", "Ectopic pregnancy"),
        ("", "Pregnancy test negative"),
        ("", "Not pregnant"),
        ("", "History of pregnancy loss"),
        ("Z32.0", "Pregnancy"),
        ("I10", "Pregnant"),
    ],
)
def test_other_words_about_it_are_not(code, text) -> None:
    assert not diseases.pregnant([(code, text)])
