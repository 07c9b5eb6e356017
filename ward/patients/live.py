"""Live: a patient's chart."""

from typing import Any
from uuid import UUID

from domain.access import D0, D1, D3, D6, Permission
from ward import live
from ward.live import Region, Screen
from ward.patients import banner
from ward.patients.models import Patient
from ward.patients.problems import problems_of
from ward.patients.questions import on_the_banner, on_the_summary
from ward.work import Work

# Doctors read diagnoses, nurses do not; "desk" is for those who register and move people,
# "office" for those who may know who somebody is but not where they lie.
VIEWS = {
    "full": {D0, D1, D3, D6},
    "ward": {D0, D1, D3},
    "desk": {D0, D1},
    "office": {D1},
}


@live.screen("chart", Permission.VIEW_PATIENT, of=Patient, views=VIEWS)
async def chart(work: Work, patient_id: UUID) -> Screen:
    """Draw a chart: the banner, where the patient is, and a panel for each thing known."""
    patient, person = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    asked = (await on_the_banner.ask(work, [patient_id]))[patient_id]
    similar = await banner.similar_to(work, patient, person)
    known = await banner.allergies_on(work, patient)
    place = asked.get("place") or banner.Nowhere()
    context = {
        "patient_id": patient_id,
        "identity": banner.identity(patient_id, person, work.now.astimezone(zone)),
        "initials": person.initials,
        "allergies": known,
        "similar": similar,
        "place": place,
        "tab": "summary",
    }
    seen = (patient_id, *(similar.patients if similar else ()))
    regions = [
        Region("patient-banner", "patients/_banner.html", context, seen, slot="banner"),
        Region("patient-place", "patients/_place.html", context, (patient_id,), slot="place"),
        Region("allergies", "patients/_allergies.html", context, (patient_id,)),
        *await _panels(work, patient_id, context),
        Region("details", "patients/_details.html", context, (patient_id,)),
    ]
    frame = {"patient_id": patient_id}
    return Screen("patients/_summary.html", frame, regions, zone=str(zone))


async def _panels(work: Work, patient_id: UUID, context: dict[str, Any]) -> list[Region]:
    """Draw the conditions, and what higher modules answer."""
    conditions = {"conditions": await problems_of(work, patient_id)}
    panels = [Region("conditions", "patients/_conditions.html", conditions, (patient_id,))]
    parts = (await on_the_summary.ask(work, [patient_id]))[patient_id]
    for name, part in parts.items():
        template = f"patients/_{name}.html"
        panels.append(Region(name, template, context | {name: part}, (patient_id,)))
    return panels
