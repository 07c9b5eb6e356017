"""Anchors: checkpoints outside of the database, where its owner cannot take them back."""

import asyncio
import os
from pathlib import Path

from sqlalchemy import select

from ward.audit.models import AuditCheckpoint
from ward.audit.notes import ORIGIN
from ward.node import Node

FILE = "ward-trail-checkpoints.txt"
_NOTES = select(AuditCheckpoint.size, AuditCheckpoint.note).order_by(AuditCheckpoint.number)


def split(told: str) -> list[str]:
    """Give the whole notes of an anchor file; a torn one (no power) is left out."""
    found, lines = [], list[str]()
    for line in told.splitlines(keepends=True):
        if line == f"{ORIGIN}\n":
            lines = []
        lines.append(line)
        if line.startswith("\u2014 ") and line.endswith("\n"):
            found.append("".join(lines))
            lines = []
    return found


def by_size(told: str) -> dict[int, str]:
    """Give the notes by the number of events they speak of."""
    return {size_of(note): note for note in split(told)}


def size_of(note: str) -> int:
    """Read how many events a note speaks of."""
    return int(note.split("\n", 2)[1])


async def kept(node: Node) -> str:
    """Read the checkpoints that this node keeps outside; nothing where it keeps none."""
    folder = node.settings.audit_anchor
    path = folder / FILE if folder else None
    return await asyncio.to_thread(path.read_text, "utf-8") if path and path.exists() else ""


async def write(node: Node) -> int:
    """Append the checkpoints that the anchor has not; return how many. No folder: none."""
    folder = node.settings.audit_anchor
    if folder is None:
        return 0
    path = folder / FILE
    known = await asyncio.to_thread(_newest, path)
    async with node.aside.connect() as connection:
        found = await connection.execute(_NOTES.where(AuditCheckpoint.size > known))
        told = [row.note for row in found]
    if told:
        await asyncio.to_thread(_append, path, told)
    return len(told)


def _newest(path: Path) -> int:
    if not path.exists():
        return 0
    kept = split(path.read_text("utf-8"))
    return size_of(kept[-1]) if kept else 0


def _append(path: Path, told: list[str]) -> None:
    """Append whole notes and have them on the disk; a torn one before them is closed off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, "".join(f"\n{note}" for note in told).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
