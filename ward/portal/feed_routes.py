"""Feed routes: a patient's own appointments, in the calendar of their telephone."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D2
from ward.portal.own_routes import HERE
from ward.portal.whose import ACT, VIEW, mine
from ward.scheduling import feeds
from ward.web import get, go, optional, page, post
from ward.work import Work, work_of

FEEDS = f"{HERE}/calendar"


async def calendars(request: Request) -> Response:
    """Show which programs read one's appointments, and offer to let another."""
    async with work_of(request) as work:
        await mine(work)
        return await _page(request, work)


async def share(request: Request) -> Response:
    """Make an address; it is shown this once."""
    label = await optional(request, "label", str) or ""
    async with work_of(request) as work:
        patient_id = await mine(work)
        _, token = await feeds.share(work, patient_id=patient_id, label=label, may=ACT)
        await work.flush()
        address = str(request.url_for("scheduling.read", token=token))
        return await _page(request, work, address)


async def revoke(request: Request) -> Response:
    """Have an address lead nowhere from now on."""
    async with work_of(request) as work:
        await feeds.revoke(work, request.path_params["feed_id"], ACT)
        return go(request, FEEDS)


async def _page(request: Request, work: Work, address: str | None = None) -> Response:
    standing = [one for one in await feeds.mine(work, VIEW) if one.patient_id is not None]
    return page(request, "portal/calendar.html", feeds=standing, address=address)


routes = [
    get(FEEDS, calendars, VIEW, shows={D2}),
    post(FEEDS, share, ACT, shows={D2}),
    post(f"{FEEDS}/{{feed_id:uuid}}/revocation", revoke, ACT, shows={D2}),
]
