"""Users: the pages of signing in and out, and of one's own account."""

import asyncio
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.access import Permission, permissions
from ward.errors import Busy, SignedOut
from ward.security import sessions
from ward.security.actors import ROLES, Actor
from ward.security.limits import SIGN_IN_USER
from ward.security.vapid import public_of
from ward.shell import home
from ward.users import (
    browser,
    devices,
    doors,
    drafts,
    routes_account,
    routes_admin,
    routes_devices,
    routes_lock,
    routes_outside,
    routes_own_password,
    routes_passkeys,
    routes_second,
    routes_tour,
    service,
)
from ward.users.browser import DOOR
from ward.users.gate import Gate, gate_of
from ward.users.leaving import LEAVING
from ward.users.routes_lock import with_draft
from ward.users.routes_login import refused, shown
from ward.web import get, page, post, public
from ward.work import work_as, work_of

AT_ONCE = 4  # passwords tried at once from one address; the others wait their turn
_DOORS: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()


async def login(request: Request) -> Response:
    """Show the sign-in page."""
    return await shown(request, next_page=browser.onward(request.query_params.get("next")))


async def sign_in(request: Request) -> Response:
    """Check user name and password and begin a session, or open one that is locked."""
    form = await request.form()
    username = str(form.get("username") or "").strip().lower()[:100]
    password = str(form.get("password") or "")[:1000]
    onward = browser.onward(str(form.get("next") or ""))
    ip = browser.address(request)
    limits = request.app.state.node.limits
    try:
        async with _door(ip):
            gate = await gate_of(request)
            await gate.check()
            await limits.spend(SIGN_IN_USER, username)  # before the look: tries at once count too
            answer = await _begin(request, (username, password), onward, gate)
            await limits.forget(SIGN_IN_USER, username)
            return answer
    except (SignedOut, Busy) as error:
        return await refused(request, error, username=username, next_page=onward)


def _door(ip: str) -> asyncio.Semaphore:
    """Let few from one address try at once, so that the count of failures is true."""
    return _DOORS.setdefault(ip, asyncio.Semaphore(AT_ONCE))


async def _begin(
    request: Request, said: tuple[str, str], onward: str | None, gate: Gate
) -> Response:
    node = request.app.state.node
    try:
        async with work_as(node, DOOR, "users.sign_in") as work:
            user = await service.known(work, *said)
            device = await devices.here(work, browser.device_token(request))
            entry = browser.entry(request, "pwd", device)
            came = await doors.return_or_enter(
                work, user, entry, device, (sessions.token_of(request), onward)
            )
            draft = await drafts.waiting(work, user.id)
    except SignedOut:
        await gate.failed()
        raise
    if isinstance(came, doors.Owed):
        return browser.wait(request, "/login/second", came.token)
    return with_draft(browser.let_in(request, came, onward or draft), draft)


async def sign_out(request: Request) -> Response:
    """End the session, close its screens and empty the browser's stores."""
    async with work_of(request) as work:
        assert work.actor.session_id is not None
        await service.sign_out(work, work.actor.session_id)
        for leave in LEAVING:
            await leave(work, request)
    answer = RedirectResponse("/login", 303)
    name = sessions.cookie_name(request)  # a browser heeds __Host- only with Secure
    answer.delete_cookie(name, path="/", secure=name.startswith("__Host-"))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


async def index(request: Request) -> Response:
    """Lead each role to the page its day begins on."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        return RedirectResponse(home(work.actor.role, work.actor.ward_id), 303)


async def account(request: Request) -> Response:
    """Show who I am here, and what my role includes."""
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        may = [permission.value for permission in permissions(actor.role)]
        key = request.app.state.node.settings.push_key
        called = key is not None and actor.may(Permission.RESPOND_ALERT)
        return page(
            request,
            "users/account.html",
            name=actor.display,
            role=ROLES[actor.role],
            may=may,
            until=actor.until,
            push=public_of(key.get_secret_value()) if called else None,
        )


async def activity(request: Request) -> Response:
    """Note real input, so that the session does not lock."""
    async with work_of(request) as work:
        assert work.actor.session_id is not None
        await service.stay(work, work.actor.session_id)
    return Response(status_code=204)


routes = [
    public("/login", login),
    public("/login", sign_in, "POST"),
    post("/logout", sign_out, Permission.USE_ACCOUNT, owing=True, choosing=True, locked=True),
    get("/", index, Permission.USE_ACCOUNT),
    get("/account", account, Permission.USE_ACCOUNT),
    post("/session/activity", activity, Permission.USE_ACCOUNT, choosing=True),
    *routes_lock.routes,
    *routes_second.routes,
    *routes_passkeys.routes,
    *routes_account.routes,
    *routes_outside.routes,
    *routes_own_password.routes,
    *routes_devices.routes,
    *routes_admin.routes,
    *routes_tour.routes,
]
