"""Chart: from the facts of allergies and conditions to what Ward records of a patient."""

from domain.allergies import Clinical, Kind, Severity, Verification
from domain.conditions import Certainty, ConditionStatus
from ward.interop.fhir import facts
from ward.interop.fhir.said.content import NoneKnown, Said, Unkept, present
from ward.interop.fhir.said.words import coded, day, instant, joined, told
from ward.interop.fhir.values import Concept
from ward.patients.allergies import AllergySaid
from ward.patients.conditions import ConditionSaid
from ward.patients.models import AllergyDetail, ConditionDetail, ConditionKind

SNOMED = "http://snomed.info/sct"
# The codes of the R4 examples AllergyIntolerance-nka, -nkda and -nkla
# (http://hl7.org/fhir/R4/allergyintolerance-examples.html).
NO_KNOWN_ALLERGY = "716186003"
NONE_OF_A_KIND = {"409137002", "716184000"}  # no known drug allergy, no known latex allergy
WORST_FIRST = (Severity.SEVERE, Severity.MODERATE, Severity.MILD)
WRONG = {Verification.REFUTED, Verification.ENTERED_IN_ERROR}


def allergy(fact: facts.Allergy) -> Said:
    """Say what a patient must not meet, or that there is nothing known."""
    code = fact.substance.code(SNOMED)
    if code in NONE_OF_A_KIND:
        raise Unkept("Ward keeps no statement that one kind of allergy is not known")
    if code == NO_KNOWN_ALLERGY:
        if fact.certainty in WRONG or fact.status not in {None, Clinical.ACTIVE}:
            raise Unkept("a statement of no known allergies that holds no longer")
        return Said(NoneKnown(), fact.patient, _lost_of_allergy(fact))
    content = AllergySaid(
        detail=_allergy_detail(fact),
        category=fact.categories[0] if fact.categories else None,
        criticality=fact.criticality,
        clinical=fact.status or Clinical.ACTIVE,
        verification=fact.certainty or Verification.UNCONFIRMED,
        recorded_at=instant(fact.recorded, "AllergyIntolerance.recordedDate"),
    )
    return Said(content, fact.patient, _lost_of_allergy(fact))


def _allergy_detail(fact: facts.Allergy) -> AllergyDetail:
    shown = [concept for one in fact.reactions for concept in one.manifestations]
    severities = {one.severity for one in fact.reactions}
    said_of_reactions = [one.description for one in fact.reactions if one.description]
    notes = [
        f"Last occurrence {day(fact.last_seen)}" if fact.last_seen else "",
        *said_of_reactions,
        *(note for one in fact.reactions for note in one.notes),
        *fact.notes,
    ]
    code, system = coded(fact.substance)
    return AllergyDetail(
        substance=fact.substance.words or "",
        reactions=tuple(dict.fromkeys(one.words for one in shown if one.words)),
        severity=next((one for one in WORST_FIRST if one in severities), None),
        note="\n".join(note for note in notes if note),
        code=code,
        system=system,
        onset=told(fact.onset),
        kind=Kind(fact.kind) if fact.kind in set(Kind) else None,
    )


def _lost_of_allergy(fact: facts.Allergy) -> tuple[str, ...]:
    reactions = fact.reactions
    return present(
        "AllergyIntolerance",
        [
            ("category", len(fact.categories) > 1),
            ("reaction.exposureRoute", any(one.route for one in reactions)),
            ("reaction.onset", any(one.onset for one in reactions)),
            ("reaction.substance", any(one.substance for one in reactions)),
            ("recorder", fact.recorder),
        ],
    )


def condition(fact: facts.Condition) -> Said:
    """Say what a patient suffers from."""
    code, system = coded(fact.code)
    sites = joined(fact.body_sites)
    notes = [f"Body site: {sites}" if sites else "", *fact.notes]
    detail = ConditionDetail(
        text=fact.code.words or "",
        code=code,
        system=system,
        severity=(fact.severity.words or "") if fact.severity else "",
        onset=told(fact.onset),
        abated=told(fact.abated),
        note="\n".join(note for note in notes if note),
    )
    kinds = list(filter(None, map(_kind, fact.categories)))
    content = ConditionSaid(
        detail=detail,
        kind=kinds[0] if kinds else ConditionKind.PROBLEM,
        clinical=ConditionStatus(fact.status.value) if fact.status else None,
        certainty=Certainty(fact.certainty.value) if fact.certainty else None,
        recorded_at=instant(fact.recorded, "Condition.recordedDate"),
    )
    lost = [("category", len(fact.categories) > len(kinds[:1])), ("recorder", fact.recorder)]
    return Said(content, fact.patient, present("Condition", lost))


def _kind(category: Concept) -> ConditionKind | None:
    codes = {coding.code for coding in category.codings}
    return next((kind for kind in ConditionKind if kind.value in codes), None)
