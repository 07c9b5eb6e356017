"""Auditing: `ward audit …`: check the trail, prove one event of it, take a month away."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from domain.access import Permission
from ward import clock
from ward.audit import proving, retired
from ward.audit.asking import read
from ward.audit.exporting import Form, Order, stream
from ward.audit.notes import Public, Signer
from ward.audit.sealing import seal
from ward.audit.verifying import Report, verify
from ward.cli import BROKEN, Json, app, console
from ward.commands.operator import refuse_unready
from ward.commands.serving import stores
from ward.config import settings
from ward.node import Node, open_node
from ward.security.actors import System
from ward.trail import intent_of

T = TypeVar("T")
OPERATOR = System(
    "cli:operator",
    frozenset({Permission.VIEW_TRAIL, Permission.EXPORT_TRAIL, Permission.VIEW_DUTY}),
)

audit = typer.Typer(help="The trail: who looked and did, sealed.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command("verify")
def verify_trail(
    anchor: Annotated[Path | None, typer.Option(help="Checkpoints kept outside.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Compute everything sealed again; name the first event that does not fit, and its day."""
    del json
    anchored = anchor.read_text("utf-8") if anchor else None

    async def check(node: Node) -> Report:
        with console.progress() as bar:
            task = bar.add_task("Verifying")

            def tell(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            return await verify(node, anchor=anchored, progress=tell)

    report = _on_a_node(check)
    facts = {
        "events": report.events,
        "retired": report.retired,
        "waiting": report.waiting,
        "checkpoints": report.checkpoints,
        "until": report.until,
        "faults": len(report.faults) + report.more,
    }
    for fault in report.faults:
        console.fail(str(fault))
    if report.faults:
        console.fail(f"The trail is not what was sealed: {facts['faults']} faults.")
        raise typer.Exit(BROKEN)
    until = f"{report.until:%Y-%m-%d %H:%M:%S} UTC" if report.until else "the beginning"
    told = f"The trail is as it was sealed until {until}: {report.events:,} events"
    console.say(f"{told}, {report.waiting:,} not sealed yet.", **facts)


@audit.command("seal")
def seal_now(json: Json = False) -> None:  # noqa: FBT002
    """Seal what can be sealed now; nodes do this every ten seconds by themselves."""
    del json
    sealed = _on_a_node(seal)
    console.say(f"{sealed:,} events were sealed.", sealed=sealed)


@audit.command("key")
def show_key(json: Json = False) -> None:  # noqa: FBT002
    """Print the public key: with it everybody can check what was sealed, and seal nothing."""
    del json

    async def ask(node: Node) -> Public:
        return Signer(node.vault.signing).public

    key = str(_on_a_node(ask))
    console.say(key, key=key)


@audit.command("prove")
def prove_event(
    event: Annotated[UUID, typer.Argument(help="The event's id, as the explorer shows it.")],
    to: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Give the proof that an event is in the trail, for whoever has the public key."""
    del json

    async def make(node: Node) -> dict[str, object]:
        return await proving.prove(node, event)

    proof = _on_a_node(make)
    if to is None:
        console.say(_written(proof), **proof)
        return
    to.write_text(f"{_written(proof)}\n", "utf-8")
    console.say(f"The proof is in {to}.", file=str(to))


def _written(proof: dict[str, object]) -> str:
    return json.dumps(proof, indent=2)


@audit.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="What `ward audit prove` wrote.")],
    key: Annotated[str, typer.Option(help="The public key that `ward audit key` printed.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Check a proof with nothing but the public key: no database, no secret."""
    del json
    proof = proving.read(file.read_text("utf-8"))
    columns, size = proving.check(proof, Public.read(key))
    event, at = columns["id"], columns["at"]
    told = f"Event {event} of {at} is entry {proof['position']} of {size} that were sealed."
    console.say(told, **columns, position=proof["position"], size=size)


@audit.command("retire")
def retire_month(
    month: Annotated[str, typer.Argument(metavar="YEAR-MONTH", help="For example 2026-01.")],
    to: Annotated[Path, typer.Option(help="The folder that keeps its events.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write a past month to a file, check the file, and take the month out of the database."""
    del json
    first = _month(month)

    async def take(node: Node) -> tuple[Path, int]:
        return await retired.retire(node, first, to)

    path, events = _on_a_node(take)
    told = f"{events:,} events of {month} are in {path}, and no longer in the database."
    console.say(told, month=month, events=events, file=str(path))


@audit.command("export")
def export_events(
    to: Annotated[Path, typer.Option(help="The file to write.")],
    form: Annotated[Form, typer.Option(help="How events are written.")] = Form.NDJSON,
    since: Annotated[str, typer.Option(help="From, for example 2026-11-01 (UTC).")] = "",
    until: Annotated[str, typer.Option(help="To, for example 2026-11-30T23:59 (UTC).")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write events to a file; that is in the trail, and has a signed manifest."""
    del json

    async def write(node: Node) -> int:
        now, zone = clock.now(), ZoneInfo("UTC")
        asked = read({"since": since, "until": until}, now, zone)
        intent = intent_of(OPERATOR, "audit.export")
        order = Order(node, OPERATOR, asked, form, intent, zone)
        size = 0
        with to.open("wb") as file:
            async for piece in stream(order):
                size += file.write(piece)
        return size

    size = _on_a_node(write)
    console.say(f"{size:,} bytes of events are in {to}.", file=str(to), bytes=size)


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no month like 2026-01.") from None


def _on_a_node(deed: Callable[[Node], Awaitable[T]]) -> T:
    async def done() -> T:
        await refuse_unready(choice)
        node = await open_node(choice)
        try:
            return await deed(node)
        finally:
            await node.close()

    with stores(settings()) as choice:
        return asyncio.run(done())
