"""Setup routes: the pages on which whoever runs a clinic says what it has and what it offers."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D2, Permission
from ward import live
from ward.beds.forms import options, version
from ward.places.models import Ward
from ward.scheduling import choices, setup, setup_forms, setup_look
from ward.scheduling.clinics import Resource, ResourceKind, VisitType
from ward.scheduling.setup import MAY
from ward.web import field, get, go, page, post, sheet, stay
from ward.work import Work, work_of

KINDS = options(ResourceKind)


async def show_setup(request: Request) -> Response:
    """Show what a clinic has in its calendar and which visits it offers; it stays current."""
    async with work_of(request) as work:
        ward = await work.access(Ward, request.path_params["ward_id"], MAY)
        screen = await live.show(work, "clinic", ward.id)
        return page(request, "scheduling/setup.html", place=ward.label, ward=ward, screen=screen)


async def column_form(request: Request) -> Response:
    """Draw the form that opens a column."""
    async with work_of(request) as work:
        ward = await work.access(Ward, request.path_params["ward_id"], MAY)
        found = await setup_look.read(work, ward.id)
        at = f"/clinics/{ward.id}/columns/new"
        return _column(request, work, at=at, has=None, position=len(found.has))


async def open_column(request: Request) -> Response:
    """Give a clinic somebody or something more that is booked."""
    kind = await field(request, "kind", ResourceKind, missing="Choose what it is.")
    said = await setup_forms.column(request)
    async with work_of(request) as work:
        row = await setup.open_column(work, request.path_params["ward_id"], kind, said)
        return _back(request, row.ward_id)


async def amend_column_form(request: Request) -> Response:
    """Draw the form that changes a column."""
    async with work_of(request) as work:
        row = await work.access(Resource, _key(request, "column"), MAY)
        found = await setup_look.read(work, row.ward_id)
        has = next((one for one in found.has if one.id == row.id), None)
        return _column(request, work, at=f"/columns/{row.id}", has=has, position=row.position)


async def amend_column(request: Request) -> Response:
    """Call a column otherwise, or have it take more or fewer at once."""
    said, seen = await setup_forms.column(request), await version(request)
    async with work_of(request) as work:
        row = await setup.amend_column(work, _key(request, "column"), said, seen=seen)
        return _back(request, row.ward_id)


def _column(request: Request, work: Work, **context: Any) -> Response:
    title = "Change a column" if context["has"] else "Open a column"
    context |= {"kinds": KINDS, "may_link": work.may(Permission.MANAGE_USERS)}
    return sheet(request, "scheduling/_column_form.html", title=title, **context)


async def end_column_form(request: Request) -> Response:
    """Draw the form that ends a column."""
    async with work_of(request) as work:
        row = await work.access(Resource, _key(request, "column"), MAY)
        clinic = await choices.clinic(work, row.ward_id)
        label = next((one.label for one in clinic.choices if one.resource_id == row.id), "")
        today = work.now.astimezone(clinic.zone).date()
        return sheet(
            request, "scheduling/_column_end.html", title="End", row=row, label=label, today=today
        )


async def end_column(request: Request) -> Response:
    """Have a column end when a day begins, and show whom that concerns."""
    day, seen = await setup_forms.day(request), await version(request)
    async with work_of(request) as work:
        row, met = await setup.end_column(work, _key(request, "column"), day, seen=seen)
        if met:
            return go(request, f"/clinics/{row.ward_id}/conflicts")
        return _back(request, row.ward_id)


async def keep_column(request: Request) -> Response:
    """Take an end back that is still to come."""
    seen = await version(request)
    async with work_of(request) as work:
        row = await setup.keep_column(work, _key(request, "column"), seen=seen)
        return _back(request, row.ward_id)


async def visit_form(request: Request) -> Response:
    """Draw the form that offers a kind of visit."""
    async with work_of(request) as work:
        ward = await work.access(Ward, request.path_params["ward_id"], MAY)
        return await _visit(request, work, ward.id, f"/clinics/{ward.id}/visits/new", None)


async def offer_visit(request: Request) -> Response:
    """Have a clinic offer one more kind of visit."""
    said = await setup_forms.offered(request)
    async with work_of(request) as work:
        row = await setup.offer_visit(work, request.path_params["ward_id"], said)
        return _back(request, row.ward_id)


async def amend_visit_form(request: Request) -> Response:
    """Draw the form that changes a kind of visit."""
    async with work_of(request) as work:
        row = await work.access(VisitType, _key(request, "visit"), MAY)
        return await _visit(request, work, row.ward_id, f"/visits/{row.id}", row)


async def amend_visit(request: Request) -> Response:
    """Change what a kind of visit is and needs."""
    said, seen = await setup_forms.offered(request), await version(request)
    async with work_of(request) as work:
        row = await setup.amend_visit(work, _key(request, "visit"), said, seen=seen)
        return _back(request, row.ward_id)


async def _visit(
    request: Request, work: Work, ward_id: UUID, at: str, row: VisitType | None
) -> Response:
    clinic = await choices.clinic(work, ward_id)
    context: dict[str, Any] = {
        "at": at,
        "row": row,
        "wanted": await setup_forms.needs_of(work, ward_id, row),
        "needs": setup_forms.choices_of(clinic.choices),
        "types": setup_forms.TYPES,
    }
    title = "Change a visit" if row else "Offer a visit"
    return sheet(request, "scheduling/_visit_form.html", title=title, **context)


async def end_visit(request: Request) -> Response:
    """Offer a kind of visit no longer."""
    return await _offers(request, stands=False)


async def offer_again(request: Request) -> Response:
    """Offer a kind of visit again."""
    return await _offers(request, stands=True)


async def _offers(request: Request, *, stands: bool) -> Response:
    seen = await version(request)
    async with work_of(request) as work:
        row = await setup.offers(work, _key(request, "visit"), stands=stands, seen=seen)
        return _back(request, row.ward_id)


def _key(request: Request, of: str) -> UUID:
    found: UUID = request.path_params[f"{of}_id"]
    return found


def _back(request: Request, ward_id: UUID) -> Response:
    return stay(request, f"/clinics/{ward_id}/setup")


CLINIC, COLUMN, VISIT = (
    "/clinics/{ward_id:uuid}",
    "/columns/{column_id:uuid}",
    "/visits/{visit_id:uuid}",
)
SHOWS = {D0, D2}
routes = [
    get(f"{CLINIC}/setup", show_setup, MAY, shows=SHOWS),
    get(f"{CLINIC}/columns/new", column_form, MAY, shows=SHOWS),
    post(f"{CLINIC}/columns/new", open_column, MAY, shows=SHOWS),
    get(COLUMN, amend_column_form, MAY, shows=SHOWS),
    post(COLUMN, amend_column, MAY, shows=SHOWS),
    get(f"{COLUMN}/end", end_column_form, MAY, shows=SHOWS),
    post(f"{COLUMN}/end", end_column, MAY, shows=SHOWS),
    post(f"{COLUMN}/keep", keep_column, MAY, shows=SHOWS),
    get(f"{CLINIC}/visits/new", visit_form, MAY, shows=SHOWS),
    post(f"{CLINIC}/visits/new", offer_visit, MAY, shows=SHOWS),
    get(VISIT, amend_visit_form, MAY, shows=SHOWS),
    post(VISIT, amend_visit, MAY, shows=SHOWS),
    post(f"{VISIT}/end", end_visit, MAY, shows=SHOWS),
    post(f"{VISIT}/again", offer_again, MAY, shows=SHOWS),
]
