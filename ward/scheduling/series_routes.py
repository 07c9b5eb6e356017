"""Series routes: the page of a series, and taking back what was done to all of it."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, Permission
from ward import live
from ward.beds.forms import version
from ward.patients.queries import names_of
from ward.places.models import Ward
from ward.scheduling import choices, series_look, series_undo
from ward.scheduling.events import series_of
from ward.scheduling.models import Series
from ward.web import get, go, page, post
from ward.work import work_of

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_APPOINTMENTS


async def series(request: Request) -> Response:
    """Show all appointments of a series, with what became of each; it stays current."""
    async with work_of(request) as work:
        row = await work.access(Series, request.path_params["series_id"], VIEW)
        screen = await live.show(work, "series", series_of(row.patient_id, row.id))
        ward = await work.access(Ward, row.ward_id, Permission.VIEW_CALENDAR)
        who = (await names_of(work, [row.patient_id])).get(row.patient_id)
        return page(
            request,
            "scheduling/series.html",
            place=ward.label,
            ward=ward,
            row=row,
            who=who,
            screen=screen,
            may_undo=series_look.may_undo(work, row),
        )


async def undo_series(request: Request) -> Response:
    """Take back what one has just done to a series."""
    seen = await version(request)
    async with work_of(request) as work:
        series_id = request.path_params["series_id"]
        await choices.reach(work, Series, series_id, MAY)
        row = await series_undo.undo(work, series_id, seen=seen)
        return go(request, f"/series/{row.id}")


routes = [
    get("/series/{series_id:uuid}", series, VIEW, shows={D0, D1, D2}),
    post("/series/{series_id:uuid}/undo", undo_series, MAY, shows={D2}),
]
