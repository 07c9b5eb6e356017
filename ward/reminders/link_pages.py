"""Link pages: what stands behind the link of a message, and what is answered on it.

Opening one changes nothing: mail servers open links to look at them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.errors import NotAllowed
from domain.reminder_words import DEFAULT
from ward.config import Env
from ward.errors import Busy, Missing, Stale
from ward.render import render
from ward.scheduling.in_the_way import Clashing
from ward.security.actors import System
from ward.security.limits import Limit
from ward.work import Work, work_as

LOOKS = Limit("reminder-link", 60, 60)
ANSWERS = Limit("reminder-answer", 10, 300)


class _Shown(Protocol):
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of page: where it stands, who reads it, what it shows and in which words."""

    at: str
    template: str
    code: str
    reader: System
    look: Callable[[Work, str], Awaitable[_Shown]]
    words: Mapping[str, Mapping[str, str]]


async def show(
    request: Request, page: Page, *, problem: str = "", sure: bool = False
) -> HTMLResponse:
    """Show what a link is about; of one that is not known, and of too many looks, only that."""
    node, token = request.app.state.node, request.path_params["token"]
    shown: _Shown | None = None
    status = 200
    try:
        await node.limits.spend(LOOKS, ip_of(request))
        async with work_as(node, page.reader, page.code) as work:
            shown = await page.look(work, token)
    except Missing:
        problem, status = "unknown", 404
    except Busy:
        problem, status = "busy", 429
    language = shown.language if shown else DEFAULT
    words = page.words[language]
    html = render(
        page.template,
        status=status,
        shown=shown,
        words=words,
        lang=language,
        sure=sure,
        problem=words[problem] if problem else None,
        at=f"{page.at}/{token}",
        demo=node.settings.env is not Env.PRODUCTION,
    )
    return HTMLResponse(html, status, {"x-robots-tag": "noindex", "referrer-policy": "no-referrer"})


async def answer(
    request: Request, page: Page, code: str, do: Callable[[Work, str], Awaitable[None]]
) -> Response:
    """Do what was answered, and show what stands then, or why it was not done."""
    node, problem = request.app.state.node, ""
    try:
        await node.limits.spend(ANSWERS, ip_of(request))
        async with work_as(node, page.reader, code) as work:
            await do(work, request.path_params["token"])
    except Busy:
        problem = "busy"
    except Missing:
        problem = "unknown"
    except (Clashing, NotAllowed, Stale):  # what is in the way is nobody's business here
        problem = "changed"
    return await show(request, page, problem=problem)


def ip_of(request: Request) -> str:
    """Tell from where somebody asks."""
    return request.client.host if request.client else ""
