"""Plan: the sheets that prescribe the saturation scale and how often somebody looks."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, Permission
from domain.news2 import Scale
from ward.errors import Invalid
from ward.patients import banner
from ward.vitals import plan, queries
from ward.vitals.children import is_child
from ward.vitals.forms import required
from ward.web import field, fragment, get, optional, post, sheet
from ward.work import work_of

_MAY, _SCALE = Permission.RECORD_VITALS, Permission.SET_SCALE
_SHOWN = {D0, D1, D3}
SCALES = [
    ("1", "Scale 1", "Target 94 to 98 %, for most patients"),
    ("2", "Scale 2", "Target 88 to 92 %, for hypercapnic respiratory failure only"),
]
EVERY = [(15, "15 min"), (30, "30 min"), (60, "1 h"), (120, "2 h"), (240, "4 h"), (360, "6 h")]


async def scale(request: Request) -> Response:
    """Draw the sheet that prescribes a scale; the reason stays with it."""
    return await _sheet(request, "vitals/_scale.html", "SpO2 scale", scales=SCALES)


async def prescribe(request: Request) -> Response:
    """Prescribe the scale: later sets score by it."""
    patient_id, seen = request.path_params["patient_id"], await field(request, "version", int)
    wanted = await field(request, "scale", int, missing="Choose a scale.")
    if wanted not in set(Scale):
        raise Invalid({"scale": "Choose scale 1 or scale 2."})
    reason = required(await request.form(), "reason", "Reason is missing. Say why it applies.")
    async with work_of(request) as work:
        await plan.set_scale(work, patient_id, Scale(wanted), reason, seen=seen)
        return _saved(request, patient_id)


async def often(request: Request) -> Response:
    """Draw the sheet that asks for observations more often than the score does."""
    return await _sheet(request, "vitals/_often.html", "How often", every=EVERY)


async def tighten(request: Request) -> Response:
    """Have somebody look more often, or as the score says again."""
    patient_id, seen = request.path_params["patient_id"], await field(request, "version", int)
    every = await optional(request, "every", int)
    async with work_of(request) as work:
        await plan.tighten(work, patient_id, every, seen=seen)
        return _saved(request, patient_id)


async def _sheet(request: Request, template: str, title: str, **offered: object) -> Response:
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        bedside = await queries.bedside(work, patient_id)
        child = await is_child(work, patient_id)
        shown = {"patient_id": patient_id, "bedside": bedside, "child": child}
        shown |= await banner.head(work, patient, person)
        return sheet(request, template, title=title, **shown, **offered)


def _saved(request: Request, patient_id: UUID) -> Response:
    return fragment(request, "vitals/_saved.html", back=f"/patients/{patient_id}/observations")


routes = [
    get("/patients/{patient_id:uuid}/observations/scale", scale, _SCALE, shows=_SHOWN),
    post("/patients/{patient_id:uuid}/observations/scale", prescribe, _SCALE, shows=_SHOWN),
    get("/patients/{patient_id:uuid}/observations/plan", often, _MAY, shows=_SHOWN),
    post("/patients/{patient_id:uuid}/observations/plan", tighten, _MAY, shows=_SHOWN),
]
