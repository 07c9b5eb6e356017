"""Offer link routes: the page behind the link of an offer, for whoever has it, without a sign-in.

Opening it changes nothing: mail servers open links to look at them.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.errors import NotAllowed
from domain.reminder_words import DEFAULT
from ward.config import Env
from ward.errors import Busy, Missing, Stale
from ward.reminders import offer_links
from ward.reminders.link_routes import ANSWERS, LOOKS, ip_of
from ward.reminders.offer_links import READER, Shown
from ward.reminders.offer_words import PAGE
from ward.render import render
from ward.scheduling.in_the_way import Clashing
from ward.web import public
from ward.work import work_as


async def show(request: Request) -> Response:
    """Show which time is kept, and until when."""
    return await _page(request)


async def accept(request: Request) -> Response:
    """Book the time, for the patient."""
    return await _answer(request, accepted=True)


async def decline(request: Request) -> Response:
    """Leave the time to the next in line."""
    return await _answer(request, accepted=False)


async def _answer(request: Request, *, accepted: bool) -> Response:
    node, token = request.app.state.node, request.path_params["token"]
    problem = ""
    try:
        await node.limits.spend(ANSWERS, ip_of(request))
        async with work_as(node, READER, "reminders.offer") as work:
            await offer_links.answer(work, token, accepted=accepted)
    except Busy:
        problem = "busy"
    except Missing:
        problem = "unknown"
    except (Clashing, NotAllowed, Stale):  # what is in the way is nobody's business here
        problem = "changed"
    return await _page(request, problem=problem)


async def _page(request: Request, *, problem: str = "") -> Response:
    node = request.app.state.node
    shown: Shown | None = None
    status = 200
    try:
        await node.limits.spend(LOOKS, ip_of(request))
        async with work_as(node, READER, "reminders.offer_link") as work:
            shown = await offer_links.look(work, request.path_params["token"])
    except Missing:
        problem, status = "unknown", 404
    except Busy:
        problem, status = "busy", 429
    words = PAGE[shown.language if shown else DEFAULT]
    html = render(
        "reminders/offer.html",
        status=status,
        shown=shown,
        words=words,
        lang=shown.language if shown else DEFAULT,
        problem=words[problem] if problem else None,
        at=f"/o/{request.path_params['token']}",
        demo=node.settings.env is not Env.PRODUCTION,
    )
    return HTMLResponse(html, status, {"x-robots-tag": "noindex", "referrer-policy": "no-referrer"})


routes = [
    public("/o/{token}", show),
    public("/o/{token}/accept", accept, "POST"),
    public("/o/{token}/decline", decline, "POST"),
]
