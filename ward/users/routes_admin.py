"""Administration: who signs in, with which roles and when, and what a role shows."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D10, Permission, Role, permissions
from ward.errors import Invalid
from ward.security.actors import ROLES
from ward.shell import WAYS
from ward.users import devices, factors, outside, passkeys, people, queries, service
from ward.users.other_ways import Others, settle
from ward.web import PolicyRoute, field, get, go, optional, page, post
from ward.work import Work, work_of

_MANAGE = Permission.MANAGE_USERS
HERE = "/admin/users"
Change = Callable[[Work, UUID], Awaitable[object]]


def _path(user_id: UUID) -> str:
    return f"{HERE}/{user_id}"


async def listed(request: Request) -> Response:
    """Show everybody who was ever let in, with the roles each holds now."""
    async with work_of(request) as work:
        return page(
            request,
            "users/people.html",
            people=await queries.everybody(work),
            words=ROLES,
            roles=[(role, ROLES[role]) for role in people.ROLES],
            places=await queries.places(work),
        )


async def add(request: Request) -> Response:
    """Let somebody new sign in; they see nothing until they hold a role."""
    async with work_of(request) as work:
        username = (await field(request, "username", str)).lower()
        name = await field(request, "name", str)
        password = await field(request, "password", str)
        user = await service.enrol(work, username, name, password)
        return go(request, _path(user.id))


async def person(request: Request) -> Response:
    """Show one person: roles, second factors, badge, where they are signed in, what they see."""
    async with work_of(request) as work:
        user, name = await people.find(work, request.path_params["user"])
        history = await queries.history(work, user.id)
        acts_as = [held for held, state in history if state == "standing"][-1:]
        return page(
            request,
            "users/person.html",
            user=user,
            name=name,
            history=history,
            held=await factors.factors_of(work, user.id),
            keys=await passkeys.mine(work, user.id),
            sessions=await queries.signed(work, user.id, _MANAGE),
            roles=[(role, ROLES[role]) for role in people.ROLES],
            places=await queries.places(work),
            sees=[_preview(held.grant.role) for held in acts_as],
            acts_as=acts_as,
            words=ROLES,
            linked=await outside.linked(work, user.id, _MANAGE),
            me=work.actor.id,
        )


def _preview(role: Role) -> tuple[Role, list[str], list[str]]:
    """Say which pages a role is led to, and what it may do: what somebody would see."""
    held = permissions(role)
    ways = [way.label for way in WAYS if way.permission in held]
    return role, list(dict.fromkeys(ways)), [permission.value for permission in held]


async def give(request: Request) -> Response:
    """Give a person a role, for a period and a ward."""
    async with work_of(request) as work:
        user_id: UUID = request.path_params["user"]
        role = await field(request, "role", Role, missing="Choose a role.")
        place = await field(request, "place", str, missing="Choose where the role holds.")
        days = await optional(request, "begins", date), await optional(request, "ends", date)
        await people.give(work, user_id, role, place, days)
        return go(request, _path(user_id))


async def end_grant(request: Request) -> Response:
    """Take a role away; screens it explained go blank within a second."""
    async with work_of(request) as work:
        taken = await service.revoke(work, request.path_params["grant"])
        return go(request, _path(taken.user_id) if taken.user_id else HERE)


async def disable(request: Request) -> Response:
    """Let a person in no more."""
    async with work_of(request) as work:
        user_id: UUID = request.path_params["user"]
        if user_id == work.actor.id:
            raise Invalid({"user": "Nobody closes their own account; ask another administrator."})
        await service.disable(work, user_id)
        return go(request, _path(user_id))


async def enable(request: Request) -> Response:
    """Let a person in again."""
    return await _change(request, service.enable)


async def reset_factors(request: Request) -> Response:
    """Forget a person's second factors, as when a phone was lost."""
    return await _change(request, people.reset_factors)


async def _change(request: Request, change: Change) -> Response:
    async with work_of(request) as work:
        user_id: UUID = request.path_params["user"]
        await change(work, user_id)
        return go(request, _path(user_id))


async def give_badge(request: Request) -> Response:
    """Note the code on a person's badge."""
    async with work_of(request) as work:
        user_id: UUID = request.path_params["user"]
        await devices.give_badge(work, user_id, await field(request, "badge", str))
        return go(request, _path(user_id))


async def change_password(request: Request) -> Response:
    """Give a person another password; whoever used the old one is signed out."""
    async with work_of(request) as work:
        user_id: UUID = request.path_params["user"]
        password = await field(request, "password", str, missing="Enter a password.")
        if user_id == work.actor.id:
            raise Invalid({"password": "Change your own under Account, Signing in."})
        await service.change_password(work, user_id, password)
        said = await optional(request, "others", Others)
        await settle(work, user_id, said, _MANAGE)
        return go(request, _path(user_id))


async def end_session(request: Request) -> Response:
    """End anybody's session, wherever it is."""
    async with work_of(request) as work:
        return go(request, _path(await service.end_session(work, request.path_params["session"])))


async def staff_file(request: Request) -> Response:
    """Show where a staff file goes."""
    async with work_of(request):
        return page(request, "users/staff.html", lines=None, text="", entered=False, problem=None)


async def take_staff(request: Request) -> Response:
    """Say what a staff file would do, or do it."""
    text = str((await request.form()).get("text") or "")
    do = (await request.form()).get("do") == "enter"
    problem = None
    async with work_of(request) as work:
        try:
            lines = await people.read_staff(work, text, do=do)
        except Invalid as wrong:
            if do:
                raise
            lines, problem = None, wrong.fields.get("text")
        context: dict[str, Any] = {"lines": lines, "text": text, "entered": do, "problem": problem}
        return page(request, "users/staff.html", 422 if problem else 200, **context)


async def roles(request: Request) -> Response:
    """Show what each role takes to sign in, and what it shows."""
    async with work_of(request) as work:
        needed = await factors.rules(work)
        shown = [(role, ROLES[role], needed[role], _preview(role)) for role in people.ROLES]
        return page(request, "users/roles.html", roles=shown)


async def set_rule(request: Request) -> Response:
    """Ask a second factor of everybody in a role, or no longer."""
    async with work_of(request) as work:
        role = await field(request, "role", Role)
        needed = await field(request, "needed", str) == "yes"
        await factors.set_rule(work, role, second_factor=needed)
        return go(request, "/admin/roles")


routes: list[PolicyRoute] = [
    get(HERE, listed, _MANAGE, shows={D10}),
    post(HERE, add, _MANAGE, fresh=True),
    get(f"{HERE}/{{user:uuid}}", person, _MANAGE, shows={D10}),
    post(f"{HERE}/{{user:uuid}}/grants", give, _MANAGE, fresh=True),
    post(f"{HERE}/grants/{{grant:uuid}}/end", end_grant, _MANAGE),
    post(f"{HERE}/{{user:uuid}}/disable", disable, _MANAGE),
    post(f"{HERE}/{{user:uuid}}/enable", enable, _MANAGE, fresh=True),
    post(f"{HERE}/{{user:uuid}}/factors", reset_factors, _MANAGE, fresh=True),
    post(f"{HERE}/{{user:uuid}}/badge", give_badge, _MANAGE, fresh=True),
    post(f"{HERE}/{{user:uuid}}/password", change_password, _MANAGE, fresh=True),
    post(f"{HERE}/sessions/{{session:uuid}}/end", end_session, _MANAGE),
    get("/admin/staff", staff_file, _MANAGE, shows={D10}),
    post("/admin/staff", take_staff, _MANAGE, fresh=True),
    get("/admin/roles", roles, _MANAGE, shows={D10}),
    post("/admin/roles", set_rule, _MANAGE, fresh=True),
]
