"""Chart: what allergies and conditions take over from their resources."""

from decimal import Decimal
from typing import Any

import pytest

from domain.allergies import Category, Clinical, Criticality, Severity, Verification
from tests.interop.fhir.bodies import UUID_1, Write, allergy, condition, refused, taken
from ward.interop.fhir.facts import Allergy, Condition
from ward.interop.fhir.facts.condition import ConditionCertainty, ConditionStatus

SNOMED = "http://snomed.info/sct"
CODES = "http://terminology.hl7.org/CodeSystem/"


@pytest.fixture
def warning(write: Write):
    """Send an AllergyIntolerance through the importer and return the Allergy."""

    def sending(**more: Any) -> Allergy:
        [one] = taken(write("a.json", allergy(UUID_1, **more)))
        assert isinstance(one.fact, Allergy)
        return one.fact

    return sending


@pytest.fixture
def problem(write: Write):
    """Send a Condition through the importer and return it as Ward sees it."""

    def sending(**more: Any) -> Condition:
        [one] = taken(write("c.json", condition(UUID_1, **more)))
        assert isinstance(one.fact, Condition)
        return one.fact

    return sending


def test_an_allergy_as_it_comes(warning) -> None:
    latex = warning(
        code={"text": "Latex allergy", "coding": [{"system": SNOMED, "code": "300916003"}]},
        type="allergy",
        category=["food", "environment"],
        criticality="high",
        verificationStatus={
            "coding": [{"system": CODES + "allergyintolerance-verification", "code": "confirmed"}]
        },
        recordedDate="2013-09-19T17:53:15+00:00",
        reaction=[
            {
                "manifestation": [{"text": "Hives"}],
                "severity": "severe",
                "onset": "2012-07",
                "description": "within minutes",
            }
        ],
        note=[{"text": "wears a bracelet"}],
    )
    assert (latex.substance.words, latex.substance.code(SNOMED)) == ("Latex allergy", "300916003")
    assert (latex.status, latex.certainty) == (Clinical.ACTIVE, Verification.CONFIRMED)
    assert latex.categories == (Category.FOOD, Category.ENVIRONMENT)
    assert latex.criticality is Criticality.HIGH
    assert latex.reactions[0].severity is Severity.SEVERE
    assert latex.reactions[0].manifestations[0].words == "Hives"
    assert latex.recorded.at.year == 2013
    assert latex.notes == ("wears a bracelet",)


def test_the_substance_may_stand_with_the_reaction(warning) -> None:
    reaction = {"substance": {"text": "Amoxicillin"}, "manifestation": [{"text": "Rash"}]}
    assert warning(code=None, reaction=[reaction]).substance.words == "Amoxicillin"


def test_an_allergy_to_nothing_is_refused(write: Write) -> None:
    assert refused(write("a.json", allergy(UUID_1, code={}))) == [
        ("AllergyIntolerance.code", "is required: nothing says what the allergy is to")
    ]


def test_an_onset_in_each_of_its_forms(problem) -> None:
    age = {"value": 52, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}
    assert problem(onsetDateTime="2010").onset.start.written == "2010"
    assert problem(onsetAge=age).onset.age.value == Decimal(52)
    assert problem(onsetPeriod={"start": "2010", "end": "2012"}).onset.end.written == "2012"
    assert problem(onsetRange={"low": age, "high": age}).onset.oldest.code == "a"
    assert problem(onsetString="as a child").onset.words == "as a child"
    assert problem().onset is None


def test_digits_are_kept_as_written(write: Write) -> None:
    text = (
        '{"resourceType": "Condition", "code": {"text": "Asthma"}, "subject": {"reference": "%s"},'
        ' "onsetAge": {"value": 52.50, "system": "http://unitsofmeasure.org", "code": "a"}}'
    )
    [one] = taken(write("c.json", (text % UUID_1).encode()))
    assert str(one.fact.onset.age.value) == "52.50"


def test_a_condition_as_it_comes(problem) -> None:
    asthma = problem(
        clinicalStatus={"coding": [{"system": CODES + "condition-clinical", "code": "resolved"}]},
        verificationStatus={
            "coding": [{"system": CODES + "condition-ver-status", "code": "differential"}]
        },
        category=[{"coding": [{"code": "problem-list-item"}]}],
        abatementDateTime="2014-02-01",
        recordedDate="2010-01-01",
        severity={"text": "mild"},
        bodySite=[{"text": "lung"}],
    )
    assert asthma.status is ConditionStatus.RESOLVED
    assert asthma.certainty is ConditionCertainty.DIFFERENTIAL
    assert asthma.categories[0].words == "problem-list-item"
    assert asthma.abated.start.written == "2014-02-01"
    assert asthma.body_sites[0].words == "lung"


def test_a_condition_of_nothing_is_refused(write: Write) -> None:
    body = condition(UUID_1) | {"code": {"coding": [{"system": SNOMED}]}}
    assert refused(write("c.json", body)) == [
        ("Condition.code", "is required: nothing says what the condition is")
    ]
