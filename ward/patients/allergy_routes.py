"""Allergies: the sheets and what they record."""

from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D3, Permission
from domain.allergies import AllergyState, Category, Criticality, Kind, Severity
from ward.errors import Invalid
from ward.patients import banner
from ward.patients.allergies import (
    AllergySaid,
    correct_allergy,
    record_allergy,
    state_no_allergies,
    withdraw_allergy,
)
from ward.patients.forms import plain
from ward.patients.models import Allergy, AllergyDetail
from ward.web import field, fragment, get, optional, post, sheet
from ward.work import Work, work_of

_MAY = Permission.RECORD_ALLERGY
LONGEST = 200


async def allergy(request: Request) -> Response:
    """Draw the sheet that records an allergy, or that there are none."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        context = {
            "patient_id": patient_id,
            **await banner.head(work, patient, person),
            "none_offered": patient.allergy_state is not AllergyState.KNOWN,
            "version": patient.version,
            **CHOICES,
        }
        return sheet(request, "patients/_allergy.html", title="Record an allergy", **context)


async def record(request: Request) -> Response:
    """Record an allergy, or that the patient was asked and has none."""
    patient_id = request.path_params["patient_id"]
    form = await request.form()
    none_known = form.get("none_known") == "yes"
    if none_known and _text(form, "substance"):
        raise Invalid({"substance": "Either name a substance, or state that there are none."})
    said = await field(request, "version", int) if none_known else await _said(request)
    async with work_of(request) as work:
        if isinstance(said, int):
            await state_no_allergies(work, patient_id, seen=said)
        else:
            await record_allergy(work, patient_id, said)
        return await _panel(request, work, patient_id)


async def wrong(request: Request) -> Response:
    """Draw the sheet that corrects an allergy or takes it back."""
    async with work_of(request) as work:
        row = await work.access(Allergy, request.path_params["allergy_id"], _MAY)
        detail: AllergyDetail = (await work.open([row], Allergy.detail))[row.id]
        patient, person = await banner.who(work, row.patient_id)
        context = {
            "allergy_id": row.id,
            **await banner.head(work, patient, person),
            "known": {
                "substance": detail.substance,
                "reaction": ", ".join(detail.reactions),
                "category": row.category,
                "criticality": row.criticality,
                "severity": detail.severity,
                "kind": detail.kind,
            },
            "version": row.version,
            **CHOICES,
        }
        return sheet(request, "patients/_allergy_wrong.html", title="Correct", **context)


async def correct(request: Request) -> Response:
    """Replace a wrong allergy by the right one, or mark it as entered in error."""
    allergy_id = request.path_params["allergy_id"]
    form, seen = await request.form(), await field(request, "version", int)
    reason = _text(form, "reason")
    if not reason:
        raise Invalid({"reason": "Reason is missing. Say what was wrong."})
    said = None if form.get("in_error") == "yes" else await _said(request)
    async with work_of(request) as work:
        if said is None:
            row = await withdraw_allergy(work, allergy_id, reason, seen=seen)
        else:
            row = await correct_allergy(work, allergy_id, said, reason, seen=seen)
        return await _panel(request, work, row.patient_id)


async def _said(request: Request) -> AllergySaid:
    form = await request.form()
    substance = _text(form, "substance")
    if not substance:
        raise Invalid({"substance": "Substance is missing."})
    reactions = tuple(part.strip() for part in _text(form, "reaction").split(",") if part.strip())
    detail = AllergyDetail(
        substance,
        reactions,
        await optional(request, "severity", Severity),
        _text(form, "note"),
        kind=await optional(request, "kind", Kind),
    )
    return AllergySaid(
        detail=detail,
        category=await optional(request, "category", Category),
        criticality=await optional(request, "criticality", Criticality),
    )


def _text(form: FormData, name: str) -> str:
    return plain(name, str(form.get(name) or ""), LONGEST)


async def _panel(request: Request, work: Work, patient_id: UUID) -> Response:
    patient, _ = await banner.who(work, patient_id)
    context: dict[str, Any] = {
        "patient_id": patient_id,
        "allergies": await banner.allergies_on(work, patient),
    }
    back = f"/patients/{patient_id}"
    return fragment(request, "patients/_allergies.html", back=back, **context)


def _spoken(state: str) -> str:
    return state.replace("-", " ").capitalize()


_KINDS = {
    Kind.ALLERGY: "Allergy",
    Kind.INTOLERANCE: "Intolerance, a side effect such as nausea",
}
CHOICES = {
    "categories": [(one.value, _spoken(one)) for one in Category],
    "criticalities": [(one.value, _spoken(one)) for one in Criticality],
    "kinds": [(one.value, _KINDS[one]) for one in Kind],
    "severities": [(one.value, _spoken(one)) for one in Severity],
}

routes = [
    get("/patients/{patient_id:uuid}/allergies/new", allergy, _MAY, shows={D1, D3}),
    post("/patients/{patient_id:uuid}/allergies", record, _MAY, shows={D1, D3}),
    get("/allergies/{allergy_id:uuid}/correction", wrong, _MAY, shows={D1, D3}),
    post("/allergies/{allergy_id:uuid}/correction", correct, _MAY, shows={D1, D3}),
]
