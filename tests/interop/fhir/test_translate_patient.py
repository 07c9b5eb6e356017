"""Patient: what a Person takes over from the resource."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.sexes import Sex
from tests.interop.fhir.bodies import MRN, Write, patient, refused, taken
from ward.interop.fhir.facts import Person
from ward.interop.fhir.values import Contact, Identifier, Precision


@pytest.fixture
def person(write: Write):
    """Send a Patient through the importer and return the Person."""

    def sending(**more: Any) -> Person:
        [one] = taken(write("p.json", patient(**more)))
        assert isinstance(one.fact, Person)
        return one.fact

    return sending


def test_a_patient_as_it_comes(person) -> None:
    ada = person()
    assert (ada.name.family, ada.name.given) == ("Marsh", ("Ada", "Rose"))
    assert ada.sex is Sex.FEMALE
    assert ada.born.day == date(1974, 3, 9)
    assert ada.identifiers == (Identifier(MRN, "1001", "MR"),)
    assert ada.active
    assert ada.deceased is None


def test_silence_is_not_an_answer(person) -> None:
    nobody = person(name=None, gender=None, birthDate=None)
    assert nobody.name is None
    assert nobody.sex is Sex.UNKNOWN
    assert nobody.born is None
    assert nobody.multiple_birth is None


def test_the_official_name_comes_first_and_old_ones_last(person) -> None:
    names = [
        {"use": "maiden", "family": "Vale"},
        {"use": "usual", "given": ["Addy"]},
        {"use": "official", "family": "O'Hara", "prefix": ["Mrs."], "suffix": ["PhD"]},
    ]
    ada = person(name=names)
    assert (ada.name.family, ada.name.prefix, ada.name.suffix) == ("O'Hara", ("Mrs.",), ("PhD",))
    assert [name.use for name in ada.other_names] == ["usual", "maiden"]


def test_a_date_is_as_precise_as_it_was_written(person) -> None:
    born = person(birthDate="1974-03").born
    assert (born.precision, born.day, born.written) == (
        Precision.MONTH,
        date(1974, 3, 1),
        "1974-03",
    )


def test_death_is_told_by_a_time_or_a_word(person) -> None:
    dead = person(deceasedDateTime="2006-05-08T11:04:59-04:00")
    assert dead.deceased is True
    assert dead.died.at.astimezone(UTC) == datetime(2006, 5, 8, 15, 4, 59, tzinfo=UTC)
    assert person(deceasedBoolean=True).deceased is True
    assert person(deceasedBoolean=False).deceased is False


def test_a_twin_knows_her_place(person) -> None:
    second = person(multipleBirthInteger=2)
    assert (second.multiple_birth, second.born_as) == (True, 2)
    assert person(multipleBirthBoolean=False).multiple_birth is False


def test_ways_to_reach_a_patient(person) -> None:
    ada = person(
        telecom=[
            {"system": "phone", "value": " 555-0100 ", "use": "mobile", "rank": 1},
            {"system": "email"},
        ],
        address=[{"line": ["1 High St", " "], "city": "Quincy", "postalCode": "02169"}],
        communication=[{"language": {"text": "Polish"}, "preferred": True}, {"language": {}}],
        contact=[{"name": {"family": "Marsh", "given": ["Eve"]}, "relationship": [{"text": "N"}]}],
        maritalStatus={"coding": [{"system": "http://x.y", "code": "M"}]},
    )
    assert ada.contacts == (Contact("phone", "555-0100", "mobile", 1),)
    assert ada.addresses[0].lines == ("1 High St",)
    assert ada.addresses[0].postal_code == "02169"
    assert [(one.language.words, one.preferred) for one in ada.languages] == [("Polish", True)]
    assert ada.next_of_kin[0].name.given == ("Eve",)
    assert ada.marital_status.words == "M"


def test_a_day_that_the_calendar_lacks_is_refused(write: Write) -> None:
    for written in ("2023-02-29", "0000", "2023-02-29T10:00:00Z"):
        [(element, _)] = refused(write("p.json", patient(deceasedDateTime=written)))
        assert element == "Patient.deceasedDateTime"


@pytest.mark.parametrize(
    ("said", "element"),
    [
        ({"name": [{"family": "M" * 251}]}, "HumanName.family"),
        ({"name": [{"family": "Marsh", "given": ["Ada", "A" * 251]}]}, "HumanName.given"),
        ({"identifier": [{"system": MRN, "value": "1" * 251}]}, "Identifier.value"),
        ({"address": [{"line": ["1 High St", "x" * 251]}]}, "Address.line"),
    ],
)
def test_what_no_card_could_show_is_refused(write: Write, said, element: str) -> None:
    assert refused(write("p.json", patient(**said))) == [(element, "is over 250 characters")]


def test_a_name_as_long_as_a_message_may_bring_it_is_taken(person) -> None:
    assert person(name=[{"family": "M" * 250}]).name.family == "M" * 250


def test_the_leap_second_is_a_time(person) -> None:
    assert person(deceasedDateTime="2016-12-31T23:59:60Z").died.at.second == 59


def test_what_is_not_carried_over_is_told(write: Write) -> None:
    [one] = taken(write("p.json", patient(photo=[{"title": "x"}], text=None, id="p", meta={})))
    assert one.left == ("Patient.photo",)
