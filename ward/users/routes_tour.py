"""Tour: being shown around the page one's day begins on, and the shortcuts of a home screen."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.access import Permission
from ward.security.actors import Actor
from ward.shell import home, shortcut
from ward.tours import ASKED, COOKIE, remembered
from ward.web import get, post
from ward.work import work_of

_YEAR = 365 * 24 * 3600
_OWN = Permission.USE_ACCOUNT


async def show(request: Request) -> Response:
    """Lead to the page that the tour is about; it begins there."""
    return await _on(request, f"?{ASKED}=1")


async def later(request: Request) -> Response:
    """Put the offer away; the menu keeps the tour."""
    return await _on(request, "")


async def _on(request: Request, asked: str) -> Response:
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        answer = RedirectResponse(home(actor.role, actor.ward_id) + asked, 303)
    answer.set_cookie(
        COOKIE,
        remembered(request, actor.role),
        max_age=_YEAR,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


async def shortcuts(request: Request) -> Response:
    """Lead from the icon on a home screen to the page it means for whoever is signed in."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        return RedirectResponse(shortcut(work.actor, request.path_params["name"]), 303)


routes = [
    get("/tour", show, _OWN),
    post("/tour/later", later, _OWN),
    get("/go/{name}", shortcuts, _OWN),
]
