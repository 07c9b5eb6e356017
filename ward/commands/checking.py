"""Checking: `ward check`, the invariants of the stored truth."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ward.cli import BROKEN, Json, app, console
from ward.commands.serving import stores
from ward.config import Settings, settings
from ward.invariants import Finding, Notes, examine, read_notes
from ward.node import open_node


@app.command()
def check(
    witness: Annotated[Path | None, typer.Option(help="What test stations wrote down.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Check the invariants; exit status 1 and the first culprits when one is broken."""
    del json
    with stores(settings()) as choice:
        notes = read_notes(witness) if witness else None
        findings = asyncio.run(_examine(choice, notes))
    rows = [(finding.name, _state(finding), finding.sentence) for finding in findings]
    console.table("", ("invariant", "state", "sentence"), rows)
    broken = [finding for finding in findings if finding.violations]
    for finding in broken:
        for culprit in finding.violations or ():
            console.fail(f"{finding.name}: {culprit}")
    if broken:
        raise typer.Exit(BROKEN)


def _state(finding: Finding) -> str:
    if finding.violations is None:
        return f"not checked ({finding.why})"
    return "broken" if finding.violations else "holds"


async def _examine(choice: Settings, notes: Notes | None) -> list[Finding]:
    node = await open_node(choice)
    try:
        return await examine(node, notes)
    finally:
        await node.close()
