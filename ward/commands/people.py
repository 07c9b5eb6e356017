"""People and screens: `ward user add`, `ward wall add`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from domain.access import Permission, Role
from ward.cli import Json, app, console
from ward.commands.serving import stores
from ward.config import Settings, settings
from ward.errors import Missing
from ward.node import Node, open_node
from ward.security.actors import System
from ward.users import service
from ward.work import work_as

OPERATOR = System("cli:operator", frozenset({Permission.MANAGE_USERS, Permission.USE_ACCOUNT}))

user = typer.Typer(help="People who sign in.")
wall = typer.Typer(help="Wallboards.")
app.add_typer(user, name="user")
app.add_typer(wall, name="wall")


@user.command("add")
def add_user(  # noqa: PLR0913, PLR0917 - one argument a question
    username: str,
    name: Annotated[str, typer.Option(prompt=True, help="The person's name.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    branch: Annotated[str, typer.Option(help="The branch they work at.")],
    ward: Annotated[str | None, typer.Option(help="Only this ward.")] = None,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True)] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Let a person sign in, with one role at one branch."""
    del json

    async def add(node: Node) -> None:
        branch_id, ward_id = await _place(node, branch, ward)
        async with work_as(node, OPERATOR, "cli.user_add") as work:
            person = await service.enrol(work, username.lower(), name, password)
            await service.grant(work, person, role, branch_id, ward_id=ward_id)

    _run(add)
    console.say(f"{username} can sign in as {role.value}.", username=username, role=role.value)


@wall.command("add")
def add_wall(
    ward: Annotated[str, typer.Argument(help="The ward it shows.")],
    branch: Annotated[str | None, typer.Option(help="Its branch, where names repeat.")] = None,
    label: Annotated[str, typer.Option(help="Where it hangs.")] = "Corridor",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Enrol a wallboard and print its link; the link is the key, so treat it as one."""
    del json
    links: list[str] = []

    async def add(node: Node) -> None:
        branch_id, ward_id = await _place(node, branch, ward)
        assert ward_id is not None
        async with work_as(node, OPERATOR, "cli.wall_add") as work:
            token = await service.hang_wall(work, label, branch_id, ward_id)
        choice = node.settings
        links.append(f"{choice.public_url or f'http://{choice.host}:{choice.port}'}/wall/{token}")

    _run(add)
    console.say(f"Open this on the screen for {ward}: {links[0]}", link=links[0])


def _run(work: Callable[[Node], Awaitable[None]]) -> None:
    with stores(settings()) as choice:
        asyncio.run(_with_node(choice, work))


async def _with_node(choice: Settings, work: Callable[[Node], Awaitable[None]]) -> None:
    node = await open_node(choice)
    try:
        await work(node)
    finally:
        await node.close()


async def _place(node: Node, branch: str | None, ward: str | None) -> tuple[UUID, UUID | None]:
    """Find a branch and a ward by their names, or say which there are."""
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT b.id, b.label, w.id, w.label"
                " FROM branch b LEFT JOIN ward w ON w.branch_id = b.id"
            )
        )
        found = [row for row in rows if _named(branch, row[1]) and _named(ward, row[3])]
    if not found:
        raise Missing(f"There is no {ward or 'branch'} at {branch or 'any branch'}.")
    if len({row[0] for row in found}) > 1:
        raise Missing(f"{ward} is at more than one branch; name it with --branch.")
    return found[0][0], found[0][2] if ward else None


def _named(asked: str | None, label: str | None) -> bool:
    return asked is None or (label or "").casefold() == asked.casefold()
