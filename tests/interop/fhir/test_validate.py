"""Validate: every fault of a resource is told with its element, and never with its value."""

from typing import Any

import pytest

from tests.interop.fhir.bodies import allergy, condition, patient
from ward.interop.fhir.validate import validate

SEXES = "must be one of: female, male, other, unknown"
FORM = "does not have the form R4 asks for"
STRUCTURE: list[tuple[dict[str, Any], str, str]] = [
    ({"gender": "F"}, "Patient.gender", SEXES),
    ({"gender": 1}, "Patient.gender", "must be a text"),
    ({"gender": ["female"]}, "Patient.gender", "must not be a list"),
    ({"name": {"family": "Marsh"}}, "Patient.name", "must be a list"),
    ({"name": ["Marsh"]}, "Patient.name[0]", "must be an object"),
    ({"name": ['{"family": "Marsh"}']}, "Patient.name[0]", "must be an object"),
    ({"name": [{"family": 7}]}, "Patient.name[0].family", "must be a text"),
    ({"name": [{"given": ["Ada", 7]}]}, "Patient.name[0].given[1]", "must be a text"),
    ({"name": [{"surname": "x"}]}, "Patient.name[0].surname", "is not an element of R4"),
    ({"deceasedBoolean": "true"}, "Patient.deceasedBoolean", "must be true or false"),
    ({"deceasedBoolean": 1}, "Patient.deceasedBoolean", "must be true or false"),
    ({"deceasedDateTime": 19}, "Patient.deceasedDateTime", "must be a text"),
    ({"multipleBirthInteger": True}, "Patient.multipleBirthInteger", "must be a whole number"),
    ({"birthDate": "09.03.1974"}, "Patient.birthDate", FORM),
    ({"birthDate": "1974-13-01"}, "Patient.birthDate", FORM),
    ({"deceasedDateTime": "2001-02-03T04:05:06"}, "Patient.deceasedDateTime", FORM),
    ({"id": "a b"}, "Patient.id", FORM),
    ({"link": [{"type": "refer"}]}, "Patient.link[0].other", "is required"),
    ({"name": [{"family": "a\x00b"}]}, "Patient.name[0].family", "does not allow"),
    ({"name": [{"family": "a\ud800"}]}, "Patient.name[0].family", "does not allow"),
    ({"name": [None]}, "Patient.name[0]", "must be an object"),
    ({"name": [{"resourceType": "x"}]}, "Patient.name[0].resourceType", "is not an element of R4"),
    ({"contained": [{}]}, "Patient.contained[0].resourceType", "is not a resource of R4"),
    ({"contained": [{"resourceType": "Cat"}]}, "Patient.contained[0].resourceType", "R4"),
    (
        {"deceasedBoolean": True, "deceasedDateTime": "2001"},
        "Patient.deceased[x]",
        "is given twice: deceasedBoolean, deceasedDateTime",
    ),
    (
        {"generalPractitioner": [{"reference": "Patient/1"}]},
        "Patient.generalPractitioner[0].reference",
        "must point to Organization or Practitioner or PractitionerRole, not Patient",
    ),
    (
        {"managingOrganization": {"type": "Patient", "display": "x"}},
        "Patient.managingOrganization.type",
        "must point to Organization, not Patient",
    ),
]


@pytest.mark.parametrize(("change", "element", "message"), STRUCTURE)
def test_a_fault_is_told_with_its_element(
    change: dict[str, Any], element: str, message: str
) -> None:
    problems = validate(patient(**change))
    assert [problem.element for problem in problems] == [element]
    assert message in problems[0].message


MEANING: list[tuple[dict[str, Any], str]] = [
    (patient(implicitRules="http://a.example.org"), "Patient.implicitRules"),
    (
        patient(name=[{"family": "x", "extension": []}], modifierExtension=[{"url": "http://x.y"}]),
        "Patient.modifierExtension",
    ),
    (
        allergy(reaction=[{"manifestation": [{"text": "x"}], "modifierExtension": [{"url": "u"}]}]),
        "AllergyIntolerance.reaction[0].modifierExtension",
    ),
    (patient(contact=[{"gender": "male"}]), "Patient.contact[0]"),
    (patient(telecom=[{"value": "555"}]), "Patient.telecom[0].system"),
    (allergy(clinicalStatus=None), "AllergyIntolerance.clinicalStatus"),
    (
        allergy(clinicalStatus={"coding": [{"system": "http://x.y", "code": "active"}]}),
        "AllergyIntolerance.clinicalStatus.coding",
    ),
    (condition(abatementString="over"), "Condition.clinicalStatus"),
    ({"resourceType": "Organization", "active": True}, "Organization.name"),
    (
        {"resourceType": "Organization", "name": "x", "address": [{"use": "home"}]},
        "Organization.address[0].use",
    ),
    (
        {
            "resourceType": "Organization",
            "name": "x",
            "telecom": [{"system": "phone", "value": "5", "use": "home"}],
        },
        "Organization.telecom[0].use",
    ),
]


@pytest.mark.parametrize(("body", "element"), MEANING)
def test_a_rule_between_elements_is_kept(body: dict[str, Any], element: str) -> None:
    assert [problem.element for problem in validate(body)] == [element]


def _status(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def test_an_allergy_entered_in_error_has_no_clinical_status() -> None:
    wrong = _status("allergyintolerance-verification", "entered-in-error")
    assert validate(allergy(clinicalStatus=None, verificationStatus=wrong)) == ()
    [problem] = validate(allergy(verificationStatus=wrong))
    assert problem.message == "must be absent when entered-in-error (ait-2)"


def test_a_condition_that_has_abated_is_not_active() -> None:
    over = _status("condition-clinical", "resolved")
    assert validate(condition(clinicalStatus=over, abatementDateTime="2020")) == ()
    active = _status("condition-clinical", "active")
    assert (
        "con-4" in validate(condition(clinicalStatus=active, abatementDateTime="2020"))[0].message
    )


def test_a_condition_entered_in_error_has_no_clinical_status() -> None:
    wrong = _status("condition-ver-status", "entered-in-error")
    active = _status("condition-clinical", "active")
    [problem] = validate(condition(clinicalStatus=active, verificationStatus=wrong))
    assert "con-5" in problem.message


def test_what_r4_leaves_open_is_accepted() -> None:
    vague = patient(birthDate="1974", deceasedDateTime="2001-02")
    assert validate(vague) == ()
    assert validate(patient(name=[], birthDate=None)) == ()
    extended = {"_birthDate": {"extension": [{"url": "http://x.y", "valueString": "z"}]}}
    assert validate(patient(**extended)) == ()


def test_many_faults_are_told_at_once_up_to_a_bound() -> None:
    assert len(validate(patient(gender="F", birthDate=1, active="yes"))) == 3
    assert len(validate(patient(name=["x"] * 100))) == 20


def test_no_message_repeats_a_value() -> None:
    said = repr(validate(patient(gender="Marsh, Ada", birthDate="Marsh", id="Ada Marsh")))
    said += repr(validate(patient(**{"Ada Marsh": "1001"})))
    said += repr(validate(patient(birthDate="Marsh", id="Ada Marsh")))
    assert "Marsh" not in said
    assert "1001" not in said
