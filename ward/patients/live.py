"""Live: a patient's chart."""

from typing import Any
from uuid import UUID

from domain.access import D0, D1, D3, D4, D5, D6, Permission
from ward import live
from ward.live import Region, Screen
from ward.patients.heading import heading
from ward.patients.models import Patient
from ward.patients.problems import problems_of
from ward.patients.questions import on_the_summary
from ward.quarantine import part
from ward.work import Work

# Doctors read diagnoses, nurses do not; "lab" is for the laboratory; "desk" is for those who
# register and move people, "office" for those who may know who somebody is but not where they lie.
VIEWS = {
    "full": {D0, D1, D3, D4, D5, D6},
    "ward": {D0, D1, D3, D4, D5},
    "lab": {D1, D5},
    "desk": {D0, D1},
    "office": {D1},
}


NOW = ("observations", "alerts", "tasks")  # how the patient is and what is due stands first


@live.screen("chart", Permission.VIEW_PATIENT, of=Patient, views=VIEWS)
async def chart(work: Work, patient_id: UUID) -> Screen:
    """Draw a chart: the banner, where the patient is, and a panel for each thing known."""
    head = await heading(work, patient_id, "summary")
    context = head.context
    regions = [
        *head.regions,
        Region("allergies", "patients/_allergies.html", context, (patient_id,)),
        *await _panels(work, patient_id, context),
        Region("details", "patients/_details.html", context, (patient_id,)),
    ]
    frame = {"patient_id": patient_id}
    return Screen("patients/_summary.html", frame, regions, zone=str(head.zone))


async def _panels(work: Work, patient_id: UUID, context: dict[str, Any]) -> list[Region]:
    """Draw the conditions, and what higher modules answer."""
    with part("conditions"):
        conditions = {"conditions": await problems_of(work, patient_id)}
    drawn = "patients/_conditions.html"
    panels = [Region("conditions", drawn, conditions, (patient_id,), called="Conditions")]
    parts = (await on_the_summary.ask(work, [patient_id]))[patient_id]
    for name, answer in parts.items():
        template, slot = f"patients/_{name}.html", "now" if name in NOW else "regions"
        known, called = context | {name: answer}, name.replace("_", " ").capitalize()
        panels.append(Region(name, template, known, (patient_id,), slot, called))
    return sorted(panels, key=lambda panel: NOW.index(panel.id) if panel.id in NOW else len(NOW))
