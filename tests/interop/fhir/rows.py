"""Rows: what a database holds, as tests compare and search it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from tests.settling import settled
from ward.interop.fhir.importer import import_fhir
from ward.interop.fhir.report import Report, Verdict
from ward.node import Node
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.schema import metadata
from ward.security.actors import System
from ward.work import work_as

TRAIL = "audit_event"  # a look at what is known already is a look, and leaves its row


#: What a node writes of itself meanwhile: the trail and its seal, and which keys it knows.
OWN = {TRAIL, "audit_checkpoint", "audit_watch", "key_node"}


async def rows(node: Node) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the trail, with the transaction that wrote it last.

    What follows by itself from what was written has followed.
    """
    found: dict[str, list[tuple[Any, ...]]] = {}
    await settled(node)
    async with node.aside.connect() as connection:
        for table in metadata.tables:
            if table not in OWN:
                told = await connection.execute(
                    text(f"SELECT t.xmin::text, t::text FROM {table} t ORDER BY 2")
                )
                found[table] = [tuple(row) for row in told]
    return found


async def leaked(node: Node, words: Iterable[str]) -> set[str]:
    """Which of these words stand readable in some table, as text or as bytes."""
    async with node.aside.connect() as connection:
        whole = ""
        for table in metadata.tables:
            told = await connection.execute(text(f"SELECT t::text FROM {table} t"))
            whole += "\n".join(row[0] for row in told).casefold()
    return {word for word in words if word.casefold() in whole or word.encode().hex() in whole}


async def count(node: Node, table: str) -> int:
    async with node.aside.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def people(node: Node) -> list[tuple[Patient, Person]]:
    """All patients, opened."""

    from domain.access import Permission

    eyes = System("job:test", frozenset(Permission))
    async with work_as(node, eyes, "test", reading=True) as work:
        found = await work.every(select(Patient), Permission.VIEW_PATIENT)
        opened = await work.open(found, Patient.identity)
        return [(patient, opened[patient.id]) for patient in found]


async def totals(node: Node, *paths: Path, sender: str | None = None) -> tuple[int, int, int, int]:
    """Import, and return how many were taken, unchanged, refused and skipped."""
    report = await import_fhir(node, paths, sender=sender)
    return tuple(report.total(verdict) for verdict in Verdict)  # type: ignore[return-value]


def problems(report: Report) -> list[tuple[str, str]]:
    return [(one.element, one.message) for one in report.complaints]
