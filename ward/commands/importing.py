"""Importing: `ward import fhir|hl7`: what other systems exported, as often as one likes."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from ward.cli import BROKEN, Json, app, console
from ward.commands.operator import refuse_unready
from ward.commands.serving import stores
from ward.config import Settings, settings
from ward.interop.fhir.importer import Progress, Step, import_fhir
from ward.interop.fhir.report import Report
from ward.interop.hl7.importing import Progress as Reading
from ward.interop.hl7.importing import import_hl7
from ward.interop.hl7.report import Report as Hl7Report
from ward.node import open_node

SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")

imports = typer.Typer(help="Take in what other systems exported.", no_args_is_help=True)
app.add_typer(imports, name="import")


def _sender(name: str | None) -> str | None:
    if name is not None and not SENDER.fullmatch(name):
        raise typer.BadParameter("should be 1 to 64 letters, digits and . _ : / -")
    return name


@imports.command("fhir")
def fhir(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of FHIR R4 JSON.")],
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Only read and judge; no database is needed.")
    ] = False,
    sender: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME",
            callback=_sender,
            help="The system they come from: its own ids then count from one import to the next.",
        ),
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take patients, allergies, conditions, staff and institutions from FHIR files.

    Importing twice changes nothing. What is bad is named and stays out; the status is 1 then.
    """
    del json
    with _drawn() as progress:
        if dry_run:
            report = asyncio.run(
                import_fhir(None, paths, progress=progress, dry_run=True, sender=sender)
            )
        else:
            with stores(settings()) as choice:
                report = asyncio.run(_recorded(choice, paths, progress, sender))
    console.show(report, **report.as_json())
    if dry_run and not console.json:
        console.say("Nothing was recorded: this was a dry run.")
    if not report.clean:
        raise typer.Exit(BROKEN)


@imports.command("hl7")
def hl7(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of HL7 v2 messages.")],
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Only read and judge; no database is needed.")
    ] = False,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Take in HL7 v2 messages from files, as if they had come over the wire.

    Importing twice changes nothing. What is bad is named; the status is 1 then.
    """
    del json
    with console.progress() as drawing:
        bar = drawing.add_task("Reading", total=None)

        def hear(done: int, total: int) -> None:
            drawing.update(bar, completed=done, total=total)

        if dry_run:
            report = asyncio.run(import_hl7(None, paths, hear, dry_run=True))
        else:
            with stores(settings()) as choice:
                report = asyncio.run(_messages(choice, paths, hear))
    console.show(report, **report.as_json())
    if not report.clean:
        raise typer.Exit(BROKEN)


async def _messages(choice: Settings, paths: list[Path], progress: Reading) -> Hl7Report:
    await refuse_unready(choice)
    node = await open_node(choice)
    try:
        return await import_hl7(node, paths, progress)
    finally:
        await node.close()


async def _recorded(
    choice: Settings, paths: list[Path], progress: Progress, sender: str | None
) -> Report:
    await refuse_unready(choice)
    node = await open_node(choice)
    try:
        return await import_fhir(node, paths, progress=progress, sender=sender)
    finally:
        await node.close()


@contextmanager
def _drawn() -> Iterator[Progress]:
    """Draw a bar for each step, with rate and the time it will still take."""
    bars: dict[Step, TaskID] = {}
    with console.progress() as drawing:

        def hear(step: Step, done: int, total: int | None) -> None:
            if step not in bars:
                bars[step] = drawing.add_task(str(step), total=total)
            drawing.update(bars[step], completed=done, total=total)

        yield hear
