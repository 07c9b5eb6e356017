"""Said: from facts to what Ward's own commands take, and what is lost on the way."""

from ward.interop.fhir.facts import (
    Allergy,
    Condition,
    Engagement,
    Organization,
    Person,
    Place,
    Practitioner,
)
from ward.interop.fhir.outcomes import Taken
from ward.interop.fhir.said import chart, identity, staff
from ward.interop.fhir.said.content import Content, NoneKnown, Said, Unkept

__all__ = ["Content", "NoneKnown", "Said", "Unkept", "said"]


def said(taken: Taken, sender: str | None) -> Said:
    """Put a fact into Ward's words; Untranslatable names an element, Unkept a reason."""
    match taken.fact:
        case Person():
            return identity.person(taken.fact, sender)
        case Allergy():
            return chart.allergy(taken.fact)
        case Condition():
            return chart.condition(taken.fact)
        case Practitioner():
            return staff.practitioner(taken.fact)
        case Organization():
            return staff.organization(taken.fact)
        case Place():
            raise Unkept("places are opened in Ward")
        case Engagement():
            raise Unkept("not imported yet: PractitionerRole")
