"""Passkeys: what the browser's script asks for: to make a key, to come in, to prove again."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.access import Permission
from ward.errors import SignedOut
from ward.security import sessions
from ward.security.actors import Actor
from ward.security.factors import Purpose
from ward.security.limits import SECOND_FACTOR
from ward.security.passkeys import party_of
from ward.users import attempts, browser, devices, doors, factors, passkeys
from ward.users.browser import DOOR
from ward.users.gate import gate_of
from ward.web import PolicyRoute, go, object_of, post, public
from ward.work import work_as, work_of

_OWN = Permission.USE_ACCOUNT
_HERE = "/account/sign-in"


async def _said(request: Request) -> dict[str, Any]:
    return object_of(await request.body())


def _question(request: Request, options: str, token: str | None = None) -> Response:
    answer = Response(options, media_type="application/json")
    if token is None:
        return answer
    seconds = int(attempts.HOLDS.total_seconds())
    return browser.carry(answer, sessions.step_cookie(request), token, seconds)


async def begin(request: Request) -> Response:
    """Ask the browser to make a passkey."""
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        names = (actor.username, actor.display)
        options, token = await passkeys.begin(work, party_of(request), actor.id, names)
    return _question(request, options, token)


async def keep(request: Request) -> Response:
    """Keep the passkey that the browser made."""
    said = await _said(request)
    label, step = str(said.get("label") or ""), browser.step_token(request)
    async with work_of(request) as work:
        await passkeys.keep(work, party_of(request), step, said.get("credential"), label)
        await factors.owe_nothing(work)
    return JSONResponse({"go": _HERE})


async def end(request: Request) -> Response:
    """Take a passkey away."""
    async with work_of(request) as work:
        await passkeys.end(work, request.path_params["passkey"])
        await work.flush()
        assert work.actor.id is not None
        await factors.keep_one(work, work.actor.id)
        return go(request, _HERE)


async def ask(request: Request) -> Response:
    """Ask the browser for any passkey of this site."""
    node = request.app.state.node
    await (await gate_of(request)).check()
    async with work_as(node, DOOR, "users.passkey") as work:
        options, token = await passkeys.question(work, party_of(request))
    return _question(request, options, token)


async def come_in(request: Request) -> Response:
    """Let in who signed with a passkey."""
    node, gate, said = request.app.state.node, await gate_of(request), await _said(request)
    await gate.check()
    try:
        async with work_as(node, DOOR, "users.come_in") as work:
            attempt = await attempts.waiting(work, browser.step_token(request), Purpose.PASSKEY)
            signed = said.get("credential")
            user_id = await passkeys.check(work, party_of(request), attempt, signed)
            user = await doors.who(work, user_id)
            device = await devices.here(work, browser.device_token(request))
            grant = await doors.grant_of(work, user_id)
            came = await doors.admit(work, user, grant, browser.entry(request, "hwk", device))
            await doors.leave_behind(work, sessions.token_of(request), device)
    except SignedOut:
        await gate.failed()
        raise
    return browser.let_in_by_script(request, came, browser.onward(str(said.get("next") or "")))


async def ask_second(request: Request) -> Response:
    """Ask who gave the password for a passkey of theirs."""
    async with work_as(request.app.state.node, DOOR, "users.passkey", reading=True) as work:
        attempt, _ = await doors.awaited(work, browser.step_token(request), lock=False)
        return _question(request, await passkeys.asked(work, party_of(request), attempt))


async def come_in_second(request: Request) -> Response:
    """Let in who gave the password and signed with a passkey."""
    node, said = request.app.state.node, await _said(request)
    async with work_as(node, DOOR, "users.come_in_second") as work:
        attempt, user = await doors.awaited(work, browser.step_token(request))
        await passkeys.check(work, party_of(request), attempt, said.get("credential"))
        device = await devices.here(work, browser.device_token(request))
        entry = browser.entry(request, "hwk", device)
        came = await doors.after_first(work, attempt, user, entry)
        await doors.leave_behind(work, sessions.token_of(request), device)
    return browser.let_in_by_script(request, came, attempt.onward)


async def ask_proof(request: Request) -> Response:
    """Ask who is signed in for a passkey of theirs."""
    async with work_of(request) as work:
        options, token = await passkeys.question(work, party_of(request), work.actor.id)
    return _question(request, options, token)


async def prove(request: Request) -> Response:
    """Take a passkey's signature as fresh proof of who is signed in."""
    node, said = request.app.state.node, await _said(request)
    async with work_of(request) as work:
        assert work.actor.session_id is not None
        await node.limits.spend(SECOND_FACTOR, str(work.actor.id))
        attempt = await attempts.waiting(work, browser.step_token(request), Purpose.PASSKEY)
        if attempt.user_id != work.actor.id:
            raise SignedOut(attempts.LATE)
        await passkeys.check(work, party_of(request), attempt, said.get("credential"))
        token = await doors.proven(work, work.actor.session_id, "hwk")
    await node.limits.forget(SECOND_FACTOR, str(work.actor.id))
    return browser.carry(JSONResponse({"done": True}), sessions.cookie_name(request), token)


routes: list[PolicyRoute] = [
    post(f"{_HERE}/passkeys/options", begin, _OWN, owing=True, fresh=True),
    post(f"{_HERE}/passkeys", keep, _OWN, owing=True, fresh=True),
    post(f"{_HERE}/passkeys/{{passkey:uuid}}/end", end, _OWN, fresh=True),
    public("/login/passkey/options", ask, "POST"),
    public("/login/passkey", come_in, "POST"),
    public("/login/second/passkey/options", ask_second, "POST"),
    public("/login/second/passkey", come_in_second, "POST"),
    post("/session/prove/passkey/options", ask_proof, _OWN),
    post("/session/prove/passkey", prove, _OWN),
]
