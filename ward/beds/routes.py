"""Beds: the board, the wards of a branch, and the sheets of a bed."""

from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, D3, D4, D5, Permission
from domain.beds import BedStatus
from ward import live
from ward.beds import choices, queries, service
from ward.beds.block import block as block_bed
from ward.beds.block import close as close_bed
from ward.beds.block import unblock as unblock_bed
from ward.beds.card_routes import routes as card_routes
from ward.beds.cards import card, classes_on
from ward.beds.choices import Choice
from ward.beds.forms import REASONS, local, note, reason, version
from ward.beds.reserve import release as release_bed
from ward.beds.reserve import reserve as reserve_bed
from ward.beds.staffing_sheet import doors as staffing
from ward.projections import within
from ward.security.actors import Actor, System
from ward.web import field, get, page, post, sheet, stay
from ward.work import Work, work_of

ALL = {D0, D1, D2, D3, D4, D5}


async def wards(request: Request) -> Response:
    """Show how full the wards of the branch are; each leads to its board."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "wards", work.actor.branch_id)
        return page(request, "places/wards.html", screen=screen, title=None)


async def board(request: Request) -> Response:
    """Show a ward's board, which stays current while it is open."""
    ward_id = request.path_params["ward_id"]
    async with work_of(request) as work:
        screen = await live.show(work, "beds", ward_id)
        ward = await queries.board_head(work, ward_id)
        kept = await choices.kept(work, ward_id, request.query_params)
        return page(
            request,
            "beds/board.html",
            place=ward.label,
            screen=screen,
            title=ward.label,
            kept=kept,
        )


async def choose(request: Request) -> Response:
    """Keep how whoever asks looks at this board."""
    form, ward_id = await request.form(), request.path_params["ward_id"]
    chosen = {one: str(form[one]).strip() for one in Choice if one in form}
    async with work_of(request) as work:
        await choices.keep(work, ward_id, chosen)
        return stay(request, f"/wards/{ward_id}/beds")


async def actions(request: Request) -> Response:
    """Show what can be done with a bed."""
    async with work_of(request) as work:
        bed = await queries.card(work, _bed(request))
        classes = await classes_on(work, bed.ward_id)
        eyes = work.watched(System("hub", frozenset()), classes)
        parts = (await queries.parts_of(eyes, [bed]))[bed.id]
        stay = parts.get("stay")
        work.shown([stay.patient_id] if stay else [], classes)
        context = within({"bed": bed, "parts": parts}, classes)
        return sheet(request, "beds/_actions.html", title=f"Bed {bed.label}", **context)


async def change_status(request: Request) -> Response:
    """Move a bed to another state."""
    to, seen = await field(request, "to", BedStatus), await version(request)
    async with work_of(request) as work:
        bed = await service.change_status(work, _bed(request), to, seen=seen)
        return await card(request, work, bed)


async def reservation_form(request: Request) -> Response:
    """Draw the form that keeps a bed."""
    async with work_of(request) as work:
        bed = await queries.card(work, _bed(request))
        return sheet(request, "beds/_reserve.html", title=f"Reserve bed {bed.label}", bed=bed)


async def reserve(request: Request) -> Response:
    """Keep a bed until a time."""
    said, seen = await note(request), await version(request)
    async with work_of(request) as work:
        zone = await _zone(work, _bed(request))
        until = await local(request, "until", zone)
        bed = await reserve_bed(work, _bed(request), until=until, note=said, seen=seen)
        return await card(request, work, bed)


async def reservation(request: Request) -> Response:
    """Show for whom a bed is kept, and until when."""
    async with work_of(request) as work:
        bed = await queries.card(work, _bed(request))
        context = {
            "bed": bed,
            **await _for_whom(work, bed.id),
            "zone": bed.zone,
        }
        return sheet(
            request, "beds/_reservation.html", title=f"Bed {bed.label} is reserved", **context
        )


async def release(request: Request) -> Response:
    """End a reservation."""
    seen = await version(request)
    async with work_of(request) as work:
        bed = await release_bed(work, _bed(request), seen=seen)
        return await card(request, work, bed)


async def block_form(request: Request) -> Response:
    """Draw the form that blocks a bed."""
    return await _why(request, close=False)


async def close_form(request: Request) -> Response:
    """Draw the form that closes a bed."""
    return await _why(request, close=True)


async def block(request: Request) -> Response:
    """Take a bed out of use for a while."""
    why, said, seen = await reason(request), await note(request), await version(request)
    async with work_of(request) as work:
        bed = await block_bed(work, _bed(request), why, said, seen=seen)
        return await card(request, work, bed)


async def unblock(request: Request) -> Response:
    """Give a blocked bed back."""
    seen = await version(request)
    async with work_of(request) as work:
        bed = await unblock_bed(work, _bed(request), seen=seen)
        return await card(request, work, bed)


async def close(request: Request) -> Response:
    """Take a bed out of use."""
    why, said, seen = await reason(request), await note(request), await version(request)
    async with work_of(request) as work:
        reopens = await local(request, "reopens_at", await _zone(work, _bed(request)))
        bed = await close_bed(work, _bed(request), why, said, reopens_at=reopens, seen=seen)
        return await card(request, work, bed)


async def _why(request: Request, *, close: bool) -> Response:
    async with work_of(request) as work:
        bed = await queries.card(work, _bed(request))
        title = f"{'Close' if close else 'Block'} bed {bed.label}"
        context = {"bed": bed, "close": close, "reasons": REASONS}
        return sheet(request, "beds/_block.html", title=title, **context)


async def _for_whom(work: Work, bed_id: UUID) -> dict[str, str | None]:
    """Tell for whom a bed is kept: the patient a ward accepted, or what was written."""
    asked = await queries.parts_of(work, [await queries.card(work, bed_id)])
    whom = asked[bed_id].get("expected")
    if whom:
        return {"note": whom.name, "known": whom.known}
    return {"note": await queries.note_of(work, bed_id), "known": None}


async def _zone(work: Work, bed_id: UUID) -> ZoneInfo:
    return ZoneInfo((await queries.card(work, bed_id)).zone)


def _bed(request: Request) -> UUID:
    bed_id: UUID = request.path_params["bed_id"]
    return bed_id


_AT = "/beds/{bed_id:uuid}"
_STATUS, _RESERVE, _BLOCK = (
    Permission.CHANGE_BED_STATUS,
    Permission.RESERVE_BED,
    Permission.BLOCK_BED,
)

routes = [
    get("/wards", wards, Permission.VIEW_PLACES, shows={D0}),
    get("/wards/{ward_id:uuid}/beds", board, Permission.VIEW_BEDS, shows=ALL),
    post("/wards/{ward_id:uuid}/beds/choices", choose, Permission.VIEW_BEDS, shows={D0}),
    *card_routes,
    get(f"{_AT}/actions", actions, Permission.VIEW_BEDS, shows=ALL),
    post(f"{_AT}/status", change_status, _STATUS, shows=ALL),
    get(f"{_AT}/reserve", reservation_form, _RESERVE, shows={D0}),
    post(f"{_AT}/reserve", reserve, _RESERVE, shows=ALL),
    get(f"{_AT}/reservation", reservation, _RESERVE, shows={D0, D1}),
    post(f"{_AT}/release", release, _RESERVE, shows=ALL),
    get(f"{_AT}/block", block_form, _BLOCK, shows={D0}),
    post(f"{_AT}/block", block, _BLOCK, shows=ALL),
    post(f"{_AT}/unblock", unblock, _BLOCK, shows=ALL),
    get(f"{_AT}/close", close_form, _BLOCK, shows={D0}),
    post(f"{_AT}/close", close, _BLOCK, shows=ALL),
    *staffing,
]
