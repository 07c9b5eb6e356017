"""Duplicates are ranked, never decided; names that could be confused are marked."""

from dataclasses import replace
from datetime import date

import pytest

from domain.matching import (
    LIKELY,
    POSSIBLE,
    Identity,
    compare,
    similar,
    similar_names,
    slipped,
)
from domain.sexes import Sex

JOHN = Identity(
    "Smith", "John", "Jack", date(1984, 3, 2), Sex.MALE, ("0012345",), ("+44 20 7946 0018",)
)


@pytest.mark.parametrize(
    "again",
    [
        replace(JOHN, numbers=(), phones=()),
        Identity("SMYTH", "Jon", "", date(1984, 3, 2)),
        Identity("Smith", "John", "", date(1984, 2, 3), phones=("020 7946 0018",)),
        Identity("Smith-Jones", "John", "", date(1984, 3, 2), Sex.MALE),
        Identity("Smith", "Jack", "", date(1984, 3, 2), Sex.MALE),
        Identity("", "", "", None, None, ("MRN-less", "12345")),
    ],
)
def test_the_same_person_is_likely_found(again: Identity) -> None:
    assert compare(JOHN, again) >= LIKELY
    assert compare(JOHN, again) == compare(again, JOHN)


@pytest.mark.parametrize(
    "other",
    [
        Identity("Smith", "Joan", "", date(1945, 7, 14), Sex.FEMALE),
        Identity("Nowak", "John", "", date(1984, 5, 1), Sex.MALE),
        Identity("Okafor", "Chidi", "", date(1984, 3, 2), Sex.MALE),
        Identity("Smith", "Peter", "", date(2010, 6, 7), Sex.MALE, (), JOHN.phones),
        Identity(),
    ],
)
def test_another_person_is_not_called_the_same(other: Identity) -> None:
    assert compare(JOHN, other) < POSSIBLE


def test_twins_are_possible_and_not_more() -> None:
    twin = replace(JOHN, given="Joseph", preferred="", sex=Sex.FEMALE, numbers=("0012346",))
    assert POSSIBLE <= compare(JOHN, twin) < LIKELY


def test_a_sex_nobody_knows_counts_against_nobody() -> None:
    bare = replace(JOHN, numbers=(), phones=())
    unknown = compare(bare, replace(bare, sex=Sex.UNKNOWN))
    assert unknown == compare(bare, replace(bare, sex=None)) == compare(bare, bare)
    assert compare(bare, replace(bare, sex=Sex.FEMALE)) < unknown


def test_a_date_is_mistyped_in_few_ways() -> None:
    assert slipped(date(1984, 3, 2), date(1984, 2, 3))
    assert slipped(date(1984, 3, 2), date(1948, 3, 2))
    assert slipped(date(1984, 3, 2), date(1985, 3, 2))
    assert not slipped(date(1984, 3, 2), date(1985, 3, 3))


@pytest.mark.parametrize(
    ("one", "two", "confused"),
    [
        ("Smith", "SMITH", True),
        ("Smith", "Smythe", True),
        ("Clark", "Clarke", True),
        ("Reid", "Reed", True),
        ("Müller", "Muller", True),
        ("O'Connor", "Oconnor", True),
        ("van der Berg", "Berg", True),
        ("Lee", "Lowe", False),
        ("Smith", "Jones", False),
        ("", "", False),
        ("李", "李", True),
    ],
)
def test_names_that_could_be_confused_on_a_ward(one: str, two: str, confused: bool) -> None:
    assert similar(one, two) is confused
    assert similar(two, one) is confused


def test_on_a_ward_both_are_marked_and_nobody_else() -> None:
    assert similar_names(["Smith", "Nowak", "Smyth", ""]) == [True, False, True, False]
    assert similar_names(["Smith"]) == [False]
