"""Routes: the tree of places: the pages of wards, and the sheets of wards and branches."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, Permission
from ward import live
from ward.beds.forms import note, version
from ward.house import close, hangs, queries, sheets
from ward.house.add import add_beds, attributes, numbers
from ward.places import amend, service
from ward.places.models import Branch, Ward, WardKind
from ward.security.actors import Actor
from ward.web import field, get, go, optional, page, post, sheet
from ward.work import work_of

MAY = Permission.OPEN_PLACES
HERE = "/admin/places"


async def places(request: Request) -> Response:
    """Show the branch and its wards, which stays current while it is open."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "places", work.actor.branch_id)
        return page(request, "house/places.html", screen=screen)


async def ward(request: Request) -> Response:
    """Show a ward's rooms and beds, and what was done to them; it stays current."""
    async with work_of(request) as work:
        screen = await live.show(work, "place", _ward(request))
        of = await work.access(Ward, _ward(request), MAY)
        return page(request, "house/ward.html", place=of.label, title=of.label, screen=screen)


async def branch_form(request: Request) -> Response:
    """Draw the form that opens a branch."""
    async with work_of(request):
        return _name(request, "Open a branch", f"{HERE}/branches/new", zone="Europe/London")


async def open_branch(request: Request) -> Response:
    """Open a branch: a site of the hospital."""
    label, zone = await field(request, "label", str), await field(request, "zone", str)
    async with work_of(request) as work:
        await service.open_branch(work, label, zone)
        return go(request, HERE)


async def rename_branch_form(request: Request) -> Response:
    """Draw the form that renames a branch."""
    async with work_of(request) as work:
        row = await work.access(Branch, request.path_params["branch"], MAY)
        return _name(request, "Rename a branch", f"{HERE}/branches/{row.id}", row=row)


async def rename_branch(request: Request) -> Response:
    """Call a branch otherwise."""
    label, seen = await field(request, "label", str), await version(request)
    async with work_of(request) as work:
        await amend.rename_branch(work, request.path_params["branch"], label, seen=seen)
        return go(request, HERE)


async def ward_form(request: Request) -> Response:
    """Draw the form that opens a ward or a clinic."""
    async with work_of(request) as work:
        row = await work.access(Branch, request.path_params["branch"], MAY)
        at = f"{HERE}/branches/{row.id}/wards"
        return _name(request, "Open a ward", at, code="", kinds=sheets.KINDS)


async def open_ward(request: Request) -> Response:
    """Open a ward or a clinic; its board can be watched from now on."""
    label, code = await field(request, "label", str), await field(request, "code", str)
    kind = await field(request, "kind", WardKind, missing="Choose what it is.")
    async with work_of(request) as work:
        at = await work.access(Branch, request.path_params["branch"], MAY)
        return go(request, at_ward((await service.open_ward(work, at.id, label, code, kind)).id))


async def rename_ward_form(request: Request) -> Response:
    """Draw the form that renames a ward."""
    async with work_of(request) as work:
        row = await work.access(Ward, _ward(request), MAY)
        return _name(request, "Rename", f"{at_ward(row.id)}/name", row=row, code=row.code)


async def rename_ward(request: Request) -> Response:
    """Call a ward otherwise; every open board says the new name."""
    label, code = await field(request, "label", str), await field(request, "code", str)
    seen = await version(request)
    async with work_of(request) as work:
        row = await amend.rename_ward(work, _ward(request), label, code, seen=seen)
        return go(request, at_ward(row.id))


async def close_ward_form(request: Request) -> Response:
    """Draw the form that closes a ward, or say what hangs on it."""
    async with work_of(request) as work:
        row = await work.access(Ward, _ward(request), MAY)
        hanging = await hangs.hangs(work, row.id, hangs.ON_WARD)
        return sheets.why(request, row, f"{at_ward(row.id)}/close", hanging)


async def close_ward(request: Request) -> Response:
    """Close a ward with its beds."""
    why, seen = await note(request, "why"), await version(request)
    async with work_of(request) as work:
        await close.close_ward(work, _ward(request), why, seen=seen)
        return go(request, HERE)


async def reopen_ward(request: Request) -> Response:
    """Open a closed ward again, with the beds that went with it."""
    seen = await version(request)
    async with work_of(request) as work:
        row = await close.reopen_ward(work, _ward(request), seen=seen)
        return go(request, at_ward(row.id))


async def room_form(request: Request) -> Response:
    """Draw the form that opens a room."""
    async with work_of(request) as work:
        row = await work.access(Ward, _ward(request), MAY)
        return _name(request, "Open a room", f"{at_ward(row.id)}/rooms")


async def open_room(request: Request) -> Response:
    """Open a room or a bay of a ward."""
    label = await field(request, "label", str)
    async with work_of(request) as work:
        row = await work.access(Ward, _ward(request), MAY)
        await service.open_room(work, row.id, label)
        return go(request, at_ward(row.id))


async def beds_form(request: Request) -> Response:
    """Draw the form that puts beds on a ward."""
    async with work_of(request) as work:
        row = await work.access(Ward, _ward(request), MAY)
        rooms = await queries.rooms_of(work, row.id)
        return sheet(request, "house/_beds.html", title="Add beds", ward=row, rooms=rooms)


async def put_beds(request: Request) -> Response:
    """Put beds on a ward: all that are named, or none."""
    said = await field(request, "labels", str, missing="Say which numbers.")
    has, room = await optional(request, "attributes", str), await optional(request, "room_id", UUID)
    async with work_of(request) as work:
        row = await work.access(Ward, _ward(request), MAY)
        wanted = numbers(said.replace(",", " ").split())
        await add_beds(work, row, wanted, room, attributes(sheets.words(has)))
        return go(request, at_ward(row.id))


def _name(request: Request, title: str, at: str, **context: object) -> Response:
    shown = {"row": None, "zone": None, "code": None, "kinds": None} | context
    return sheet(request, "house/_name.html", title=title, at=at, **shown)


def at_ward(ward_id: UUID) -> str:
    """Give the address of a ward in the tree."""
    return f"{HERE}/wards/{ward_id}"


def _ward(request: Request) -> UUID:
    ward_id: UUID = request.path_params["ward_id"]
    return ward_id


_BRANCH, _WARD = f"{HERE}/branches/{{branch:uuid}}", f"{HERE}/wards/{{ward_id:uuid}}"
routes = [
    get(HERE, places, MAY, shows={D0}),
    get(f"{HERE}/branches/new", branch_form, MAY, shows={D0}),
    post(f"{HERE}/branches/new", open_branch, MAY, shows={D0}),
    get(_BRANCH, rename_branch_form, MAY, shows={D0}),
    post(_BRANCH, rename_branch, MAY, shows={D0}),
    get(f"{_BRANCH}/wards", ward_form, MAY, shows={D0}),
    post(f"{_BRANCH}/wards", open_ward, MAY, shows={D0}),
    get(_WARD, ward, MAY, shows={D0}),
    get(f"{_WARD}/name", rename_ward_form, MAY, shows={D0}),
    post(f"{_WARD}/name", rename_ward, MAY, shows={D0}),
    get(f"{_WARD}/close", close_ward_form, MAY, shows={D0}),
    post(f"{_WARD}/close", close_ward, MAY, shows={D0}),
    post(f"{_WARD}/reopen", reopen_ward, MAY, shows={D0}),
    get(f"{_WARD}/rooms", room_form, MAY, shows={D0}),
    post(f"{_WARD}/rooms", open_room, MAY, shows={D0}),
    get(f"{_WARD}/beds", beds_form, MAY, shows={D0}),
    post(f"{_WARD}/beds", put_beds, MAY, shows={D0}),
    *sheets.doors,
]
