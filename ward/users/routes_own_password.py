"""Own password: chosen before anything else where somebody else chose the last one."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from domain.access import Permission
from ward.errors import Invalid
from ward.security.actors import Actor
from ward.security.passwords import SHORTEST
from ward.shell import OWN_PASSWORD
from ward.users import browser, service
from ward.users.routes_account import twice
from ward.web import PolicyRoute, get, go, page, post
from ward.work import work_of

_OWN = Permission.USE_ACCOUNT


async def own_password(request: Request) -> Response:
    """Ask who was given a password for one that only they know."""
    return await _asked(request, browser.onward(request.query_params.get("next")), {})


async def choose_password(request: Request) -> Response:
    """Take the password that only its owner knows, and lead on to the page asked for."""
    onward = browser.onward(str((await request.form()).get("next") or ""))
    try:
        async with work_of(request) as work:
            await service.choose_own(work, await twice(request))
            return go(request, onward or "/")
    except Invalid as wrong:
        fields = wrong.fields
    return await _asked(request, onward, fields)


async def _asked(request: Request, onward: str | None, fields: Mapping[str, str]) -> Response:
    """Draw the page with what was wrong; whoever has chosen goes on."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        if not work.actor.chooses:
            return go(request, onward or "/")
        return page(
            request,
            "users/own_password.html",
            422 if fields else 200,
            username=work.actor.username,
            shortest=SHORTEST,
            onward=onward,
            fields=fields,
        )


routes: list[PolicyRoute] = [
    get(OWN_PASSWORD, own_password, _OWN, owing=True, choosing=True),
    post(OWN_PASSWORD, choose_password, _OWN, owing=True, choosing=True, fresh=True),
]
