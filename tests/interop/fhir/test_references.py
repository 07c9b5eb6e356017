"""References: whom a reference means, within a Bundle, across files, and beyond the import."""

import pytest

from tests.interop.fhir.bodies import (
    MRN,
    UUID_1,
    UUID_2,
    Write,
    allergy,
    bundle,
    condition,
    entry,
    patient,
    refused,
    taken,
)
from ward.interop.fhir.keys import SourceKey

NPI = "http://hl7.org/fhir/sid/us-npi"
ADA = SourceKey("Patient", f"{MRN}|1001")


def test_a_urn_finds_the_entry_of_its_bundle(write: Write) -> None:
    for urn in (UUID_1, UUID_1.upper()):
        path = write("b.json", bundle(entry(allergy(UUID_1)), entry(patient(), urn)))
        person, warning = taken(path)
        assert person.key == ADA
        assert warning.fact.patient == ADA


def test_an_id_finds_the_entry_on_the_same_server(write: Write) -> None:
    here, there = "https://a.example.org/fhir/", "https://b.example.org/fhir/"
    path = write(
        "b.json",
        bundle(
            entry(patient("1", id="p1"), f"{here}Patient/p1"),
            entry(patient("2", id="p1"), f"{there}Patient/p1"),
            entry(allergy(), f"{there}AllergyIntolerance/a1"),
            entry(allergy(f"{here}Patient/p1"), f"{there}AllergyIntolerance/a2"),
        ),
    )
    *_, one, two = taken(path)
    assert one.fact.patient.name == f"{MRN}|2"
    assert two.fact.patient.name == f"{MRN}|1"


def test_an_id_finds_a_resource_in_another_file(write: Write) -> None:
    write("AllergyIntolerance.ndjson", [allergy(), allergy("Patient/p2")])
    folder = write("Patient.ndjson", [patient("1", id="p1"), patient("2", id="p2")]).parent
    found = taken(folder)
    assert [one.kind for one in found] == [
        "Patient",
        "AllergyIntolerance",
        "Patient",
        "AllergyIntolerance",
    ]
    assert found[3].fact.patient == found[2].key


def test_a_bundle_finds_its_own_before_others_of_the_same_id(write: Write) -> None:
    for name in ("1", "2"):
        inside = bundle(entry(patient(name, id="p1")), entry(allergy()))
        folder = write(f"{name}.json", inside).parent
    found = taken(folder)
    assert [found[1].fact.patient, found[3].fact.patient] == [found[0].key, found[2].key]


def test_a_name_that_two_bear_finds_nobody(write: Write) -> None:
    for name in ("1", "2"):
        write(f"{name}.json", patient(name, id="p1"))
    folder = write("3.json", allergy()).parent
    assert refused(folder) == [
        (
            "AllergyIntolerance.patient.reference",
            "names two different resources of this import",
        )
    ]


def test_what_nobody_bears_is_refused_with_the_element(write: Write) -> None:
    assert refused(write("c.json", condition())) == [
        ("Condition.subject.reference", "points to a resource that is not in this import")
    ]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        (UUID_2, UUID_2),
        (UUID_2.removeprefix("urn:uuid:").join(["Patient/", ""]), UUID_2),
        ("https://a.example.org/fhir/Patient/9", "https://a.example.org/fhir/Patient/9"),
        ("https://a.example.org/Patient/9/_history/2", "https://a.example.org/Patient/9"),
        (f"Patient?identifier={MRN}|9", f"{MRN}|9"),
        (f"Patient?identifier={MRN.replace(':', '%3A')}%7C9", f"{MRN}|9"),
    ],
)
def test_what_may_be_known_from_before_is_passed_on(
    reference: str, name: str, write: Write
) -> None:
    [one] = taken(write("a.json", allergy(reference)))
    assert one.fact.patient == SourceKey("Patient", name)


def test_a_conditional_reference_finds_a_resource_of_the_import(write: Write) -> None:
    doctor = {
        "resourceType": "Practitioner",
        "name": [{"family": "Hale"}],
        "identifier": [{"system": NPI, "value": "9"}],
    }
    warning = allergy(UUID_1, recorder={"reference": f"Practitioner?identifier={NPI}|9"})
    path = write("b.json", bundle(entry(warning), entry(patient(), UUID_1), entry(doctor)))
    *_, last = taken(path)
    assert last.fact.recorder == SourceKey("Practitioner", f"{NPI}|9")


@pytest.mark.parametrize("search", ["name=Marsh", "identifier=1001", "identifier=a|b&active=true"])
def test_any_other_conditional_reference_is_refused_by_its_form(search: str, write: Write) -> None:
    [(element, message)] = refused(write("a.json", allergy(f"Patient?{search}")))
    assert element == "AllergyIntolerance.patient.reference"
    assert message == (
        "is a conditional reference to Patient that is not of the form"
        " Patient?identifier=system|value"
    )


def test_an_identifier_alone_is_a_reference(write: Write) -> None:
    warning = allergy() | {"patient": {"identifier": {"system": MRN, "value": "1001"}}}
    _, one = taken(write("p.json", patient()), write("a.json", warning))
    assert one.fact.patient == ADA


def test_a_reference_by_display_alone_is_none(write: Write) -> None:
    warning = allergy() | {"patient": {"display": "somebody"}}
    assert refused(write("a.json", warning)) == [
        ("AllergyIntolerance.patient.reference", "is required")
    ]


def test_a_reference_to_another_type_is_refused(write: Write) -> None:
    assert refused(write("a.json", allergy("Group/1"))) == [
        ("AllergyIntolerance.patient.reference", "must point to Patient, not Group")
    ]
    herd = {"resourceType": "Condition", "subject": {"reference": UUID_1}, "code": {"text": "x"}}
    org = {"resourceType": "Organization", "name": "Six East"}
    assert refused(write("b.json", bundle(entry(org, UUID_1), entry(herd)))) == [
        ("Condition.subject.reference", "must point to Patient, not Organization")
    ]


def test_a_contained_patient_is_not_enough(write: Write) -> None:
    inside = {"resourceType": "Patient", "id": "in"}
    assert refused(write("a.json", allergy("#in", contained=[inside]))) == [
        (
            "AllergyIntolerance.patient.reference",
            "points to a contained resource, which is not imported",
        )
    ]


def test_a_reference_one_can_do_without_is_told_as_left(write: Write) -> None:
    warning = allergy(UUID_1, recorder={"reference": "Practitioner/gone"})
    _, one = taken(write("b.json", bundle(entry(patient(), UUID_1), entry(warning))))
    assert one.fact.recorder is None
    assert one.left == ("AllergyIntolerance.recorder",)


def test_no_message_repeats_a_number(write: Write) -> None:
    path = write("a.json", allergy("Patient?identifier=4711"))
    assert "4711" not in repr(refused(path))
