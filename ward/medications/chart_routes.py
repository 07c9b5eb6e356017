"""Medicines chart: the page, live for today and drawn once for any other day."""

from datetime import date, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from ward import live
from ward.errors import Invalid
from ward.medications import chart
from ward.patients import banner
from ward.web import get, page
from ward.work import Work, work_of

VIEW = Permission.VIEW_MEDICATIONS
SHOWN = {D0, D1, D3, D4}
ORDERS = ("due", "route", "fixed")
FURTHEST = timedelta(days=400)  # a link that was mistyped asks for no other year


async def medications(request: Request) -> Response:
    """Show the chart; another day is drawn once, as of now."""
    patient_id = request.path_params["patient_id"]
    wanted, group = _day(request), request.query_params.get("group", "")
    async with work_of(request) as work:
        screen = await live.show(work, "medications", patient_id)
        _, person = await banner.who(work, patient_id)
        return page(
            request,
            "medications/medications.html",
            screen=screen,
            title=person.shown,
            patient_id=patient_id,
            group=group if group in ORDERS else ORDERS[0],
            other=await _other(work, patient_id, wanted) if wanted else None,
        )


def _day(request: Request) -> date | None:
    text = request.query_params.get("day", "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({"day": "This is no day. Choose one on the chart."}) from None


async def _other(work: Work, patient_id: UUID, wanted: date) -> dict[str, object] | None:
    """Draw another day; nothing for the present one, which is live."""
    patient, _ = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    today = work.now.astimezone(zone).date()
    if wanted == today or abs(wanted - today) > FURTHEST:
        return None
    drawn = await chart.chart(work, patient_id, wanted)
    lines = [line for line in drawn.lines if line.prn is None]
    return {"chart": drawn, "lines": lines, "at": work.now, "zone": str(zone)}


routes = [
    get("/patients/{patient_id:uuid}/medications", medications, VIEW, shows=SHOWN, scans=True)
]
