"""Translate: from a valid FHIR resource to a fact."""

from collections.abc import Callable
from dataclasses import dataclass

from ward.interop.fhir.facts import Fact
from ward.interop.fhir.pick import JsonObject
from ward.interop.fhir.translate import allergy, condition, patient, places, staff
from ward.interop.fhir.translate.refer import Refer, Untranslatable

__all__ = ["KINDS", "Refer", "Untranslatable", "left", "translate"]

SAID_ELSEWHERE = {"resourceType", "id", "meta", "language", "text"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type that Ward imports: its translation, and the elements that it carries."""

    translation: Callable[[JsonObject, Refer], Fact]
    carried: frozenset[str]


KINDS: dict[str, Kind] = {  # in the order in which they can be recorded
    "Organization": Kind(places.organization, places.ORGANIZATION),
    "Location": Kind(places.place, places.LOCATION),
    "Practitioner": Kind(staff.practitioner, staff.PRACTITIONER),
    "PractitionerRole": Kind(staff.engagement, staff.ROLE),
    "Patient": Kind(patient.person, patient.CARRIED),
    "AllergyIntolerance": Kind(allergy.allergy, allergy.CARRIED),
    "Condition": Kind(condition.condition, condition.CARRIED),
}


def translate(refer: Refer) -> Fact:
    """Translate the resource at hand, or raise Untranslatable with the element at fault."""
    return KINDS[refer.found.kind].translation(refer.found.body, refer)


def left(refer: Refer) -> tuple[str, ...]:
    """List the elements that are present but do not become part of the fact."""
    kind, body = refer.found.kind, refer.found.body
    carried = KINDS[kind].carried | SAID_ELSEWHERE
    gone = {f"{kind}.{name}" for name in body if name not in carried and body[name]}
    return tuple(sorted(gone | set(refer.lost)))
