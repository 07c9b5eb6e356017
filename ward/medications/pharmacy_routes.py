"""Pharmacy: the page of what waits for a pharmacist, and doses that are sent to a ward."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from ward import live
from ward.duty.sheets import wards_of
from ward.medications import missing
from ward.medications.stock import MissingState
from ward.web import field, fragment, get, page, post
from ward.work import work_of

VIEW, MAY = Permission.VIEW_MEDICATIONS, Permission.VERIFY_MEDICATION
ALL = {D0, D1, D3, D4}


async def pharmacy(request: Request) -> Response:
    """Show what waits for a pharmacist on every ward of the grant; stays current."""
    async with work_of(request) as work:
        wards = await wards_of(work)
        screens = [await live.show(work, "pharmacy", ward_id) for ward_id, _ in wards]
        place = wards[0][1] if len(wards) == 1 else None
        return page(request, "medications/pharmacy.html", place=place, screens=screens)


async def send_missing(request: Request) -> Response:
    """Say that a dose a ward waits for is on its way."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        missing_id: UUID = request.path_params["missing_id"]
        await missing.answer(work, missing_id, MissingState.SENT, seen=seen)
        return fragment(request, "medications/_order_saved.html", back="/pharmacy", count=1)


routes = [
    get("/pharmacy", pharmacy, VIEW, shows=ALL),
    post("/missing-doses/{missing_id:uuid}/sending", send_missing, MAY, shows=ALL),
]
