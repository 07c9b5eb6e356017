"""Second: the pages of a second factor: asked at sign-in, and once more before a signature."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain.access import Permission
from ward.errors import Busy, SignedOut
from ward.render import render
from ward.security import sessions
from ward.security.actors import Actor
from ward.security.limits import SECOND_FACTOR
from ward.users import browser, devices, doors, factors
from ward.users.browser import DOOR
from ward.web import PolicyRoute, by_htmx, page, post, public
from ward.work import work_as, work_of


async def second(request: Request) -> Response:
    """Ask for the second factor of who gave the password."""
    async with work_as(request.app.state.node, DOOR, "users.second", reading=True) as work:
        _, user = await doors.awaited(work, browser.step_token(request), lock=False)
        held = await factors.factors_of(work, user.id)
    return _second(held)


async def check_second(request: Request) -> Response:
    """Let in who enters the code; a code opens the door once."""
    node, form = request.app.state.node, await request.form()
    code = str(form.get("code") or "")
    try:
        async with work_as(node, DOOR, "users.second", reading=True) as work:
            attempt, user = await doors.awaited(work, browser.step_token(request), lock=False)
            held = await factors.factors_of(work, user.id)
    except SignedOut:
        return RedirectResponse("/login", 303)
    try:
        await node.limits.spend(SECOND_FACTOR, str(user.id))
        async with work_as(node, DOOR, "users.check_second") as work:
            attempt, user = await doors.awaited(work, browser.step_token(request))
            device = await devices.here(work, browser.device_token(request))
            entry = browser.entry(request, "", device)
            came = await doors.second(work, attempt, user, code, entry)
            await doors.leave_behind(work, sessions.token_of(request), device)
    except SignedOut as refused:
        return _second(held, refused.sentence, 401)
    except Busy as busy:
        answer = _second(held, busy.sentence, 429)
        answer.headers["retry-after"] = str(busy.retry_after)
        return answer
    await node.limits.forget(SECOND_FACTOR, str(user.id))
    return browser.let_in(request, came, attempt.onward)


def _second(held: factors.Factors, problem: str | None = None, status: int = 200) -> Response:
    html = render("users/second.html", held=held, problem=problem)
    return HTMLResponse(html, status)


async def prove(request: Request) -> Response:
    """Take a fresh proof of who is signed in, and let them go on with what they entered."""
    node, form = request.app.state.node, await request.form()
    password, code = str(form.get("password") or "")[:1000], str(form.get("code") or "")
    kept = {name: str(value) for name, value in form.items() if name.startswith("kept.")}
    path = browser.onward(str(form.get("path") or ""))
    actor: Actor | None = None
    try:
        async with work_of(request) as work:
            assert isinstance(work.actor, Actor)
            assert work.actor.session_id is not None
            actor = work.actor
            await node.limits.spend(SECOND_FACTOR, str(actor.id))
            if actor.proved(work.now, sessions.PROOF_HOLDS):  # by a passkey, a moment ago
                token = None
            else:
                token = await doors.prove_again(work, work.actor.session_id, password, code)
    except (SignedOut, Busy) as refused:
        if actor is None:
            raise
        return await _proof(
            request, actor, kept, path, problem=refused.sentence, status=refused.status
        )
    await node.limits.forget(SECOND_FACTOR, str(actor.id))
    answer = await _proof(request, actor, kept, path, done=True)
    if token is not None:
        browser.carry(answer, sessions.cookie_name(request), token)
    return answer


async def _proof(  # noqa: PLR0913 - the page, and what it keeps
    request: Request,
    actor: Actor,
    kept: dict[str, str],
    path: str | None,
    *,
    problem: str | None = None,
    status: int = 200,
    done: bool = False,
) -> Response:
    posts = (await request.form()).get("posts") == "yes"
    typed = {name.removeprefix("kept."): value for name, value in kept.items()}
    context: dict[str, Any] = {"amr": actor.amr.split(), "problem": problem, "done": done}
    if by_htmx(request):
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return HTMLResponse(render("users/_prove.html", **context), status, headers)
    return page(request, "users/prove.html", status, kept=typed, path=path, posts=posts, **context)


routes: list[PolicyRoute] = [
    public("/login/second", second),
    public("/login/second", check_second, "POST"),
    post("/session/prove", prove, Permission.USE_ACCOUNT, owing=True, choosing=True),
]
