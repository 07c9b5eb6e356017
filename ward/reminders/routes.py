"""Routes: the page of messages to patients, what is decided there, and the page behind a link."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, Permission
from ward import live
from ward.db import new_id
from ward.reminders import link_routes, offer_link_routes, queries, service
from ward.security.actors import Actor
from ward.web import field, get, go, page, post
from ward.work import work_of

MAY, WATCH = Permission.SEND_REMINDER, Permission.WATCH_REMINDERS


async def reminders(request: Request) -> Response:
    """Show what failed, what is late, what is coming and what was sent."""
    async with work_of(request) as work:
        shown = await queries.overview(work)
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "letters", work.actor.branch_id)
        key = str(new_id())
        return page(request, "reminders/reminders.html", shown=shown, screen=screen, key=key)


async def again(request: Request) -> Response:
    """Have a message sent after all."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.again(work, request.path_params["reminder_id"], seen=seen)
        return go(request, "/reminders")


async def arrived(request: Request) -> Response:
    """Write down that a message in doubt did arrive."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.arrived(work, request.path_params["reminder_id"], seen=seen)
        return go(request, "/reminders")


routes = [
    get("/reminders", reminders, WATCH, shows={D0, D1, D2}),
    post("/reminders/{reminder_id:uuid}/again", again, MAY, shows={D2}),
    post("/reminders/{reminder_id:uuid}/arrived", arrived, MAY, shows={D2}),
    *link_routes.routes,
    *offer_link_routes.routes,
]
