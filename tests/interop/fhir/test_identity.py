"""Identity: by what a resource is known again when it comes a second time."""

import json

import pytest

from tests.interop.fhir.bodies import (
    MRN,
    UUID_1,
    Write,
    allergy,
    bundle,
    entry,
    outcomes,
    patient,
    refused,
    taken,
)

SSN = "http://hl7.org/fhir/sid/us-ssn"
LOCAL = UUID_1.removeprefix("urn:uuid:")


def _number(kind: str | None, system: str | None, value: str, **more: str) -> dict[str, object]:
    made: dict[str, object] = {"value": value, **more}
    if system:
        made["system"] = system
    if kind:
        made["type"] = {"coding": [{"code": kind}]}
    return made


def test_a_record_number_comes_before_all_others(write: Write) -> None:
    numbers = [
        _number("SS", SSN, "999-51-9606"),
        _number(None, "http://other.example.org", "x"),
        _number("MR", MRN, "1001"),
    ]
    [one] = taken(write("p.json", patient(id=LOCAL, identifier=numbers)))
    assert one.key.name == f"{MRN}|1001"
    assert [key.name for key in one.also] == ["http://other.example.org|x", UUID_1]


def test_a_number_of_the_state_counts_where_there_is_no_other(write: Write) -> None:
    [one] = taken(write("p.json", patient(identifier=[_number("SS", SSN, "999-51-9606")])))
    assert one.key.name == f"{SSN}|999-51-9606"


@pytest.mark.parametrize(
    "number",
    [
        _number("MR", None, "1001"),
        _number("MR", MRN, "1001", use="old"),
        _number("MR", MRN, "1001", use="temp"),
    ],
)
def test_a_number_without_its_system_or_in_passing_is_no_identity(
    number: dict[str, object], write: Write
) -> None:
    [one] = taken(write("p.json", patient(id=LOCAL, identifier=[number])))
    assert one.key.name == UUID_1


def test_an_id_counts_only_for_a_named_sender(write: Write) -> None:
    path = write("p.json", patient(None, id="1"))
    assert taken(path)[0].key.name.startswith("sha256:")
    assert taken(path, sender="north")[0].key.name == "north|Patient/1"
    assert taken(path, sender="south")[0].key.name == "south|Patient/1"


def test_the_nil_uuid_is_nobody(write: Write) -> None:
    path = write("p.json", patient(None, id="00000000-0000-0000-0000-000000000000"))
    assert taken(path)[0].key.name.startswith("sha256:")


def test_equal_allergies_of_two_patients_are_two(write: Write) -> None:
    for number in ("1", "2"):
        inside = bundle(entry(patient(number, id="p1")), entry(allergy()))
        folder = write(f"{number}.json", inside).parent
    keys = [one.key for one in taken(folder) if one.kind == "AllergyIntolerance"]
    assert len(set(keys)) == 2


def test_the_same_files_give_the_same_keys_wherever_they_lie(write: Write) -> None:
    entries = entry(patient(None), UUID_1), entry(allergy(UUID_1))
    one = taken(write("here/b.json", bundle(*entries)))
    two = taken(write("there/c.json", bundle(*entries)))
    assert [taken_.key for taken_ in one] == [taken_.key for taken_ in two]


def test_narrative_and_version_are_no_part_of_a_digest(write: Write) -> None:
    body = patient(None)
    again = body | {"meta": {"versionId": "2"}, "text": {"status": "empty", "div": "<div/>"}}
    keys = [taken(write(f"{n}.json", one))[0].key for n, one in enumerate((body, again))]
    assert keys[0] == keys[1]


def test_a_repeated_resource_is_unchanged(write: Write) -> None:
    paths = write("1.json", patient()), write("2.json", patient(photo=[{"title": "new"}]))
    assert [one.unchanged for one in taken(*paths)] == [False, True]


def test_a_newer_version_is_taken_again(write: Write) -> None:
    paths = write("1.json", patient()), write("2.json", patient(gender="other"))
    assert [one.unchanged for one in taken(*paths)] == [False, False]


MIX_UPS = {
    "birth dates": {"birthDate": "1974-03-08"},
    "names": {"name": [{"family": "Oduya", "given": ["Ben"]}]},
}


@pytest.mark.parametrize("what", MIX_UPS)
def test_a_record_number_of_somebody_else_is_left_to_people(what: str, write: Write) -> None:
    first, second = write("1.json", patient()), write("2.json", patient(**MIX_UPS[what]))
    assert (
        refused(first, second)
        == [
            (
                "Patient.identifier",
                f"is claimed by two people with different {what}: {first} and {second}",
            )
        ]
        * 2
    )


@pytest.mark.parametrize("what", MIX_UPS)
def test_nothing_is_hung_on_a_patient_whose_number_two_people_claim(
    what: str, write: Write
) -> None:
    for name, more in (("1", {}), ("2", MIX_UPS[what])):
        inside = bundle(entry(allergy(), None), entry(patient(id="p1", **more)))
        folder = write(f"{name}.json", inside).parent
    elements = [element for element, _ in refused(folder)]
    assert (
        sorted(elements)
        == ["AllergyIntolerance.patient.reference"] * 2 + ["Patient.identifier"] * 2
    )
    assert len(outcomes(folder)) == 4


def test_two_people_who_share_a_second_number_are_left_to_people_too(write: Write) -> None:
    shared = _number(None, "http://other.example.org", "x")
    one = patient(identifier=[_number("MR", MRN, "1"), shared])
    two = patient(identifier=[_number("MR", MRN, "2"), shared], birthDate="2001-01-01")
    assert len(refused(write("1.json", one), write("2.json", two))) == 2


@pytest.mark.parametrize(
    "name",
    [
        {"family": "Hale", "given": ["Ada"]},
        {"family": "MARSH", "given": ["A."]},
        {"text": "Ada Mársh"},
    ],
)
def test_a_marriage_or_another_spelling_is_no_mix_up(name: dict[str, object], write: Write) -> None:
    assert len(taken(write("1.json", patient()), write("2.json", patient(name=[name])))) == 2


def test_keys_and_facts_do_not_print_what_they_hold(write: Write) -> None:
    [one] = taken(write("p.json", patient()))
    printed = repr(one) + repr(one.key) + repr(one.fact) + repr(one.fact.name)
    assert "1001" not in printed
    assert "Marsh" not in printed
    assert json.dumps(one.key.written) == f'"Patient|{MRN}|1001"'
