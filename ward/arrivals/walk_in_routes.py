"""Walk-in routes: somebody who has no appointment is taken in: booked, and in the queue at once."""

from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2
from domain.spans import Span
from ward.arrivals.arrive import MAY, walk_in
from ward.beds.forms import note
from ward.places.models import Ward
from ward.scheduling import book_forms, choices, visits
from ward.scheduling.book import MAY as BOOK
from ward.scheduling.book import Booking
from ward.scheduling.book_forms import Time
from ward.scheduling.book_routes import clashing
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.visits import Visit
from ward.web import field, get, optional, post, sheet, stay
from ward.work import Work, work_of

SHOWS = {D0, D1, D2}


async def blank(request: Request) -> Response:
    """Draw the form that takes somebody in."""
    async with work_of(request) as work:
        clinic = await choices.clinic(work, request.path_params["ward_id"])
        await work.access(Ward, clinic.id, BOOK)
        offered = await visits.offered(work, clinic.id)
        return sheet(
            request,
            "arrivals/_walk_in.html",
            title="Walk-in",
            clinic=clinic,
            visits=[(one.row.id, f"{one.row.label}, {one.row.minutes}min") for one in
                    offered.values()],
        )  # fmt: skip


async def take_in(request: Request) -> Response:
    """Take somebody in for now; when nobody is free, offer the next times that fit."""
    patient_id = await field(request, "patient_id", UUID, missing="Choose a patient.")
    visit_type_id = await field(request, "visit_type_id", UUID, missing="Choose a visit.")
    said = AppointmentDetail(reason=await note(request, "reason") or "")
    overbook = await optional(request, "overbook", str) or ""
    try:
        async with work_of(request) as work:
            ward = await work.access(Ward, request.path_params["ward_id"], choices.VIEW)
            visit = await visits.visit(work, ward.id, visit_type_id)
            at, resources = await _when(request, work, ward, visit)
            booking = Booking(
                patient_id=patient_id,
                ward_id=ward.id,
                visit_type_id=visit_type_id,
                resources=resources,
                start=at.at,
                wall=at.wall,
                fold=at.fold,
                detail=said,
                overbook=overbook,
                past=True,
            )
            await walk_in(work, booking)
            return stay(request, f"/clinics/{ward.id}/arrivals")
    except Clashing as clash:
        return await clashing(request, clash)


async def _when(
    request: Request, work: Work, ward: Ward, visit: Visit
) -> tuple[Time, tuple[UUID, ...]]:
    pressed, zone = await book_forms.picked(request), ZoneInfo(ward.zone)
    if pressed is not None:
        return Time.of(pressed[0], zone), pressed[1]
    now = work.now.replace(second=0, microsecond=0)
    span = Span.lasting(now, visit.length)
    named = await book_forms.chosen(request)
    resources = await book_forms.filled(work, ward.id, visit, named, span)
    return Time.of(now, zone), resources


routes = [
    get("/clinics/{ward_id:uuid}/walk-ins/new", blank, MAY, shows=SHOWS),
    post("/clinics/{ward_id:uuid}/walk-ins/new", take_in, MAY, shows=SHOWS),
]
