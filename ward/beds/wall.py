"""Wall: a ward's board on a screen in the corridor: no user, initials only."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain.access import D0, Permission
from ward import clock, live
from ward.errors import Missing
from ward.places.models import Branch, Ward, WardKind
from ward.render import render
from ward.security import sessions
from ward.web import get
from ward.work import work_of_device


async def wall(request: Request) -> Response:
    """Show the wallboard whose link this is; the browser keeps the link's token for its socket."""
    token = request.path_params["token"]
    async with work_of_device(request, token) as work:
        ward_id = getattr(work.actor, "ward_id", None)
        if ward_id is None:
            raise Missing("This screen has no ward.")
        ward = await work.access(Ward, ward_id, Permission.VIEW_BEDS)
        if ward.kind is WardKind.CLINIC:  # what hangs there calls numbers
            return RedirectResponse(f"/wall/{token}/waiting", 303)
        screen = await live.show(work, "beds", ward_id)
        zone = (await work.access(Branch, ward.branch_id, Permission.VIEW_BEDS)).zone
        label = ward.label
    answer = HTMLResponse(
        render(
            "wall/board.html", screen=screen, ward=label, device=None, now=clock.now(), zone=zone
        )
    )
    secure = request.url.scheme == "https"
    answer.set_cookie(
        sessions.WALL_COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/live"
    )
    return answer


routes = [get("/wall/{token:str}", wall, Permission.VIEW_BEDS, shows={D0})]
