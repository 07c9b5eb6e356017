"""Condition: from the FHIR resource to a Condition of a patient."""

from ward.interop.fhir.facts.condition import Condition, ConditionCertainty, ConditionStatus
from ward.interop.fhir.invariants import status
from ward.interop.fhir.pick import JsonObject, one
from ward.interop.fhir.translate import parts
from ward.interop.fhir.translate.refer import Refer, Untranslatable

KIND = "Condition"
CARRIED = frozenset(
    [
        "abatementAge",
        "abatementDateTime",
        "abatementPeriod",
        "abatementRange",
        "abatementString",
        "bodySite",
        "category",
        "clinicalStatus",
        "code",
        "identifier",
        "note",
        "onsetAge",
        "onsetDateTime",
        "onsetPeriod",
        "onsetRange",
        "onsetString",
        "recordedDate",
        "recorder",
        "severity",
        "subject",
        "verificationStatus",
    ]
)


def condition(body: JsonObject, refer: Refer) -> Condition:
    """Translate a Condition; one that does not say what it is cannot be listed."""
    code = parts.concept(one(body, "code"))
    if code is None:
        raise Untranslatable(f"{KIND}.code", "is required: nothing says what the condition is")
    clinical = status(KIND, body, "clinicalStatus")
    certainty = status(KIND, body, "verificationStatus")
    return Condition(
        patient=refer.needed(body, "subject", "Patient"),
        code=code,
        status=ConditionStatus(clinical) if clinical else None,
        certainty=ConditionCertainty(certainty) if certainty else None,
        categories=parts.concepts(body, "category"),
        severity=parts.concept(one(body, "severity")),
        body_sites=parts.concepts(body, "bodySite"),
        onset=parts.timing(body, "onset", KIND),
        abated=parts.timing(body, "abatement", KIND),
        recorded=parts.when(body, "recordedDate", KIND),
        recorder=refer.optional(body, "recorder", "Practitioner", "PractitionerRole"),
        notes=parts.notes(body),
    )
