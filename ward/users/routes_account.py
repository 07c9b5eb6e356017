"""Account: how a person signs in: the app on their phone, codes on paper, keys, sessions."""

from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain.access import Permission
from domain.errors import NotAllowed
from ward.codes import qr
from ward.errors import Invalid
from ward.security import outside as provider
from ward.security.actors import Actor
from ward.security.totp import address
from ward.users import browser, devices, factors, outside, passkeys, queries, service
from ward.users.other_ways import Others, settle
from ward.web import PolicyRoute, field, get, go, optional, page, post
from ward.work import Work, work_of

_OWN = Permission.USE_ACCOUNT
HERE = "/account/sign-in"


async def signing_in(request: Request) -> Response:
    """Show how I sign in, and what I can set up."""
    async with work_of(request) as work:
        me = _me(work)
        held = await factors.factors_of(work, me.id)
        choice = request.app.state.node.settings
        device = await devices.here(work, browser.device_token(request))
        return page(
            request,
            "users/signing_in.html",
            held=held,
            device=device.label if device else None,
            provider=choice.oidc_name if provider.offered(choice) else None,
            linked=await outside.linked(work, me.id),
            sessions=await queries.signed(work, me.id, _OWN),
            mine=me.session_id,
            keys=await passkeys.mine(work, me.id),
            demanded=await factors.demanded(work, me.role),
            owes=me.owes,
        )


def _me(work: Work) -> Actor:
    assert isinstance(work.actor, Actor)
    return work.actor


async def begin_app(request: Request) -> Response:
    """Make a secret for the app on a phone, and go to the page that shows it."""
    async with work_of(request) as work:
        totp_id, _ = await factors.begin_app(work, _me(work).id)
        return go(request, f"{HERE}/app/{totp_id}")


async def show_app(request: Request) -> Response:
    """Show the QR code for the app, until a code of it has been entered."""
    async with work_of(request) as work:
        return await _app(request, work)


async def _app(request: Request, work: Work, problem: str | None = None) -> Response:
    totp_id: UUID = request.path_params["totp"]
    _, secret = await factors.pending_app(work, totp_id)
    drawn = Markup(qr(address(secret, _me(work).username)))  # noqa: S704 - segno's own drawing
    spoken = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return page(
        request,
        "users/app.html",
        422 if problem else 200,
        qr=drawn,
        secret=spoken,
        at=request.url.path,
        problem=problem,
    )


async def confirm_app(request: Request) -> Response:
    """Take the app into use and show the recovery codes, this once."""
    try:
        async with work_of(request) as work:
            code = await field(request, "code", str, missing="Enter the code of the app.")
            codes = await factors.confirm_app(work, request.path_params["totp"], code)
            await factors.owe_nothing(work)
            return page(request, "users/codes.html", codes=codes, first=True)
    except Invalid as wrong:
        sentence = wrong.fields.get("code")
    async with work_of(request) as work:
        return await _app(request, work, sentence)


async def end_app(request: Request) -> Response:
    """Take the app out of use."""
    async with work_of(request) as work:
        await factors.end_app(work, _me(work).id)
        await factors.keep_one(work, _me(work).id)
        return go(request, HERE)


async def twice(request: Request) -> str:
    """Read the new password, which is typed twice."""
    new = await field(request, "new", str, missing="Enter the new password.")
    if await field(request, "again", str, missing="Enter the new password once more.") != new:
        raise Invalid({"again": "The two passwords differ."})
    return new


async def change_password(request: Request) -> Response:
    """Change my password; wherever else I am signed in, I am signed out."""
    async with work_of(request) as work:
        old = await field(request, "old", str, missing="Enter the password you have.")
        new = await twice(request)
        await service.change_own(work, old, new)
        me = _me(work).id
        await settle(work, me, await optional(request, "others", Others), _OWN)
        await factors.keep_one(work, me)
        return go(request, HERE)


async def renew_codes(request: Request) -> Response:
    """Make new recovery codes and show them, this once."""
    async with work_of(request) as work:
        codes = await factors.renew_codes(work, _me(work).id)
        return page(request, "users/codes.html", codes=codes, first=False)


async def set_pin(request: Request) -> Response:
    """Set the PIN with which I come in on this device, and on no other."""
    async with work_of(request) as work:
        device = await devices.here(work, browser.device_token(request))
        if device is None:
            raise NotAllowed(devices.NOT_HERE)
        pin = await field(request, "pin", str, missing="Enter six digits.")
        again = await field(request, "again", str, missing="Enter the PIN once more.")
        await devices.set_pin(work, device, _me(work).id, pin, again)
        return go(request, HERE)


async def end_session(request: Request) -> Response:
    """End a session of mine, wherever it is; its screens go blank within a second."""
    async with work_of(request) as work:
        await service.sign_out(work, request.path_params["session"])
        return go(request, HERE)


routes: list[PolicyRoute] = [
    get(HERE, signing_in, _OWN, owing=True),
    post(f"{HERE}/app", begin_app, _OWN, owing=True, fresh=True),
    get(f"{HERE}/app/{{totp:uuid}}", show_app, _OWN, owing=True),
    post(f"{HERE}/app/{{totp:uuid}}", confirm_app, _OWN, owing=True, fresh=True),
    post(f"{HERE}/app-off", end_app, _OWN, fresh=True),
    post("/account/sessions/{session:uuid}/end", end_session, _OWN),
    post(f"{HERE}/pin", set_pin, _OWN, fresh=True),
    post(f"{HERE}/codes", renew_codes, _OWN, fresh=True),
    post(f"{HERE}/password", change_password, _OWN, fresh=True),
]
