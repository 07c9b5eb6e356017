"""Sheets: what is changed of one room or one bed, and why a place is closed."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, Permission
from domain.beds import TAKEN
from ward.beds import keep
from ward.beds.forms import note, version
from ward.beds.keep import Kept
from ward.beds.models import Bed
from ward.house import close, hangs, queries
from ward.house.add import attributes
from ward.places import amend
from ward.places.models import Branch, Room, Ward, WardKind
from ward.web import field, get, go, optional, post, sheet
from ward.work import work_of

MAY = Permission.OPEN_PLACES
HERE = "/admin/places"
KINDS = [(WardKind.WARD.value, "Ward"), (WardKind.CLINIC.value, "Clinic")]


def why(request: Request, row: Branch | Ward | Room | Bed, at: str, hanging: list[str]) -> Response:
    """Ask why a place is closed, or say what hangs on it."""
    label = f"bed {row.label}" if isinstance(row, Bed) else row.label
    title = f"Close {label}"
    context = {"at": at, "row": row, "label": label, "hanging": hanging}
    return sheet(request, "house/_why.html", title=title, **context)


def words(said: str | None) -> list[str]:
    """Read words that are parted by commas or blanks."""
    return (said or "").replace(",", " ").lower().split()


async def rename_room_form(request: Request) -> Response:
    """Draw the form that renames a room."""
    async with work_of(request) as work:
        row = await work.access(Room, request.path_params["room_id"], MAY)
        context = {"row": row, "zone": None, "code": None, "kinds": None}
        at = f"{HERE}/rooms/{row.id}"
        return sheet(request, "house/_name.html", title="Rename", at=at, **context)


async def rename_room(request: Request) -> Response:
    """Call a room otherwise."""
    label, seen = await field(request, "label", str), await version(request)
    async with work_of(request) as work:
        row = await amend.rename_room(work, request.path_params["room_id"], label, seen=seen)
        return _back(request, row.ward_id)


async def close_room_form(request: Request) -> Response:
    """Draw the form that closes a room, or say which beds stand in it."""
    async with work_of(request) as work:
        row = await work.access(Room, request.path_params["room_id"], MAY)
        hanging = await hangs.hangs(work, row.id, hangs.IN_ROOM)
        return why(request, row, f"{HERE}/rooms/{row.id}/close", hanging)


async def close_room(request: Request) -> Response:
    """Close a room."""
    said, seen = await note(request, "why"), await version(request)
    async with work_of(request) as work:
        row = await close.close_room(work, request.path_params["room_id"], said, seen=seen)
        return _back(request, row.ward_id)


async def reopen_room(request: Request) -> Response:
    """Open a room again."""
    seen = await version(request)
    async with work_of(request) as work:
        row = await close.reopen_room(work, request.path_params["room_id"], seen=seen)
        return _back(request, row.ward_id)


async def bed_form(request: Request) -> Response:
    """Draw the form of a bed: its number, its room, its place, what it has."""
    async with work_of(request) as work:
        row = await work.access(Bed, request.path_params["bed_id"], MAY)
        rooms = await queries.rooms_of(work, row.ward_id)
        return sheet(request, "house/_bed.html", title=f"Bed {row.label}", bed=row, rooms=rooms)


async def amend_bed(request: Request) -> Response:
    """Give a bed another number, room, place or attributes."""
    kept = Kept(
        label=await field(request, "label", str),
        room_id=await optional(request, "room_id", UUID),
        position=await field(request, "position", int),
        attributes=attributes(words(await optional(request, "attributes", str))),
    )
    seen = await version(request)
    async with work_of(request) as work:
        row = await keep.amend_bed(work, request.path_params["bed_id"], kept, seen=seen)
        return _back(request, row.ward_id)


async def close_bed_form(request: Request) -> Response:
    """Draw the form that takes a bed away, or say that somebody lies in it."""
    async with work_of(request) as work:
        row = await work.access(Bed, request.path_params["bed_id"], MAY)
        state = row.state_at(work.now)
        hanging = ["Somebody lies in it."] if state.status in TAKEN else []
        hanging += ["It is reserved."] if state.hold else []
        return why(request, row, f"{HERE}/beds/{row.id}/close", hanging)


async def close_bed(request: Request) -> Response:
    """Take an empty bed away."""
    said, seen = await note(request, "why"), await version(request)
    async with work_of(request) as work:
        row = await keep.end_bed(work, request.path_params["bed_id"], said or "", seen=seen)
        return _back(request, row.ward_id)


async def reopen_bed(request: Request) -> Response:
    """Put a bed back that was taken away."""
    seen = await version(request)
    async with work_of(request) as work:
        row = await keep.return_bed(work, request.path_params["bed_id"], seen=seen)
        return _back(request, row.ward_id)


def _back(request: Request, ward_id: UUID) -> Response:
    return go(request, f"{HERE}/wards/{ward_id}")


_ROOM, _BED = f"{HERE}/rooms/{{room_id:uuid}}", f"{HERE}/beds/{{bed_id:uuid}}"
doors = [
    get(_ROOM, rename_room_form, MAY, shows={D0}),
    post(_ROOM, rename_room, MAY, shows={D0}),
    get(f"{_ROOM}/close", close_room_form, MAY, shows={D0}),
    post(f"{_ROOM}/close", close_room, MAY, shows={D0}),
    post(f"{_ROOM}/reopen", reopen_room, MAY, shows={D0}),
    get(_BED, bed_form, MAY, shows={D0}),
    post(_BED, amend_bed, MAY, shows={D0}),
    get(f"{_BED}/close", close_bed_form, MAY, shows={D0}),
    post(f"{_BED}/close", close_bed, MAY, shows={D0}),
    post(f"{_BED}/reopen", reopen_bed, MAY, shows={D0}),
]
