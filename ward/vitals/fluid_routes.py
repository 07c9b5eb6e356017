"""Fluids: the sheets that chart what went in and came out, and take an entry back."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain import fluids as amounts
from domain.access import D0, D1, D3, Permission
from domain.errors import NotAllowed
from domain.fluids import Fluid
from ward.beds.forms import local
from ward.errors import Invalid
from ward.patients import banner
from ward.vitals import forms, queries
from ward.vitals.fluids import record_fluid, take_back_fluid
from ward.vitals.forms import required
from ward.vitals.models import FluidEntry
from ward.web import field, fragment, get, optional, post, sheet
from ward.work import work_of

_MAY = Permission.RECORD_VITALS
_SHOWN = {D0, D1, D3}


async def new(request: Request) -> Response:
    """Draw the sheet for one amount."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        now = work.now.astimezone(await banner.zone_of(work, patient))
        shown = {
            "patient_id": patient_id,
            **await banner.head(work, patient, person),
            "at": now.strftime("%Y-%m-%dT%H:%M"),
        }
        kinds = {"ins": forms.FLUIDS_IN, "outs": forms.FLUIDS_OUT}
        return sheet(request, "vitals/_fluid.html", title="Fluid balance", **shown, **kinds)


async def record(request: Request) -> Response:
    """Chart an amount; the balance of its shift follows."""
    patient_id = request.path_params["patient_id"]
    kind = await field(request, "kind", Fluid, missing="Choose what went in or came out.")
    text = await field(request, "ml", str, missing="Amount is missing. Give it in mL.")
    note = await optional(request, "note", str)
    try:
        ml = amounts.read(text[:20])
    except NotAllowed as refused:
        raise Invalid({"ml": refused.sentence}) from None
    async with work_of(request) as work:
        patient, _ = await banner.who(work, patient_id)
        zone = await banner.zone_of(work, patient)
        assert isinstance(zone, ZoneInfo)
        at = await local(request, "at", zone) or work.now
        await record_fluid(
            work, patient_id, kind, ml, at=at, note=(note or "")[: forms.LONGEST_NOTE]
        )
        return fragment(request, "vitals/_saved.html", back=f"/patients/{patient_id}/observations")


async def wrong(request: Request) -> Response:
    """Draw the sheet that takes an entry back."""
    async with work_of(request) as work:
        row = await work.access(FluidEntry, request.path_params["entry_id"], _MAY)
        patient, person = await banner.who(work, row.patient_id)
        found = await queries.fluids(work, row.patient_id, row.at, row.at + AFTER)
        entry = next(one for one in found if one.id == row.id)
        zone = str(await banner.zone_of(work, patient))
        shown = {"entry": entry, "zone": zone} | await banner.head(work, patient, person)
        return sheet(request, "vitals/_fluid_wrong.html", title="Take back", **shown)


async def take_back(request: Request) -> Response:
    """Take an entry back: it stays to read, struck, and counts for nothing."""
    reason = required(await request.form(), "reason", "Reason is missing. Say what was wrong.")
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        row = await take_back_fluid(work, request.path_params["entry_id"], reason, seen=seen)
        back = f"/patients/{row.patient_id}/observations"
        return fragment(request, "vitals/_saved.html", back=back)


AFTER = timedelta(microseconds=1)
routes = [
    get("/patients/{patient_id:uuid}/fluids/new", new, _MAY, shows=_SHOWN),
    post("/patients/{patient_id:uuid}/fluids", record, _MAY, shows=_SHOWN),
    get("/fluids/{entry_id:uuid}/correction", wrong, _MAY, shows=_SHOWN),
    post("/fluids/{entry_id:uuid}/correction", take_back, _MAY, shows=_SHOWN),
]
