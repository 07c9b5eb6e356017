"""Link routes: the page behind the link of a message, for whoever has it, without a sign-in."""

from starlette.requests import Request
from starlette.responses import Response

from ward.reminders import link_pages, links
from ward.reminders.link_pages import Page
from ward.reminders.link_words import PAGE
from ward.reminders.models import Reply
from ward.web import public

_PAGE = Page("/r", "reminders/link.html", "reminders.link", links.READER, links.look, PAGE)


async def show(request: Request) -> Response:
    """Show when and where, and ask whether the patient will come."""
    return await link_pages.show(request, _PAGE)


async def ask(request: Request) -> Response:
    """Ask once more before an appointment is cancelled."""
    return await link_pages.show(request, _PAGE, sure=True)


async def confirm(request: Request) -> Response:
    """Write down that the patient will come."""
    return await _answer(request, Reply.CONFIRMED)


async def call_off(request: Request) -> Response:
    """Cancel the appointment, for the patient."""
    return await _answer(request, Reply.CANCELLED)


async def _answer(request: Request, reply: Reply) -> Response:
    return await link_pages.answer(
        request,
        _PAGE,
        f"reminders.{reply.value}",
        lambda work, token: links.answer(work, token, reply),
    )


routes = [
    public("/r/{token}", show),
    public("/r/{token}/confirm", confirm, "POST"),
    public("/r/{token}/cancel", ask),
    public("/r/{token}/cancel", call_off, "POST"),
]
