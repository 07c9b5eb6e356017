"""Patient: from the FHIR resource to a Person."""

from domain.sexes import Sex
from ward.interop.fhir.facts.person import Language, Link, LinkKind, NextOfKin, Person
from ward.interop.fhir.pick import JsonObject, many, one, text, truth, whole
from ward.interop.fhir.translate import parts
from ward.interop.fhir.translate.refer import Refer, Untranslatable

CARRIED = frozenset(
    [
        "active",
        "address",
        "birthDate",
        "communication",
        "contact",
        "deceasedBoolean",
        "deceasedDateTime",
        "gender",
        "identifier",
        "link",
        "managingOrganization",
        "maritalStatus",
        "multipleBirthBoolean",
        "multipleBirthInteger",
        "name",
        "telecom",
    ]
)


def person(body: JsonObject, refer: Refer) -> Person:
    """Translate a Patient."""
    name, others = parts.names(body)
    died = parts.when(body, "deceasedDateTime", "Patient")
    place = whole(body, "multipleBirthInteger")
    return Person(
        name=name,
        other_names=others,
        identifiers=parts.identifiers(body),
        sex=sex(body),
        born=parts.when(body, "birthDate", "Patient"),
        deceased=truth(body, "deceasedBoolean") if died is None else True,
        died=died,
        addresses=parts.addresses(body),
        contacts=parts.contacts(body),
        marital_status=parts.concept(one(body, "maritalStatus")),
        languages=_languages(body),
        multiple_birth=truth(body, "multipleBirthBoolean") if place is None else True,
        born_as=place,
        next_of_kin=tuple(_next_of_kin(entry) for entry in many(body, "contact")),
        links=_links(body, refer),
        keeper=refer.optional(body, "managingOrganization", "Organization"),
        active=parts.active(body),
    )


def sex(body: JsonObject) -> Sex:
    """Translate administrative gender; silence reads as unknown."""
    return Sex(text(body, "gender") or Sex.UNKNOWN)


def _languages(body: JsonObject) -> tuple[Language, ...]:
    spoken = (
        (parts.concept(one(entry, "language")), truth(entry, "preferred") is True)
        for entry in many(body, "communication")
    )
    return tuple(Language(language, preferred) for language, preferred in spoken if language)


def _next_of_kin(body: JsonObject) -> NextOfKin:
    named, living = one(body, "name"), one(body, "address")
    return NextOfKin(
        relationships=parts.concepts(body, "relationship"),
        name=parts.name(named) if named else None,
        contacts=parts.contacts(body),
        address=parts.address(living) if living else None,
    )


def _links(body: JsonObject, refer: Refer) -> tuple[Link, ...]:
    """Translate links; a record that another one replaces must say which, or it would live on."""
    found = []
    for place, entry in enumerate(many(body, "link")):
        kind = LinkKind(text(entry, "type") or LinkKind.SEE_ALSO)
        other = refer.beside(entry, "other", "Patient")
        if other is not None:
            found.append(Link(other, kind))
        elif kind is LinkKind.REPLACED_BY:
            path = f"Patient.link[{place}].other.reference"
            raise Untranslatable(path, "points to a Patient that cannot be found")
    return tuple(found)
