"""Devices: the administrator's page of tablets that many use, and of wallboards."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D10, Permission
from ward.security import sessions
from ward.users import browser, devices, queries, service
from ward.users.browser import YEARS
from ward.web import PolicyRoute, field, get, go, page, post
from ward.work import work_of

_MANAGE = Permission.MANAGE_USERS
HERE = "/admin/devices"


async def listed(request: Request) -> Response:
    """Show the devices that many people use, and the wallboards."""
    async with work_of(request) as work:
        this = await devices.here(work, browser.device_token(request))
        return page(
            request,
            "users/devices.html",
            shared=await queries.shared(work),
            walls=await queries.wallboards(work),
            wards=await queries.wards(work),
            this=this.id if this else None,
        )


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
    post(f"{HERE}/{{device:uuid}}/revoke", revoke, _MANAGE, fresh=True),
    post(f"{HERE}/{{device:uuid}}/take-down", take_down, _MANAGE, fresh=True),
]
