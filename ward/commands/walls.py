"""Walls: `ward wall …`: the screens that hang in a corridor, each known by its link."""

from typing import Annotated

import typer

from domain.errors import NotAllowed
from ward.cli import Json, app, console
from ward.commands.operator import carry_out
from ward.config import settings
from ward.errors import Missing
from ward.places.finding import find_ward
from ward.users import service
from ward.users.queries import Wallboard, wallboards
from ward.work import Work

wall = typer.Typer(help="Wallboards.", no_args_is_help=True)
app.add_typer(wall, name="wall")


@wall.command("add")
def add_wall(
    ward: Annotated[str, typer.Argument(help="The ward it shows.")],
    branch: Annotated[str | None, typer.Option(help="Its branch, where names repeat.")] = None,
    label: Annotated[str, typer.Option(help="Where it hangs.")] = "Corridor",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Enrol a wallboard and print its link; the link is the key, so treat it as one."""
    del json

    async def add(work: Work) -> tuple[str, str]:
        place = await find_ward(work, ward, branch)
        token = await service.hang_wall(work, label, place.branch_id, place.id)
        return place.label, token

    place, token = carry_out("cli.wall_add", add)
    choice = settings()
    link = f"{choice.public_url or f'http://{choice.host}:{choice.port}'}/wall/{token}"
    console.say(f"Open this on the screen for {place}: {link}", link=link)


@wall.command("list")
def list_walls(json: Json = False) -> None:  # noqa: FBT002
    """List the wallboards that stand, with the id that `ward wall revoke` takes."""
    del json
    hung = carry_out("cli.wall_list", wallboards)
    rows = [(str(one.device.id), one.device.label, _shows(one), _seen(one)) for one in hung]
    console.table("", ("id", "label", "shows", "seen"), rows)


@wall.command("rename")
def rename_wall(
    screen: Annotated[str, typer.Argument(help="Its id, or its label where only one has it.")],
    label: Annotated[str, typer.Argument(help="Where it hangs now.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say where a wallboard hangs now."""
    del json

    async def rename(work: Work) -> tuple[str, str]:
        one = _called(await wallboards(work), screen).device
        was = one.label
        return was, (await service.call_device(work, one.id, label, seen=one.version)).label

    was, now = carry_out("cli.wall_rename", rename)
    console.say(f"The screen {was} is called {now} now.", label=now)


@wall.command("revoke")
def revoke_wall(
    screen: Annotated[str, typer.Argument(help="Its id, or its label where only one has it.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """End a wallboard: its link opens nothing more, and its screen goes blank within a second."""
    del json

    async def revoke(work: Work) -> Wallboard:
        one = _called(await wallboards(work), screen)
        await service.take_down(work, one.device.id)
        return one

    ended = carry_out("cli.wall_revoke", revoke)
    told = f"The screen {ended.device.label} no longer shows {_shows(ended)}."
    console.say(told, id=str(ended.device.id), label=ended.device.label)


def _called(hung: list[Wallboard], screen: str) -> Wallboard:
    wanted = screen.strip().casefold()
    found = [one for one in hung if wanted in {str(one.device.id), one.device.label.casefold()}]
    if not found:
        raise Missing(f"There is no wallboard {screen}. `ward wall list` lists them.")
    if len(found) > 1:
        raise NotAllowed(f"{len(found)} screens are called {screen}; name one by its id.")
    return found[0]


def _shows(one: Wallboard) -> str:
    return one.held.place if one.held else "nothing"


def _seen(one: Wallboard) -> str:
    at = one.device.seen_at
    return at.isoformat(timespec="minutes") if at else "never"
