"""Browser: what a browser carries from step to step of signing in, and how it is let in."""

from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from domain.access import Permission
from ward.security import sessions
from ward.security.actors import System
from ward.security.models import Device, SessionKind
from ward.security.sessions import Entry
from ward.shell import home, own_password
from ward.users.attempts import HOLDS
from ward.users.doors import Entered

DOOR = System("sign-in", frozenset({Permission.USE_ACCOUNT}))
YEARS = 400 * 24 * 3600  # the longest that browsers keep a cookie (RFC 6265bis, 5.5)
SET_UP = "/account/sign-in"


def entry(request: Request, amr: str, device: Device | None = None, *, whole: bool = True) -> Entry:
    """Say from where somebody comes in, and how they proved who they are."""
    kind, device_id = kind_of(request, device), device.id if device else None
    return Entry(kind=kind, ip=address(request), amr=amr, whole=whole, device_id=device_id)


def login_for(path: str) -> str:
    """Name the sign-in page that leads on to this one."""
    return f"/login?{urlencode({'next': path})}"


def address(request: Request) -> str:
    """Say from which address somebody comes."""
    return request.client.host if request.client else ""


def kind_of(request: Request, device: Device | None) -> SessionKind:
    """Tell how soon this browser locks by itself: a shared device soonest."""
    if device is not None:
        return SessionKind.TABLET
    phone = request.headers.get("sec-ch-ua-mobile") == "?1"
    return SessionKind.PHONE if phone else SessionKind.DESKTOP


def onward(path: str | None) -> str | None:
    """Accept only a path of this site to go on to."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable():
        return path
    return None


def let_in(request: Request, came: Entered, path: str | None) -> Response:
    """Send somebody who is in to their page, with the cookie of their session."""
    return _with_session(request, RedirectResponse(page_of(came, path), 303), came)


def let_in_by_script(request: Request, came: Entered, path: str | None) -> Response:
    """Let somebody in through a script, which goes to the page itself."""
    return _with_session(request, JSONResponse({"go": page_of(came, path)}), came)


def page_of(came: Entered, path: str | None) -> str:
    """Name the page to begin on."""
    if came.chooses:
        return own_password(path)
    return SET_UP if came.owes else path or home(came.role, came.ward_id)


def _with_session(request: Request, answer: Response, came: Entered) -> Response:
    forget(request, answer, sessions.step_cookie(request))
    return carry(answer, sessions.cookie_name(request), came.token)


def wait(request: Request, path: str, token: str) -> Response:
    """Send somebody on to the next step, with the cookie that names it."""
    answer = RedirectResponse(path, 303)
    seconds = int(HOLDS.total_seconds())
    return carry(answer, sessions.step_cookie(request), token, seconds)


def carry(answer: Response, name: str, token: str, seconds: int | None = None) -> Response:
    """Give a browser a token that its scripts cannot read."""
    samesite: Literal["lax"] = "lax"
    answer.set_cookie(
        name, token, seconds, httponly=True, samesite=samesite, secure=_secure(name), path="/"
    )
    return answer


def forget(request: Request, answer: Response, name: str) -> None:
    """Take a cookie back, where there is one."""
    if name in request.cookies:
        answer.delete_cookie(name, path="/", secure=_secure(name), httponly=True)


def _secure(name: str) -> bool:
    return name.startswith("__Host-")  # a browser heeds the prefix only with Secure


def step_token(request: Request) -> str:
    """Read which step of signing in this browser is at."""
    return request.cookies.get(sessions.step_cookie(request), "")


def device_token(request: Request) -> str | None:
    """Read which enrolled device this is."""
    return request.cookies.get(sessions.device_cookie(request))
