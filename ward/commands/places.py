"""Places: `ward place …`: branches, wards, rooms and beds, opened before anybody works there."""

import re
from collections.abc import Iterable
from typing import Annotated

import typer
from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.beds.models import Bed
from ward.beds.open import open_bed
from ward.cli import Json, app, console
from ward.commands.operator import carry_out
from ward.errors import Invalid
from ward.places import service
from ward.places.finding import find_branch, find_room, find_ward
from ward.places.models import Branch, Ward, WardKind
from ward.work import Work

MOST_BEDS = 200  # at once: more is a slip of the finger
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9-]{0,39}")

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
        return await service.staff_beds(work, on.id, beds, seen=None)

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
    wanted, has = _numbers(labels), _attributes(attribute or ())

    async def add(work: Work) -> str:
        on = await find_ward(work, ward, branch)
        room_id = (await find_room(work, on, room)).id if room else None
        last = await _next_place(work, on, wanted)
        for nth, label in enumerate(wanted, last + 1):
            await open_bed(work, on, label, position=nth, room_id=room_id, attributes=has)
        return on.label

    on = carry_out("cli.bed_add", add)
    told = wanted[0] if len(wanted) == 1 else f"{wanted[0]} … {wanted[-1]} ({len(wanted)})"
    console.say(f"On {on} now: {told}.", ward=on, beds=wanted)


@place.command("list")
def list_places(json: Json = False) -> None:  # noqa: FBT002
    """List what is open: each ward with its branch and its beds."""
    del json
    rows = carry_out("cli.place_list", _everywhere)
    console.table("", ("branch", "ward", "code", "kind", "beds", "staffed"), rows)


async def _everywhere(work: Work) -> list[tuple[str, ...]]:
    see = Permission.OPEN_PLACES  # the trail's row then commits here, and need not hurry
    beds = [bed.ward_id for bed in await work.every(select(Bed), Permission.VIEW_BEDS)]
    wards = await work.every(select(Ward).order_by(Ward.label), see)
    rows: list[tuple[str, ...]] = []
    for at in await work.every(select(Branch).order_by(Branch.label), see):
        here = [one for one in wards if one.branch_id == at.id]
        rows += [
            (at.label, one.label, one.code, one.kind.value, str(beds.count(one.id)), _staffed(one))
            for one in here
        ]
        rows += [] if here else [(at.label, "", "", "", "", "")]
    return rows


def _staffed(ward: Ward) -> str:
    return "all" if ward.staffed is None else str(ward.staffed)


async def _next_place(work: Work, on: Ward, wanted: list[str]) -> int:
    """Give the position of the ward's last bed; refuse a number that stands already."""
    there = await work.every(select(Bed).where(Bed.ward_id == on.id), Permission.VIEW_BEDS)
    twice = sorted({bed.label for bed in there} & set(wanted))
    if twice:
        raise NotAllowed(f"{on.label} has a bed {twice[0]} already. No bed was added.")
    return max((bed.position for bed in there), default=0)


def _numbers(labels: Iterable[str]) -> list[str]:
    """Write ranges out: 01-03 is 01, 02, 03."""
    found: list[str] = []
    for label in labels:
        if many := _RANGE.fullmatch(label):
            first, last = int(many[1]), int(many[2])
            width = len(many[1])
            found += [f"{number:0{width}}" for number in range(first, last + 1)][: MOST_BEDS + 1]
            if last < first:
                raise Invalid({"labels": f"{label} ends before it begins."})
        else:
            found.append(service.read_label("A bed's number", label, 12))
    if len(found) > MOST_BEDS:
        raise Invalid({"labels": f"At most {MOST_BEDS} beds at once."})
    if len(set(found)) < len(found):
        raise Invalid({"labels": "A number is named twice."})
    return found


def _attributes(given: Iterable[str]) -> list[str]:
    for word in given:
        if not _ATTRIBUTE.fullmatch(word):
            raise Invalid({"attribute": f"{word!r} is no attribute; one looks like side-room."})
    return sorted(set(given))
