"""Login: the page before every other: who comes in, who is locked out, and by which door."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ward.config import Env
from ward.errors import Busy, SignedOut, Unavailable
from ward.render import render
from ward.security import outside, sessions
from ward.security.models import User
from ward.users import browser, devices, doors
from ward.users.browser import DOOR
from ward.work import Work, work_as


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign-in of the demo cast, as the page offers it."""

    name: str
    role: str
    note: str
    icon: str


CAST = [
    Sign("nurse", "Nurse", "Six East", "user-check"),
    Sign("charge", "Charge nurse", "Six East", "users"),
    Sign("doctor", "Doctor", "every ward", "stethoscope"),
    Sign("pharmacist", "Pharmacist", "medicines", "pill"),
    Sign("lab", "Laboratory", "specimens", "flask-conical"),
    Sign("reception", "Reception", "registration", "user-plus"),
    Sign("admin", "Administrator", "integrations", "settings"),
    Sign("privacy", "Privacy officer", "oversight", "shield"),
    Sign("patient", "Patient", "own appointments", "user"),
]


@dataclass(frozen=True, slots=True)
class Door:
    """What this browser is to the page: an enrolled device, a locked session, or neither."""

    device: str | None = None
    tiles: tuple[devices.Tile, ...] = ()
    locked_name: str | None = None
    locked_as: str | None = None


async def door_of(request: Request) -> Door:
    """Look what this browser carries; one that carries nothing asks nobody."""
    token, device_token = sessions.token_of(request), browser.device_token(request)
    if token is None and device_token is None:
        return Door()
    async with work_as(request.app.state.node, DOOR, "users.login", reading=True) as work:
        device = await devices.here(work, device_token)
        tiles = await devices.tiles(work, device) if device else []
        locked = await _locked(work, token)
    name, username = locked or (None, None)
    return Door(device.label if device else None, tuple(tiles), name, username)


async def _locked(work: Work, token: str | None) -> tuple[str, str] | None:
    session = await doors.found(work, token)
    if session is None or not sessions.is_locked(session, work.now):
        return None
    user = await work.access(User, session.user_id, doors.OWN)
    return (await work.open([user], User.name))[user.id], user.username


async def shown(
    request: Request,
    *,
    username: str = "",
    problem: str | None = None,
    next_page: str | None = None,
    status: int = 200,
) -> Response:
    """Draw the sign-in page."""
    choice = request.app.state.node.settings
    demo = choice.env is not Env.PRODUCTION
    door = await door_of(request)
    if "other" in request.query_params or (username and username != door.locked_as):
        door = Door(door.device, door.tiles)
    context = {
        "demo": demo,
        "cast": CAST if demo and not door.device else [],
        "username": username or door.locked_as or "",
        "problem": problem,
        "next": next_page,
        "door": door,
        "providers": [choice.oidc_name] if outside.offered(choice) else [],
    }
    return HTMLResponse(render("users/login.html", **context), status)


async def refused(
    request: Request,
    error: SignedOut | Busy | Unavailable,
    *,
    username: str = "",
    next_page: str | None = None,
) -> Response:
    """Draw the page again, with what was wrong."""
    answer = await shown(
        request,
        username=username,
        problem=error.sentence,
        next_page=next_page,
        status=error.status,
    )
    if isinstance(error, Busy):
        answer.headers["retry-after"] = str(error.retry_after)
    return answer
