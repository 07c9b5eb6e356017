"""Feed routes: one's shared calendars, and the address that another program reads."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D2, Permission
from ward.errors import Busy, Missing
from ward.scheduling import choices, feeds
from ward.scheduling.waiting import CalendarFeed
from ward.security.actors import System
from ward.security.limits import Limit
from ward.web import field, get, go, optional, page, post, public
from ward.work import Work, work_as, work_of

MAY = Permission.SHARE_CALENDAR
READER = System(
    "calendar-feed", frozenset({MAY, Permission.VIEW_APPOINTMENTS, Permission.VIEW_CALENDAR})
)
READS = Limit("feeds", 60, 60)


async def show(request: Request) -> Response:
    """Show which calendars one shares, and offer to share one's own column or a room's."""
    async with work_of(request) as work:
        return await _page(request, work)


async def share(request: Request) -> Response:
    """Make an address; it is shown this once."""
    resource_id = await field(request, "resource_id", UUID, missing="Choose a calendar.")
    label = await optional(request, "label", str) or ""
    async with work_of(request) as work:
        _, token = await feeds.share(work, resource_id=resource_id, label=label)
        await work.flush()
        address = str(request.url_for("scheduling.read", token=token))
        return await _page(request, work, address=address)


async def revoke(request: Request) -> Response:
    """Have an address lead nowhere from now on."""
    async with work_of(request) as work:
        await feeds.revoke(work, request.path_params["feed_id"])
        return go(request, "/calendars")


async def read(request: Request) -> Response:
    """Give a calendar to whoever has its address; it names no patient and no reason."""
    node = request.app.state.node
    ip = request.client.host if request.client else ""
    try:
        await node.limits.spend(READS, ip)
        async with work_as(node, READER, "scheduling.feed") as work:
            content = await feeds.read(work, request.path_params["token"])
    except Missing:
        return Response("There is no calendar here.", 404, media_type="text/plain")
    except Busy as busy:
        return Response(busy.sentence, 429, {"retry-after": str(busy.retry_after)})
    headers = {"cache-control": "no-store", "content-disposition": 'inline; filename="ward.ics"'}
    return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")


async def _page(request: Request, work: Work, address: str | None = None) -> Response:
    rows = await feeds.mine(work)
    known = [one for id_, _ in await choices.clinics(work) for one in await _choices(work, id_)]
    labels: dict[UUID | None, str] = {one.resource_id: one.label for one in known}
    own = await choices.own(work)
    return page(
        request,
        "scheduling/calendars.html",
        feeds=[(row, _label(row, labels)) for row in rows],
        offered=known,
        own=own.id if own else None,
        address=address,
    )


def _label(row: CalendarFeed, labels: dict[UUID | None, str]) -> str:
    return "My appointments" if row.patient_id else labels.get(row.resource_id, "No longer there")


async def _choices(work: Work, ward_id: UUID) -> tuple[choices.Choice, ...]:
    return (await choices.clinic(work, ward_id)).choices


routes = [
    get("/calendars", show, MAY, shows={D0, D2}),
    post("/calendars", share, MAY, shows={D0, D2}),
    post("/calendars/{feed_id:uuid}/revocation", revoke, MAY, shows={D2}),
    public("/feeds/{token}", read),
]
