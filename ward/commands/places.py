"""Places: `ward place …`: branches, wards, rooms and beds, opened before anybody works there."""

from typing import Annotated

import typer
from sqlalchemy import select

from domain.access import Permission
from ward.beds.models import Bed
from ward.beds.staffing import staff_beds
from ward.cli import Json, app, console
from ward.commands.operator import carry_out
from ward.house import add
from ward.places import service
from ward.places.finding import find_branch, find_room, find_ward, stands
from ward.places.models import Branch, Ward, WardKind
from ward.work import Work

place = typer.Typer(help="Branches, wards, rooms and beds.", no_args_is_help=True)
branch_ = typer.Typer(help="Branches of the hospital.", no_args_is_help=True)
ward_ = typer.Typer(help="Wards and clinics.", no_args_is_help=True)
room_ = typer.Typer(help="Rooms and bays.", no_args_is_help=True)
bed_ = typer.Typer(help="Beds.", no_args_is_help=True)
app.add_typer(place, name="place")
for name, part in (("branch", branch_), ("ward", ward_), ("room", room_), ("bed", bed_)):
    place.add_typer(part, name=name)

OfBranch = Annotated[str | None, typer.Option("--branch", help="Its branch, if there are many.")]
OnWard = Annotated[str, typer.Option("--ward", help="The ward they are on.")]


@branch_.command("add")
def add_branch(
    label: Annotated[str, typer.Argument(help="What people call it.")],
    zone: Annotated[str, typer.Option(help="Its time zone, for example Europe/London.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Open a branch: a site of the hospital."""
    del json
    made = carry_out("cli.branch_add", lambda work: service.open_branch(work, label, zone))
    console.say(f"{made.label} is open.", id=made.id, label=made.label)


@ward_.command("add")
def add_ward(
    label: Annotated[str, typer.Argument(help="What people call it.")],
    code: Annotated[str, typer.Option(help="Its short form, for example 6E.")],
    branch: OfBranch = None,
    clinic: Annotated[bool, typer.Option("--clinic", help="Nobody stays the night.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Open a ward or a clinic; its board can be watched from now on."""
    del json

    async def add(work: Work) -> tuple[Branch, Ward]:
        at = await find_branch(work, branch)
        kind = WardKind.CLINIC if clinic else WardKind.WARD
        return at, await service.open_ward(work, at.id, label, code, kind)

    at, made = carry_out("cli.ward_add", add)
    console.say(f"{made.label} is open at {at.label}.", id=made.id, label=made.label)


@ward_.command("staff")
def staff_ward(
    label: Annotated[str, typer.Argument(help="The ward.")],
    beds: Annotated[
        int | None, typer.Argument(min=0, max=9999, help="How many; without: all of them.")
    ] = None,
    branch: OfBranch = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say how many beds of a ward can be nursed now."""
    del json

    async def staff(work: Work) -> Ward:
        on = await find_ward(work, label, branch)
        return await staff_beds(work, on.id, beds, seen=None)

    on = carry_out("cli.ward_staff", staff)
    told = "all its beds" if on.staffed is None else f"{on.staffed} beds"
    console.say(f"{on.label} is staffed for {told}.", label=on.label, staffed=on.staffed)


@room_.command("add")
def add_room(
    label: Annotated[str, typer.Argument(help="What people call it.")],
    ward: OnWard,
    branch: OfBranch = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Open a room or a bay of a ward."""
    del json

    async def add(work: Work) -> str:
        on = await find_ward(work, ward, branch)
        await service.open_room(work, on.id, label)
        return on.label

    on = carry_out("cli.room_add", add)
    console.say(f"{label} is open on {on}.", label=label, ward=on)


@bed_.command("add")
def add_beds(  # noqa: PLR0913, PLR0917 - a place and what it has
    labels: Annotated[list[str], typer.Argument(help="Their numbers: 31, or 01-30 for many.")],
    ward: OnWard,
    branch: OfBranch = None,
    room: Annotated[str | None, typer.Option(help="The room they stand in.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="What each has: side-room, oxygen. Repeat for more.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Put beds on a ward, ready for their first patients: all of them, or none."""
    del json
    wanted, has = add.numbers(labels), add.attributes(attribute or ())

    async def put(work: Work) -> str:
        on = await find_ward(work, ward, branch)
        room_id = (await find_room(work, on, room)).id if room else None
        await add.add_beds(work, on, wanted, room_id, has)
        return on.label

    on = carry_out("cli.bed_add", put)
    told = wanted[0] if len(wanted) == 1 else f"{wanted[0]} … {wanted[-1]} ({len(wanted)})"
    console.say(f"On {on} now: {told}.", ward=on, beds=wanted)


@place.command("list")
def list_places(
    closed: Annotated[bool, typer.Option("--closed", help="What was closed instead.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """List what is open: each ward with its branch and its beds."""
    del json
    rows = carry_out("cli.place_list", lambda work: _everywhere(work, closed=closed))
    console.table("", ("branch", "ward", "code", "kind", "beds", "staffed"), rows)


async def _everywhere(work: Work, *, closed: bool) -> list[tuple[str, ...]]:
    see = Permission.OPEN_PLACES  # the trail's row then commits here, and need not hurry
    standing = select(Bed).where(stands(Bed, closed=closed))
    beds = [bed.ward_id for bed in await work.every(standing, Permission.VIEW_BEDS)]
    these = select(Ward).where(stands(Ward, closed=closed)).order_by(Ward.label)
    wards = await work.every(these, see)
    rows: list[tuple[str, ...]] = []
    branches = select(Branch).where(stands(Branch, closed=None if closed else False))
    for at in await work.every(branches.order_by(Branch.label), see):
        here = [one for one in wards if one.branch_id == at.id]
        rows += [
            (at.label, one.label, one.code, one.kind.value, str(beds.count(one.id)), _staffed(one))
            for one in here
        ]
        rows += [] if here or closed else [(at.label, "", "", "", "", "")]
    return rows


def _staffed(ward: Ward) -> str:
    return "all" if ward.staffed is None else str(ward.staffed)
