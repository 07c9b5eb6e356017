"""Staffing sheet: how many beds of a ward can be nursed now, said from its board or the wards."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0
from ward.beds import staffing
from ward.beds.forms import note, version
from ward.beds.staffing import MAY
from ward.places.models import Ward
from ward.web import get, optional, post, sheet, stay, undoable
from ward.work import work_of


async def staffing_form(request: Request) -> Response:
    """Draw the form that says how many beds are staffed, and how it came to be so."""
    async with work_of(request) as work:
        found = await staffing.read(work, _ward(request))
        title = f"Staffed beds, {found.ward.label}"
        return sheet(request, "beds/_staffing.html", title=title, found=found, zone=found.ward.zone)


async def staff(request: Request) -> Response:
    """Say how many beds are staffed: a number, or nothing for all of them."""
    wanted, seen = await optional(request, "staffed", int), await version(request)
    why = await note(request)
    async with work_of(request) as work:
        ward = await staffing.staff_beds(work, _ward(request), wanted, why, seen=seen)
        return _done(request, ward)


async def take_back(request: Request) -> Response:
    """Set the number back to what it was before."""
    seen = await version(request)
    async with work_of(request) as work:
        return _done(request, await staffing.take_back(work, _ward(request), seen=seen))


def _done(request: Request, ward: Ward) -> Response:
    """Answer nothing: every board and the wards' own screen show the number."""
    answer = stay(request, f"/wards/{ward.id}/beds")
    return undoable(answer, f"/wards/{ward.id}/staffed/undo", ward.version)


def _ward(request: Request) -> UUID:
    ward_id: UUID = request.path_params["ward_id"]
    return ward_id


_AT = "/wards/{ward_id:uuid}/staffed"

doors = [
    get(_AT, staffing_form, MAY, shows={D0}),
    post(_AT, staff, MAY, shows={D0}),
    post(f"{_AT}/undo", take_back, MAY, shows={D0}),
]
