"""Devices: the administrator's page of tablets that many use, and of wallboards."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D10, Permission
from ward import live
from ward.places.models import Ward
from ward.security import sessions
from ward.security.actors import Actor
from ward.security.models import Device
from ward.users import browser, devices, queries, service
from ward.users.browser import YEARS
from ward.web import PolicyRoute, field, get, go, page, post, sheet, stay
from ward.work import Work, work_of

_MANAGE = Permission.MANAGE_USERS
HERE = "/admin/devices"


async def listed(request: Request) -> Response:
    """Show the devices that many people use, and the wallboards."""
    async with work_of(request) as work:
        return await _page(request, work)


async def _page(request: Request, work: Work, link: str | None = None) -> Response:
    this = await devices.here(work, browser.device_token(request))
    assert isinstance(work.actor, Actor)
    return page(
        request,
        "users/devices.html",
        screen=await live.show(work, "devices", work.actor.branch_id),
        wards=await queries.wards(work),
        this=this.label if this else None,
        link=link,
    )


async def hang(request: Request) -> Response:
    """Enrol a wallboard, and show its link this once."""
    async with work_of(request) as work:
        label = await field(request, "label", str, missing="Say where the screen hangs.")
        ward_id = await field(request, "ward_id", UUID, missing="Choose a ward.")
        ward = await work.access(Ward, ward_id, Permission.VIEW_PLACES)
        token = await service.hang_wall(work, label, ward.branch_id, ward.id)
        base = work.node.settings.public_url or str(request.base_url)
    async with work_of(request) as work:  # what is drawn is drawn of what is committed
        return await _page(request, work, f"{base.rstrip('/')}/wall/{token}")


async def call_form(request: Request) -> Response:
    """Draw the form that calls a wallboard or a tablet otherwise."""
    async with work_of(request) as work:
        device = await work.access(Device, request.path_params["named"], _MANAGE)
        return sheet(request, "users/_device_name.html", title="Rename", device=device)


async def call(request: Request) -> Response:
    """Say where a wallboard or a tablet hangs or lies now."""
    label, seen = await field(request, "label", str), await field(request, "version", int)
    async with work_of(request) as work:
        await service.call_device(work, request.path_params["named"], label, seen=seen)
        return stay(request, HERE)


async def enrol(request: Request) -> Response:
    """Enrol this very browser, so that people may come in here with a PIN."""
    async with work_of(request) as work:
        label = await field(request, "label", str, missing="Say what the device is called.")
        ward_id = await field(request, "ward_id", UUID, missing="Choose a ward.")
        _, token = await devices.enrol(work, label, ward_id)
        answer = go(request, HERE)
    return browser.carry(answer, sessions.device_cookie(request), token, YEARS)


async def revoke(request: Request) -> Response:
    """End a device: whoever is in on it is out within a second."""
    async with work_of(request) as work:
        await devices.revoke(work, request.path_params["device"])
        return go(request, HERE)


async def take_down(request: Request) -> Response:
    """End a wallboard."""
    async with work_of(request) as work:
        await service.take_down(work, request.path_params["device"])
        return go(request, HERE)


routes: list[PolicyRoute] = [
    get(HERE, listed, _MANAGE, shows={D10}),
    post(HERE, enrol, _MANAGE, fresh=True),
    post(f"{HERE}/walls", hang, _MANAGE, fresh=True),
    get(f"{HERE}/{{named:uuid}}/name", call_form, _MANAGE, shows={D10}),
    post(f"{HERE}/{{named:uuid}}/name", call, _MANAGE),
    post(f"{HERE}/{{device:uuid}}/revoke", revoke, _MANAGE, fresh=True),
    post(f"{HERE}/{{device:uuid}}/take-down", take_down, _MANAGE, fresh=True),
]
