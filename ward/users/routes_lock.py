"""Lock: a screen that locks keeps its draft, and the next person comes in with a PIN."""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from domain.access import Permission
from ward.errors import Busy, Invalid, SignedOut
from ward.security import sessions
from ward.security.limits import PIN_DEVICE
from ward.security.models import Device
from ward.users import browser, devices, doors, drafts, factors
from ward.users.browser import DOOR
from ward.users.routes_login import refused
from ward.web import PolicyRoute, object_of, post, public
from ward.work import Work, work_as, work_of

_OWN = Permission.USE_ACCOUNT
DRAFT_COOKIE = "ward_draft"  # says no more than that a draft waits


async def lock(request: Request) -> Response:
    """Lock the session, and keep what was being typed."""
    form = await request.form()
    said = str(form.get("draft") or "")
    async with work_of(request) as work:
        assert work.actor.session_id is not None
        assert work.actor.id is not None
        with suppress(Invalid):  # a draft that cannot be kept keeps no screen open
            if said:
                await drafts.keep(work, work.actor.id, drafts.Typed.read(object_of(said)))
        await doors.lock(work, work.actor.session_id)
    path = browser.onward(str(form.get("path") or "")) or "/"
    return RedirectResponse(browser.login_for(path), 303)


async def draft(request: Request) -> Response:
    """Hand back what was typed on this page before the screen locked."""
    path = str((await request.form()).get("path") or "")
    async with work_of(request) as work:
        assert work.actor.id is not None
        typed = await drafts.take(work, work.actor.id, path)
    answer = JSONResponse(typed) if typed else Response(status_code=204)
    answer.delete_cookie(DRAFT_COOKIE, path="/")
    return answer


async def switch(request: Request) -> Response:
    """Let in who gives their PIN on this device; whoever was here before is locked."""
    node = request.app.state.node
    try:
        device, who = await _proven(request)
    except (SignedOut, Busy) as error:
        return await refused(request, error)
    async with work_as(node, DOOR, "users.switch") as work:
        user = await doors.who(work, who)
        grant = await doors.grant_of(work, user.id)
        owes = await factors.missing(work, user.id, grant.role)
        entry = replace(browser.entry(request, "pin", device, whole=False), owes=owes)
        await doors.leave_behind(work, sessions.token_of(request), device)
        await doors.end_locked(work, user.id, device.id)
        came = await doors.admit(work, user, grant, entry)
        path = await drafts.waiting(work, user.id)
    return with_draft(browser.let_in(request, came, path), path)


async def _proven(request: Request) -> tuple[Device, UUID]:
    """Check device, person and PIN, or refuse; wrong ones are counted for the device too."""
    node, form = request.app.state.node, await request.form()
    async with work_as(node, DOOR, "users.switch", reading=True) as work:
        device = await devices.here(work, browser.device_token(request))
        who = await _who(work, form)
    if device is None:
        raise SignedOut(devices.NOT_HERE)
    await node.limits.spend(PIN_DEVICE, str(device.id))
    if who is None:
        raise SignedOut(devices.WRONG)
    await devices.check_pin(node, device.id, who, str(form.get("pin") or ""))
    await node.limits.forget(PIN_DEVICE, str(device.id))
    return device, who


async def _who(work: Work, form: FormData) -> UUID | None:
    """Read who it is from the tile that was pressed, or from the badge that was scanned."""
    badge = str(form.get("badge") or "").strip()
    if badge:
        return await devices.by_badge(work, badge)
    try:
        return UUID(str(form.get("who") or ""))
    except ValueError:
        return None


def with_draft(answer: Response, path: str | None) -> Response:
    """Tell the page that a draft waits for it."""
    if path is not None:
        answer.set_cookie(DRAFT_COOKIE, "1", 300, samesite="lax", path="/")
    return answer


routes: list[PolicyRoute] = [
    post("/session/lock", lock, _OWN, locked=True, owing=True, choosing=True),
    post("/session/draft", draft, _OWN),
    public("/login/pin", switch, "POST"),
]
