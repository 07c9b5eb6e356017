"""Allergy: from an AllergyIntolerance to an Allergy."""

from domain.allergies import Category, Clinical, Criticality, Severity, Verification
from ward.interop.fhir.facts.allergy import Allergy, Reaction
from ward.interop.fhir.invariants import status
from ward.interop.fhir.pick import JsonObject, many, numbered, one, text, texts
from ward.interop.fhir.translate import parts
from ward.interop.fhir.translate.refer import Refer, Untranslatable
from ward.interop.fhir.values import Concept

KIND = "AllergyIntolerance"
CARRIED = frozenset(
    [
        "category",
        "clinicalStatus",
        "code",
        "criticality",
        "identifier",
        "lastOccurrence",
        "note",
        "onsetAge",
        "onsetDateTime",
        "onsetPeriod",
        "onsetRange",
        "onsetString",
        "patient",
        "reaction",
        "recordedDate",
        "recorder",
        "type",
        "verificationStatus",
    ]
)


def allergy(body: JsonObject, refer: Refer) -> Allergy:
    """Translate an AllergyIntolerance; one that names no substance cannot warn of any."""
    patient = refer.needed(body, "patient", "Patient")
    clinical = status(KIND, body, "clinicalStatus")
    certainty = status(KIND, body, "verificationStatus")
    criticality = text(body, "criticality")
    return Allergy(
        patient=patient,
        substance=_substance(body),
        status=Clinical(clinical) if clinical else None,
        certainty=Verification(certainty) if certainty else None,
        kind=text(body, "type"),
        categories=tuple(Category(code) for code in texts(body, "category")),
        criticality=Criticality(criticality) if criticality else None,
        reactions=tuple(_reaction(place, one_) for place, one_ in numbered(body, "reaction")),
        onset=parts.timing(body, "onset", KIND),
        last_seen=parts.when(body, "lastOccurrence", KIND),
        recorded=parts.when(body, "recordedDate", KIND),
        recorder=refer.optional(body, "recorder", "Practitioner", "PractitionerRole"),
        notes=parts.notes(body),
    )


def _substance(body: JsonObject) -> Concept:
    named = parts.concept(one(body, "code"))
    if named is None:
        in_reactions = (parts.concept(one(entry, "substance")) for entry in many(body, "reaction"))
        named = next((found for found in in_reactions if found), None)
    if named is None:
        raise Untranslatable(f"{KIND}.code", "is required: nothing says what the allergy is to")
    return named


def _reaction(place: int, body: JsonObject) -> Reaction:
    severity = text(body, "severity")
    return Reaction(
        manifestations=parts.concepts(body, "manifestation"),
        substance=parts.concept(one(body, "substance")),
        severity=Severity(severity) if severity else None,
        onset=parts.when(body, "onset", f"{KIND}.reaction[{place}]"),
        route=parts.concept(one(body, "exposureRoute")),
        description=text(body, "description"),
        notes=parts.notes(body),
    )
