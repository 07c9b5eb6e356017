"""Keeping: `ward place … rename / close / reopen`: places that stand already.

Twelve commands of one shape stand in one table: find the place by the words typed, do the deed,
say the sentence. What a command asks for follows from its verb and its kind of place.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from inspect import Parameter
from typing import Annotated, Any

import typer
from sqlalchemy import select

from domain.access import Permission
from ward.beds.keep import Kept, amend_bed, end_bed, return_bed
from ward.beds.models import Bed
from ward.cli import Json, console
from ward.commands.operator import carry_out
from ward.commands.places import OfBranch, OnWard, bed_, branch_, room_, ward_
from ward.errors import Missing
from ward.house import add
from ward.house import close as house
from ward.places import amend
from ward.places.finding import find_branch, find_room, find_ward
from ward.places.models import Branch, Room, Ward
from ward.work import Work

Name = Annotated[str, typer.Argument(help="What it is called now.")]
New = Annotated[str, typer.Argument(help="What it is to be called.")]
Why = Annotated[str, typer.Option(help="Why; kept with the change.")]
Code = Annotated[str | None, typer.Option(help="Its new short form, for example 6E.")]
Place = Branch | Ward | Room | Bed


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed behind a command; what it does not ask for stays empty."""

    label: str
    new: str = ""
    why: str = ""
    ward: str = ""
    branch: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One command: what it is called and helps with, what it does, and what it says then."""

    name: str  # kind of place, verb
    help: str
    do: Callable[[Work, Any, Said], Awaitable[Place]]
    told: str  # {was}, and of the place as it is now {now}


DEEDS = (
    Deed(
        "branch rename", "Call a branch otherwise.",
        lambda work, it, said: amend.rename_branch(work, it.id, said.new, seen=None),
        "{was} is called {now.label} now.",
    ),
    Deed(
        "branch close", "Close a branch in which no ward is open and no role holds.",
        lambda work, it, said: house.close_branch(work, it.id, said.why, seen=None),
        "{now.label} is closed.",
    ),
    Deed(
        "branch reopen", "Open a closed branch again.",
        lambda work, it, _: house.reopen_branch(work, it.id, seen=None),
        "{now.label} is open.",
    ),
    Deed(
        "ward rename", "Call a ward or a clinic otherwise; every open board says the new name.",
        lambda work, it, said: amend.rename_ward(
            work, it.id, said.new, said.code or it.code, seen=None
        ),
        "{was} is called {now.label} ({now.code}) now.",
    ),
    Deed(
        "ward close", "Close a ward or a clinic with its beds, once nothing hangs on it.",
        lambda work, it, said: house.close_ward(work, it.id, said.why, seen=None),
        "{now.label} is closed.",
    ),
    Deed(
        "ward reopen", "Open a closed ward again, with the beds that went with it.",
        lambda work, it, _: house.reopen_ward(work, it.id, seen=None),
        "{now.label} is open.",
    ),
    Deed(
        "room rename", "Call a room or a bay otherwise.",
        lambda work, it, said: amend.rename_room(work, it.id, said.new, seen=None),
        "{was} is called {now.label} now.",
    ),
    Deed(
        "room close", "Close a room in which no bed stands.",
        lambda work, it, said: house.close_room(work, it.id, said.why, seen=None),
        "{now.label} is closed.",
    ),
    Deed(
        "room reopen", "Open a closed room again.",
        lambda work, it, _: house.reopen_room(work, it.id, seen=None),
        "{now.label} is open.",
    ),
    Deed(
        "bed rename", "Give a bed another number.",
        lambda work, it, said: amend_bed(
            work, it.id, replace(_kept(it), label=said.new), seen=None
        ),
        "Bed {was} is bed {now.label} now.",
    ),
    Deed(
        "bed close", "Take an empty bed away for good; its history stays.",
        lambda work, it, said: end_bed(work, it.id, said.why, seen=None),
        "Bed {now.label} was taken away.",
    ),
    Deed(
        "bed reopen", "Put a bed back that was taken away; it is cleaned first.",
        lambda work, it, _: return_bed(work, it.id, seen=None),
        "Bed {now.label} is back, to be cleaned.",
    ),
)  # fmt: skip

_GROUPS = {"branch": branch_, "ward": ward_, "room": room_, "bed": bed_}
_ASKED = {  # in the order in which help lists them
    "label": Name, "new": New, "ward": OnWard, "why": Why, "branch": OfBranch, "code": Code,
    "json": Json,
}  # fmt: skip
_UNSAID = {"branch": None, "code": None, "json": False}
_OF_VERB = {"rename": {"new"}, "close": {"why"}, "reopen": set[str]()}
_OF_KIND = {"branch": set[str](), "ward": {"branch"}, "room": {"ward", "branch"}}
_OF_KIND["bed"] = _OF_KIND["room"]
_ALONE = {"ward rename": {"code"}}


def _offer(deed: Deed) -> None:
    """Hang a command on its group, asking for what its verb and its kind of place need."""
    kind, verb = deed.name.split()
    asked = {"label", "json"} | _OF_VERB[verb] | _OF_KIND[kind] | _ALONE.get(deed.name, set())

    def command(**typed: Any) -> None:
        del typed["json"]
        said = Said(**typed)

        async def do(work: Work) -> str:
            place = await _find(work, kind, said, closed=verb == "reopen")
            was = place.label
            return deed.told.format(was=was, now=await deed.do(work, place, said))

        console.say(carry_out(f"cli.{kind}_{verb}", do))

    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [_asks(name) for name in _ASKED if name in asked]
    )
    _GROUPS[kind].command(verb, help=deed.help)(command)


def _asks(name: str) -> Parameter:
    default = _UNSAID.get(name, Parameter.empty)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=_ASKED[name])


async def _find(work: Work, kind: str, said: Said, *, closed: bool) -> Place:
    """Find the place that is meant, among those that stand or among those that were closed."""
    match kind:
        case "branch":
            return await find_branch(work, said.label, closed=closed)
        case "ward":
            return await find_ward(work, said.label, said.branch, closed=closed)
    on = await find_ward(work, said.ward, said.branch)
    find = _find_bed if kind == "bed" else find_room
    return await find(work, on, said.label, closed=closed)


for _deed in DEEDS:
    _offer(_deed)


@bed_.command("set")
def set_bed(  # noqa: PLR0913, PLR0917 - a place and what it has
    label: Name,
    ward: OnWard,
    branch: OfBranch = None,
    room: Annotated[str | None, typer.Option(help="The room it stands in.")] = None,
    position: Annotated[int | None, typer.Option(help="Its place in the order.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="What it has instead: side-room. Repeat for more.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say where a bed stands and what it has; what is not named stays."""
    del json

    async def put(work: Work) -> str:
        on = await find_ward(work, ward, branch)
        bed = await _find_bed(work, on, label)
        kept = _kept(bed)
        if room:
            kept = replace(kept, room_id=(await find_room(work, on, room)).id)
        if position is not None:
            kept = replace(kept, position=position)
        if attribute:
            kept = replace(kept, attributes=add.attributes(attribute))
        await amend_bed(work, bed.id, kept, seen=None)
        return f"Bed {bed.label} is set."

    console.say(carry_out("cli.bed_set", put))


async def _find_bed(work: Work, on: Ward, label: str, *, closed: bool = False) -> Bed:
    there = select(Bed).where(Bed.ward_id == on.id, Bed.label == label.strip())
    stands = Bed.ended_at.is_not(None) if closed else Bed.ended_at.is_(None)
    found = await work.every(there.where(stands), Permission.VIEW_BEDS)
    if not found:
        raise Missing(f"{on.label} has no{' closed' if closed else ''} bed {label}.")
    return found[0]


def _kept(bed: Bed) -> Kept:
    return Kept(bed.label, bed.room_id, bed.position, tuple(bed.attributes))
