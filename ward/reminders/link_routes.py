"""Link routes: the page behind the link of a message, for whoever has it, without a sign-in.

Opening it changes nothing: mail servers open links to look at them.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.errors import NotAllowed
from domain.reminder_words import DEFAULT
from ward.config import Env
from ward.errors import Busy, Missing, Stale
from ward.reminders import links
from ward.reminders.link_words import PAGE
from ward.reminders.links import READER, Shown
from ward.reminders.models import Reply
from ward.render import render
from ward.security.limits import Limit
from ward.web import public
from ward.work import work_as

LOOKS = Limit("reminder-link", 60, 60)
ANSWERS = Limit("reminder-answer", 10, 300)


async def show(request: Request) -> Response:
    """Show when and where, and ask whether the patient will come."""
    return await _page(request)


async def ask(request: Request) -> Response:
    """Ask once more before an appointment is cancelled."""
    return await _page(request, sure=True)


async def confirm(request: Request) -> Response:
    """Write down that the patient will come."""
    return await _answer(request, Reply.CONFIRMED)


async def call_off(request: Request) -> Response:
    """Cancel the appointment, for the patient."""
    return await _answer(request, Reply.CANCELLED)


async def _answer(request: Request, reply: Reply) -> Response:
    node, token = request.app.state.node, request.path_params["token"]
    problem = ""
    try:
        await node.limits.spend(ANSWERS, ip_of(request))
        async with work_as(node, READER, f"reminders.{reply.value}") as work:
            await links.answer(work, token, reply)
    except Busy:
        problem = "busy"
    except Missing:
        problem = "unknown"
    except (NotAllowed, Stale):
        problem = "changed"
    return await _page(request, problem=problem)


async def _page(request: Request, *, sure: bool = False, problem: str = "") -> Response:
    node = request.app.state.node
    shown: Shown | None = None
    status = 200
    try:
        await node.limits.spend(LOOKS, ip_of(request))
        async with work_as(node, READER, "reminders.link") as work:
            shown = await links.look(work, request.path_params["token"])
    except Missing:
        problem, status = "unknown", 404
    except Busy:
        problem, status = "busy", 429
    words = PAGE[shown.language if shown else DEFAULT]
    html = render(
        "reminders/link.html",
        status=status,
        shown=shown,
        words=words,
        lang=shown.language if shown else DEFAULT,
        sure=sure,
        problem=words[problem] if problem else None,
        at=f"/r/{request.path_params['token']}",
        demo=node.settings.env is not Env.PRODUCTION,
    )
    return HTMLResponse(html, status, {"x-robots-tag": "noindex", "referrer-policy": "no-referrer"})


def ip_of(request: Request) -> str:
    """Tell from where somebody asks."""
    return request.client.host if request.client else ""


routes = [
    public("/r/{token}", show),
    public("/r/{token}/confirm", confirm, "POST"),
    public("/r/{token}/cancel", ask),
    public("/r/{token}/cancel", call_off, "POST"),
]
