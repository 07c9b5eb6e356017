"""Outside: the way to the hospital's identity provider and back, and its word that one has left."""

from contextlib import suppress
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from domain.access import Permission
from ward.errors import Busy, Missing, SignedOut, Unavailable
from ward.security import outside as provider
from ward.security import sessions
from ward.security.factors import Attempt, Purpose
from ward.security.limits import OUTSIDE
from ward.users import attempts, browser, devices, doors, outside
from ward.users.browser import DOOR
from ward.users.gate import gate_of
from ward.users.routes_login import refused
from ward.web import PolicyRoute, get, go, post, public
from ward.work import Work, work_as, work_of

_OWN = Permission.USE_ACCOUNT
_HERE = "/account/sign-in"


async def away(request: Request) -> Response:
    """Send somebody to the hospital's sign-in."""
    node = request.app.state.node
    if not provider.offered(node.settings):
        raise Missing
    try:
        await (await gate_of(request)).check()
        await node.limits.spend(OUTSIDE, browser.address(request))
        address, kept = await provider.away(request, node.settings)
    except Busy as error:
        return await refused(request, error)
    except (SignedOut, Unavailable) as error:
        return await refused(request, SignedOut(error.sentence))
    onward = browser.onward(request.query_params.get("next"))
    async with work_as(node, DOOR, "users.outside") as work:
        _, token = await attempts.begin(work, Purpose.OUTSIDE, onward=onward, data=kept)
    return _wait(request, RedirectResponse(address, 303), token)


def _wait(request: Request, answer: Response, token: str) -> Response:
    seconds = int(attempts.HOLDS.total_seconds())
    return browser.carry(answer, sessions.step_cookie(request), token, seconds)


async def link(request: Request) -> Response:
    """Go and fetch my account at the hospital's sign-in, to link it to me here.

    A link, not a form: a form may not lead to another site (`form-action`).
    """
    node = request.app.state.node
    async with work_of(request) as work:
        me = work.actor.id
    if not provider.offered(node.settings):
        raise Missing
    address, kept = await provider.away(request, node.settings)
    async with work_as(node, DOOR, "users.outside") as work:
        _, token = await attempts.begin(work, Purpose.OUTSIDE, user_id=me, onward=_HERE, data=kept)
    return _wait(request, RedirectResponse(address, 303), token)


async def unlink(request: Request) -> Response:
    """Take the link away."""
    async with work_of(request) as work:
        assert work.actor.id is not None
        await outside.unlink(work, work.actor.id)
        return go(request, _HERE)


async def back(request: Request) -> Response:
    """Take the provider's answer, and let in (or link) whom it vouches for."""
    node = request.app.state.node
    if not provider.offered(node.settings):
        raise Missing
    gate = await gate_of(request)
    try:
        await gate.check()
        async with work_as(node, DOOR, "users.outside_back") as work:
            attempt = await attempts.waiting(work, browser.step_token(request), Purpose.OUTSIDE)
            await attempts.spend(work, attempt)
            kept = (await work.open([attempt], Attempt.data))[attempt.id]
        told = await provider.back(request, node.settings, kept)
        async with work_as(node, DOOR, "users.outside_back") as work:
            if attempt.user_id is not None:
                await _still_theirs(request, work, attempt.user_id)
                await outside.link(work, attempt.user_id, told)
                return RedirectResponse(_HERE, 303)
            device = await devices.here(work, browser.device_token(request))
            entry = browser.entry(request, "oidc", device)
            came = await outside.come_in(work, told, entry, attempt.onward)
            if isinstance(came, doors.Entered):
                await doors.leave_behind(work, sessions.token_of(request), device)
    except SignedOut as error:
        await gate.failed()
        return await refused(request, error)
    except (Busy, Unavailable) as error:
        return await refused(request, error)
    if isinstance(came, doors.Owed):
        return browser.wait(request, "/login/second", came.token)
    return browser.let_in(request, came, attempt.onward)


async def _still_theirs(request: Request, work: Work, user_id: UUID) -> None:
    """Refuse to link once somebody else is at this browser: their account would open another's."""
    session = await doors.found(work, sessions.token_of(request))
    if session is None or session.user_id != user_id or sessions.is_locked(session, work.now):
        raise SignedOut(attempts.LATE)


async def logout(request: Request) -> Response:
    """Hear from the provider itself that somebody has left: end their sessions here."""
    node = request.app.state.node
    if not provider.offered(node.settings):
        raise Missing
    token = str((await request.form()).get("logout_token") or "")
    await node.limits.check(OUTSIDE, f"logout {browser.address(request)}")
    try:
        told = await provider.goodbye(node.settings, token)
        async with work_as(node, DOOR, "users.outside_logout") as work:
            await outside.leave(work, told)
    except SignedOut as error:
        with suppress(Busy):  # each forged one may have us ask the provider for its keys
            await node.limits.spend(OUTSIDE, f"logout {browser.address(request)}")
        return PlainTextResponse(error.sentence, 400)
    return Response(status_code=200)


routes: list[PolicyRoute] = [
    public("/login/outside", away),
    public(provider.BACK, back),
    public("/login/outside/logout", logout, "POST"),
    get(f"{_HERE}/outside", link, _OWN, fresh=True),
    post(f"{_HERE}/outside-off", unlink, _OWN, fresh=True),
]
