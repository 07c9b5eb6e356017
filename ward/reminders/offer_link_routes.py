"""Offer link routes: the page behind the link of an offer, for whoever has it; no sign-in."""

from starlette.requests import Request
from starlette.responses import Response

from ward.reminders import link_pages, offer_links
from ward.reminders.link_pages import Page
from ward.reminders.offer_links import READER
from ward.reminders.offer_words import PAGE
from ward.web import public

_PAGE = Page("/o", "reminders/offer.html", "reminders.offer_link", READER, offer_links.look, PAGE)


async def show(request: Request) -> Response:
    """Show which time is kept, and until when."""
    return await link_pages.show(request, _PAGE)


async def accept(request: Request) -> Response:
    """Book the time, for the patient."""
    return await _answer(request, accepted=True)


async def decline(request: Request) -> Response:
    """Leave the time to the next in line."""
    return await _answer(request, accepted=False)


async def _answer(request: Request, *, accepted: bool) -> Response:
    return await link_pages.answer(
        request,
        _PAGE,
        "reminders.offer",
        lambda work, token: offer_links.answer(work, token, accepted=accepted),
    )


routes = [
    public("/o/{token}", show),
    public("/o/{token}/accept", accept, "POST"),
    public("/o/{token}/decline", decline, "POST"),
]
