"""Join routes: reception gives a code; whoever has it, and the birth date, makes an account."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain import join_codes
from domain.access import D1, Permission
from ward import clock
from ward.config import Env
from ward.errors import Busy, Invalid
from ward.patients import banner
from ward.portal import joining
from ward.portal.joining import Problem, Said
from ward.render import render
from ward.security.actors import System
from ward.security.limits import Limit
from ward.users import browser, doors
from ward.users.doors import Entered, Owed
from ward.web import get, go, page, post, public, sheet
from ward.work import Work, work_as, work_of

MAY = Permission.INVITE_PATIENT
PATIENT = "/patients/{patient_id:uuid}/portal"
DOOR = System("join", frozenset({MAY, Permission.USE_ACCOUNT, Permission.MANAGE_USERS}))
TRIES = Limit("join", 10, 300)  # of one address


async def show(request: Request) -> Response:
    """Show reception whether a patient has an account, or a code."""
    patient_id: UUID = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        whose = await banner.head(work, patient, person)
        account = await joining.account_of(work, patient_id)
        code = await joining.code_of(work, patient_id)
        return sheet(
            request,
            "portal/_account.html",
            title="Account of the patient",
            patient_id=patient_id,
            name=whose["who"],
            known=whose["known"],
            since=account.since if account else None,
            until=code.until if code else None,
        )


async def invite(request: Request) -> Response:
    """Make a code and show it, large enough to print; an earlier one is void."""
    patient_id: UUID = request.path_params["patient_id"]
    async with work_of(request) as work:
        code, row = await joining.invite(work, patient_id)
        _, person = await banner.who(work, patient_id)
        return page(
            request,
            "portal/invitation.html",
            patient_id=patient_id,
            name=person.shown,
            code=join_codes.spoken(code),
            until=row.until,
            address=str(request.url_for("portal.join")),
        )


async def end(request: Request) -> Response:
    """End a patient's account; they are signed out at once."""
    patient_id: UUID = request.path_params["patient_id"]
    async with work_of(request) as work:
        await joining.end(work, patient_id)
        return go(request, f"/patients/{patient_id}")


# -- the door for everybody ------------------------------------------------------------


@dataclass(slots=True)
class Typed:
    """What was typed, to be shown again; never the password."""

    code: str = ""
    born: str = ""
    username: str = ""


async def join(request: Request) -> Response:
    """Show where a code is entered."""
    return _form(request, Typed(code=request.query_params.get("code", "")[:40]))


async def come_in(request: Request) -> Response:
    """Make the account, and let its patient in."""
    node, form = request.app.state.node, await request.form()
    typed = Typed(
        *(str(form.get(name) or "").strip()[:100] for name in ("code", "born", "username"))
    )
    try:
        await node.limits.spend(TRIES, browser.address(request))
        said = Said(typed.code, _born(typed.born), typed.username.lower(), _password(form))
        async with work_as(node, DOOR, "portal.come_in") as work:
            came = await _enter(work, request, said)
    except Busy as busy:
        return _form(request, typed, {"code": busy.sentence}, 429)
    except Invalid as wrong:
        return _form(request, typed, wrong.fields, 422)
    if isinstance(came, Problem):
        return _form(request, typed, {"code": came.value}, 422)
    if isinstance(came, Owed):
        return browser.wait(request, "/login/second", came.token)
    return browser.let_in(request, came, "/me")


async def _enter(work: Work, request: Request, said: Said) -> Problem | Entered | Owed:
    user = await joining.join(work, said)
    if isinstance(user, Problem):
        return user
    return await doors.enter(work, user, browser.entry(request, "pwd"), "/me")


def _born(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid({"born": "Enter your birth date."}) from None


def _password(form: Any) -> str:
    first, again = str(form.get("password") or ""), str(form.get("again") or "")
    if first != again:
        raise Invalid({"again": "The two passwords are not the same."})
    return first


def _form(
    request: Request, typed: Typed, wrong: dict[str, str] | None = None, status: int = 200
) -> Response:
    demo = request.app.state.node.settings.env is not Env.PRODUCTION
    context: dict[str, Any] = {"typed": typed, "wrong": wrong or {}, "demo": demo}
    html = render("portal/join.html", status=status, today=clock.now().date(), **context)
    return HTMLResponse(
        html, status, {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    )


routes = [
    get(PATIENT, show, MAY, shows={D1}),
    post(f"{PATIENT}/code", invite, MAY, shows={D1}),
    post(f"{PATIENT}/end", end, MAY, shows={D1}),
    public("/join", join),
    public("/join", come_in, "POST"),
]
