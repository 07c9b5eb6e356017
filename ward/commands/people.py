"""People: `ward user …`: who signs in, with which roles, and who no longer does."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

import typer

from domain.access import Role
from domain.errors import NotAllowed
from ward.cli import Json, app, console
from ward.commands.operator import carry_out
from ward.places.finding import find_branch, find_ward
from ward.places.models import Branch, Ward
from ward.security.models import User
from ward.users import service
from ward.users.queries import Held, Person, everybody, find_user, roles_of
from ward.work import Work

ROLES = [role.value for role in Role if role not in {Role.PATIENT, Role.WALL}]
"""What a person can be made here: a wallboard is a screen, and a patient is registered."""

Change = Callable[[Work, UUID], Awaitable[User]]

user = typer.Typer(help="People who sign in.", no_args_is_help=True)
app.add_typer(user, name="user")


def _role(text: str) -> Role:
    if text.lower() not in ROLES:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(ROLES)}.")
    return Role(text.lower())


Username = Annotated[str, typer.Argument(help="The name they sign in with.")]
TheirRole = Annotated[
    Role, typer.Option(parser=_role, metavar="|".join(ROLES), help="What they may do.")
]
TheirBranch = Annotated[str, typer.Option(help="The branch they work at.")]
TheirWard = Annotated[str | None, typer.Option(help="Only this ward.")]


@user.command("add")
def add_user(  # noqa: PLR0913, PLR0917 - one argument a question
    username: Username,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: TheirRole,
    branch: TheirBranch,
    ward: TheirWard = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Let a person sign in, with one role at one branch.

    Asks for the password, or reads it from a pipe: twelve characters or more. Whoever signs in with
    it chooses their own before anything else.
    """
    del json
    username, password = username.strip().lower(), _password()

    async def add(work: Work) -> str:
        at, on = await _place(work, branch, ward)
        person = await service.enrol(work, username, name, password)
        await service.grant(work, person, role, at.id, ward_id=on.id if on else None)
        return _where(at, on)

    place = carry_out("cli.user_add", add)
    told = f"{username} can sign in as {role.value} at {place}."
    console.say(told, username=username, role=role.value, place=place)


@user.command("grant")
def grant_role(
    username: Username,
    role: TheirRole,
    branch: TheirBranch,
    ward: TheirWard = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Give a person one role more.

    A person works under one role at a time: the oldest that is in force. To change a role, grant
    the new one, then revoke the old one; the next sign-in has the new one.
    """
    del json

    async def give(work: Work) -> tuple[str, Held]:
        at, on = await _place(work, branch, ward)
        person = await find_user(work, username)
        held = await roles_of(work, person)
        given = (role, at.id, on.id if on else None)
        if given in [(one.grant.role, one.grant.branch_id, one.grant.ward_id) for one in held]:
            raise NotAllowed(f"{username} is {role.value} at {_where(at, on)} already.")
        new = await service.grant(work, person, role, at.id, ward_id=on.id if on else None)
        first = (*held, Held(new, at.label, on.label if on else None))[0]
        return _where(at, on), first

    place, first = carry_out("cli.user_grant", give)
    told = f"{username} is {role.value} at {place} too, and signs in as {first}."
    facts = {"role": role.value, "place": place, "signs_in_as": str(first)}
    console.say(told, username=username, **facts)


@user.command("revoke")
def revoke_role(  # noqa: PLR0913, PLR0917 - a grant has this many sides
    username: Username,
    role: Annotated[
        Role | None, typer.Option(parser=_role, metavar="|".join(ROLES), help="Only this role.")
    ] = None,
    branch: Annotated[str | None, typer.Option(help="Only at this branch.")] = None,
    ward: Annotated[str | None, typer.Option(help="Only on this ward.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that match, if many do.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take a role away; screens that were open under it go blank within a second."""
    del json

    async def take(work: Work) -> list[str]:
        person = await find_user(work, username)
        ended = _chosen(await roles_of(work, person), role, branch, ward)
        if not ended:
            raise NotAllowed(f"{username} holds no such role.")
        if len(ended) > 1 and not every:
            raise NotAllowed(f"{username} is {_all(ended)}. Say which, or --all.")
        for one in ended:
            await service.revoke(work, one.grant.id)
        return [str(one) for one in ended]

    ended = carry_out("cli.user_revoke", take)
    console.say(f"{username} is no longer {' and '.join(ended)}.", username=username, ended=ended)


@user.command("disable")
def disable_user(username: Username, json: Json = False) -> None:  # noqa: FBT002
    """Let a person in no more; their sessions and screens end within a second."""
    del json
    carry_out("cli.user_disable", lambda work: _with(work, username, service.disable))
    console.say(f"{username} can no longer sign in.", username=username, disabled=True)


@user.command("enable")
def enable_user(username: Username, json: Json = False) -> None:  # noqa: FBT002
    """Let a disabled person sign in again, with the roles they hold."""
    del json
    carry_out("cli.user_enable", lambda work: _with(work, username, service.enable))
    console.say(f"{username} can sign in again.", username=username, disabled=False)


@user.command("password")
def set_password(username: Username, json: Json = False) -> None:  # noqa: FBT002
    """Give a person another password; whoever is signed in with the old one is signed out.

    Asks for it, or reads it from a pipe: twelve characters or more. They choose their own before
    anything else when they sign in with it.
    """
    del json
    password = _password()

    async def change(work: Work) -> User:
        person = await find_user(work, username)
        return await service.change_password(work, person.id, password)

    carry_out("cli.user_password", change)
    console.say(f"{username} has a new password and is signed out.", username=username)


@user.command("list")
def list_users(json: Json = False) -> None:  # noqa: FBT002
    """List who can sign in, and the roles each holds; the first is the one they sign in with."""
    del json
    people = carry_out("cli.user_list", everybody)
    rows = [(one.user.username, one.name, _all(one.held), _state(one)) for one in people]
    console.table("", ("username", "name", "roles", "state"), rows)


async def _with(work: Work, username: str, change: Change) -> User:
    person = await find_user(work, username)
    return await change(work, person.id)


async def _place(work: Work, branch: str, ward: str | None) -> tuple[Branch, Ward | None]:
    at = await find_branch(work, branch)
    return at, await find_ward(work, ward, branch) if ward else None


def _where(at: Branch, on: Ward | None) -> str:
    return f"{at.label}, {on.label}" if on else at.label


def _chosen(
    held: list[Held], role: Role | None, branch: str | None, ward: str | None
) -> list[Held]:
    def same(asked: str | None, label: str | None) -> bool:
        return asked is None or asked.casefold() == (label or "").casefold()

    return [
        one
        for one in held
        if role in {None, one.grant.role} and same(branch, one.branch) and same(ward, one.ward)
    ]


def _all(held: Sequence[Held]) -> str:
    return "; ".join(map(str, held))


def _state(one: Person) -> str:
    if one.user.disabled_at is not None:
        return "disabled"
    return "" if one.held else "no role"


def _password() -> str:
    """Ask for a password, or read it from a pipe; on a command line others would see it."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
