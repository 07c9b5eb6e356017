"""Routes: the page of receivers, and what an administrator does with them."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D10, Permission
from ward import live
from ward.interop.hl7.outbound import picture, receiver_queries, receiving, trying
from ward.interop.hl7.outbound.receiver_models import Hl7Receiver
from ward.interop.hl7.outbound.receivers import Kind, Receiver, title
from ward.interop.hl7.outbound.receiving import Asked
from ward.security.actors import Actor
from ward.web import field, get, optional, page, post, sheet, stay
from ward.work import work_of

WATCH, MAY = Permission.WATCH_MESSAGES, Permission.MANAGE_RECEIVERS
HERE = "/hl7/receivers"
KINDS = [(one.value, one.word) for one in Kind]
NOBODY = Receiver("", "", 2575)


async def receivers(request: Request) -> Response:
    """Show who is told what, and how each takes it."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "receivers", work.actor.branch_id)
        return page(request, "hl7/receivers.html", screen=screen)


async def add_form(request: Request) -> Response:
    """Ask who is to be told, where they listen, and of what."""
    async with work_of(request):
        return _form(request, "Add a receiver", HERE, NOBODY)


async def add_receiver(request: Request) -> Response:
    """Have another system told, from now on."""
    name, asked = await field(request, "name", str), await _asked(request)
    async with work_of(request) as work:
        await receiving.add(work, name, asked)
        return stay(request, HERE)


async def change_form(request: Request) -> Response:
    """Draw the form of a receiver."""
    async with work_of(request) as work:
        row = await receiving.found(work, _name(request), lock=False)
        now = await receiver_queries.one(work, row.name)
        return _form(request, "Change a receiver", _at(row.name), now, row.version)


async def change_receiver(request: Request) -> Response:
    """Have a receiver told elsewhere, under another name in MSH, or of other things."""
    asked, seen = await _asked(request), await field(request, "version", int)
    async with work_of(request) as work:
        await receiving.change(work, _name(request), asked, seen=seen)
        return stay(request, HERE)


async def pause_receiver(request: Request) -> Response:
    """Send a receiver nothing for now."""
    return await _decided(request, receiving.pause)


async def resume_receiver(request: Request) -> Response:
    """Send to a receiver again."""
    return await _decided(request, receiving.resume)


async def remove_form(request: Request) -> Response:
    """Say what goes with a receiver, and ask."""
    async with work_of(request) as work:
        row = await receiving.found(work, _name(request), lock=False)
        waits = await receiving.waiting(work, row.name)
        context = {"at": f"{_at(row.name)}/remove", "called": title(row.name)}
        more = {"waits": waits, "version": row.version}
        return sheet(
            request, "hl7/_remove_receiver.html", title="Remove a receiver", **context, **more
        )


async def remove_receiver(request: Request) -> Response:
    """Tell a receiver nothing more."""
    return await _decided(request, receiving.remove)


async def try_receiver(request: Request) -> Response:
    """Try whether a receiver can be reached, and say so; no message is sent."""
    async with work_of(request) as work:
        meant = await receiver_queries.one(work, _name(request))
    tried = await trying.reach(meant)
    return sheet(
        request,
        "hl7/_tried.html",
        title="Test the connection",
        called=title(meant.name),
        at=_at(meant.name),
        tried=tried,
    )


async def picture_form(request: Request) -> Response:
    """Say what a picture of who is here does, and ask."""
    async with work_of(request) as work:
        meant = await receiver_queries.one(work, _name(request))
        total, _ = await picture.count(work)
        return sheet(
            request,
            "hl7/_picture.html",
            title="Send who is here",
            called=title(meant.name),
            at=f"{_at(meant.name)}/picture",
            total=total,
        )


async def begin_picture(request: Request) -> Response:
    """Have everybody who is here told to a receiver."""
    async with work_of(request) as work:
        await picture.begin(work, _name(request))
        return stay(request, HERE)


async def cancel_picture(request: Request) -> Response:
    """Call the picture off that is on its way to a receiver."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await picture.cancel(work, request.path_params["id"], seen=seen)
        return stay(request, HERE)


async def _decided(request: Request, command: Callable[..., Awaitable[Hl7Receiver]]) -> Response:
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await command(work, _name(request), seen=seen)
        return stay(request, HERE)


def _form(
    request: Request, title: str, at: str, receiver: Receiver, version: int | None = None
) -> Response:
    context = {"at": at, "receiver": receiver, "kinds": KINDS, "version": version}
    return sheet(request, "hl7/_receiver.html", title=title, **context)


async def _asked(request: Request) -> Asked:
    ticked = (await request.form()).getlist("kinds")
    return Asked(
        application=await optional(request, "application", str) or "",
        facility=await optional(request, "facility", str) or "",
        host=await field(request, "host", str),
        port=await field(request, "port", int),
        kinds=receiving.kinds_of(str(one) for one in ticked),
    )


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    return name


def _at(name: str) -> str:
    return f"{HERE}/{name}"


_ONE = f"{HERE}/{{name}}"
routes = [
    get(HERE, receivers, WATCH, shows={D0}),
    post(HERE, add_receiver, MAY, shows={D10}, fresh=True),
    get(f"{HERE}/new/form", add_form, MAY, shows={D10}),
    post(f"{HERE}/pictures/{{id:uuid}}/cancel", cancel_picture, MAY, shows={D10}),
    get(_ONE, change_form, MAY, shows={D10}),
    post(_ONE, change_receiver, MAY, shows={D10}, fresh=True),
    post(f"{_ONE}/pause", pause_receiver, MAY, shows={D10}),
    post(f"{_ONE}/resume", resume_receiver, MAY, shows={D10}),
    get(f"{_ONE}/remove", remove_form, MAY, shows={D10}),
    post(f"{_ONE}/remove", remove_receiver, MAY, shows={D10}),
    get(f"{_ONE}/test", try_receiver, MAY, shows={D10}),
    get(f"{_ONE}/picture", picture_form, MAY, shows={D10}),
    post(f"{_ONE}/picture", begin_picture, MAY, shows={D10}, fresh=True),
]
