"""Routes: the page of outbound messages, one opened, and what a person decides about it."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, Permission
from ward import live
from ward.db import new_id
from ward.errors import Invalid
from ward.interop.hl7.outbound import decide, queries
from ward.security.actors import Actor
from ward.web import field, get, go, optional, page, post, sheet
from ward.work import work_of

REVIEW = Permission.REVIEW_MESSAGES
LONGEST_REASON = 500


async def outbound(request: Request) -> Response:
    """Show what other systems were told, and what waits."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "outbound", work.actor.branch_id)
        return page(request, "hl7/outbound.html", screen=screen)


async def message(request: Request) -> Response:
    """Open one message: what it says, what was answered, and what can be done."""
    async with work_of(request) as work:
        line, text = await queries.line(work, _id(request))
        key = str(new_id())
        return page(request, "hl7/out_message.html", line=line, text=text, key=key)


async def send_again(request: Request) -> Response:
    """Have a message sent again."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await decide.send_again(work, _id(request), seen=seen)
        return go(request, f"/hl7/outbound/{_id(request)}")


async def give_up_form(request: Request) -> Response:
    """Ask why a receiver is not told."""
    async with work_of(request) as work:
        line, keeps = await queries.brief(work, _id(request))
        title = "Give up a message"
        return sheet(request, "hl7/_give_up.html", title=title, line=line, keeps=keeps)


async def give_up(request: Request) -> Response:
    """Decide that a receiver is not told, with the reason."""
    reason = await optional(request, "reason", str)
    if reason and len(reason) > LONGEST_REASON:
        raise Invalid({"reason": f"This is longer than {LONGEST_REASON} characters."})
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await decide.give_up(work, _id(request), reason, seen=seen)
        return go(request, "/hl7/outbound")


def _id(request: Request) -> UUID:
    found = request.path_params["id"]
    assert isinstance(found, UUID)
    return found


BOTH = {D0, D1}
routes = [
    get("/hl7/outbound", outbound, Permission.WATCH_MESSAGES, shows={D0}),
    get("/hl7/outbound/{id:uuid}", message, REVIEW, shows=BOTH),
    post("/hl7/outbound/{id:uuid}/again", send_again, REVIEW, shows={D0}),
    get("/hl7/outbound/{id:uuid}/give-up", give_up_form, REVIEW, shows={D0}),
    post("/hl7/outbound/{id:uuid}/give-up", give_up, REVIEW, shows={D0}),
]
