"""Heading: what stands over every live page of a chart: who this is, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from uuid import UUID

from domain.access import Permission
from domain.flags import rank
from ward.ask import known
from ward.live import Region
from ward.patients import banner
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.questions import on_the_banner
from ward.work import Work


@dataclass(frozen=True, slots=True)
class Heading:
    """The regions of banner and place, and what they were drawn from."""

    patient: Patient
    person: Person
    context: dict[str, Any]
    regions: tuple[Region, Region]
    zone: tzinfo


async def heading(work: Work, patient_id: UUID, tab: str) -> Heading:
    """Draw up banner and place; `tab` is the page of the chart that is open."""
    patient, person = await banner.who(work, patient_id)
    known(work, ("who", patient_id), (patient, person))
    zone = await banner.zone_of(work, patient)
    asked = (await on_the_banner.ask(work, [patient_id]))[patient_id]
    family = asked.get("family") or []
    if work.may(Permission.VIEW_STAYS):
        linked = {one.patient_id for one in family}
    else:  # a view that tells of no place tells the same, whichever other view is drawn with it
        linked = await banner.linked_to(work, patient_id)
    similar = await banner.similar_to(work, patient, person, linked)
    context = {
        "patient_id": patient_id,
        "identity": banner.identity(patient_id, person, work.now.astimezone(zone)),
        "initials": person.initials,
        "allergies": await banner.allergies_on(work, patient),
        "similar": similar,
        "place": asked.get("place") or banner.Nowhere(),
        "family": family,
        "resuscitation": asked.get("resuscitation"),
        "flagged": _flags(asked),
        "tab": tab,
    }
    seen = (patient_id, *(similar.patients if similar else ()))
    regions = (
        Region("patient-banner", "patients/_banner.html", context, seen, slot="banner"),
        Region("patient-place", "patients/_place.html", context, (patient_id,), slot="place"),
    )
    return Heading(patient, person, context, regions, zone)


def _flags(asked: Mapping[str, Any]) -> list[Any]:
    """List the chips that modules bring, in the one order of all chips; none is hidden here."""
    named = [part for name, part in asked.items() if name.startswith("flags") and part]
    return sorted((flag for part in named for flag in part), key=lambda flag: rank(flag.code))
