"""Staff: from the facts of practitioners and organisations to what Ward keeps of them."""

from domain.names import words
from ward.interop.fhir import facts
from ward.interop.fhir.said.content import Said, present
from ward.interop.fhir.said.words import full_name
from ward.interop.fhir.translate import Untranslatable
from ward.staff.intake import OrganizationSaid, StaffSaid


def practitioner(fact: facts.Practitioner) -> Said:
    """Say who cares; somebody without a name cannot be told from others."""
    name = full_name(fact.name) if fact.name else ""
    if not name:
        raise Untranslatable("Practitioner.name", "is required: nothing says who this is")
    number = fact.identifiers[0].value if fact.identifiers else None
    lost = [
        ("active", not fact.active),
        ("address", fact.addresses),
        ("birthDate", fact.born),
        ("communication", fact.languages),
        ("gender", fact.sex.value != "unknown"),
        ("identifier", len(fact.identifiers) > 1),
        ("name", fact.other_names),
        ("qualification", fact.qualifications),
        ("telecom", fact.contacts),
    ]
    return Said(StaffSaid(name=name, number=number), lost=present("Practitioner", lost))


def organization(fact: facts.Organization) -> Said:
    """Say what an institution is called."""
    label = next(filter(None, (fact.name, *fact.aliases)), None)
    if label is None:
        message = "is required: nothing says what the organisation is called"
        raise Untranslatable("Organization.name", message)
    lost = [
        ("active", not fact.active),
        ("address", fact.addresses),
        ("alias", fact.aliases and fact.name),
        ("partOf", fact.part_of),
        ("telecom", fact.contacts),
        ("type", fact.kinds),
    ]
    return Said(OrganizationSaid(label=label), lost=present("Organization", lost))


def differs(new: StaffSaid, known: str) -> bool:
    """Tell whether a key means somebody of an altogether different name here."""
    mine, theirs = set(words(new.name)), set(words(known))
    return bool(mine and theirs) and not mine & theirs
