"""Staff: from Practitioner and PractitionerRole to people and what they are engaged for."""

from ward.interop.fhir.facts.staff import Engagement, Practitioner, Qualification
from ward.interop.fhir.pick import JsonObject, many, one
from ward.interop.fhir.translate import parts
from ward.interop.fhir.translate.patient import sex
from ward.interop.fhir.translate.refer import Refer, Untranslatable

PRACTITIONER = frozenset(
    [
        "active",
        "address",
        "birthDate",
        "communication",
        "gender",
        "identifier",
        "name",
        "qualification",
        "telecom",
    ]
)
ROLE = frozenset(
    [
        "active",
        "code",
        "identifier",
        "location",
        "organization",
        "period",
        "practitioner",
        "specialty",
        "telecom",
    ]
)


def practitioner(body: JsonObject, _: Refer) -> Practitioner:
    """Translate a Practitioner."""
    name, others = parts.names(body)
    return Practitioner(
        name=name,
        other_names=others,
        identifiers=parts.identifiers(body),
        sex=sex(body),
        born=parts.when(body, "birthDate", "Practitioner"),
        addresses=parts.addresses(body),
        contacts=parts.contacts(body),
        languages=parts.concepts(body, "communication"),
        qualifications=tuple(
            Qualification(code, parts.identifiers(entry))
            for entry in many(body, "qualification")
            if (code := parts.concept(one(entry, "code")))
        ),
        active=parts.active(body),
    )


def engagement(body: JsonObject, refer: Refer) -> Engagement:
    """Translate a PractitionerRole; it must say who or for whom, or it engages nobody."""
    period = one(body, "period") or {}
    who = refer.optional(body, "practitioner", "Practitioner")
    for_whom = refer.optional(body, "organization", "Organization")
    if who is None and for_whom is None:
        message = "is required: neither it nor an organization can be found"
        raise Untranslatable("PractitionerRole.practitioner", message)
    return Engagement(
        practitioner=who,
        organization=for_whom,
        locations=refer.several(body, "location", "Location"),
        roles=parts.concepts(body, "code"),
        specialties=parts.concepts(body, "specialty"),
        identifiers=parts.identifiers(body),
        contacts=parts.contacts(body),
        start=parts.when(period, "start", "PractitionerRole.period"),
        end=parts.when(period, "end", "PractitionerRole.period"),
        active=parts.active(body),
    )
