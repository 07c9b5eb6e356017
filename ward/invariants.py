"""Invariants: what must hold of the stored truth after every crash, fault, load and restore."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward import crypto
from ward.db import Model
from ward.node import Node

MOST_TOLD = 5  # violations told of each invariant
PAGE = 1_000

Notes = list[dict[str, Any]]
Check = Callable[[Node, AsyncConnection], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one invariant stands: None violations means it was not checked, and why."""

    name: str
    sentence: str
    violations: list[str] | None
    why: str = ""


def _empty(query: str) -> Check:
    """Make a check of a query that must find nothing; its first column names the culprit."""

    async def check(_node: Node, connection: AsyncConnection) -> list[str]:
        found = await connection.execute(text(f"{query} LIMIT {MOST_TOLD}"))
        return [str(row[0]) for row in found]

    return check


_TWO_IN_A_BED = """
    SELECT bed_id FROM stay WHERE ended_at IS NULL AND voided_at IS NULL
    GROUP BY bed_id HAVING count(*) > 1
"""
_TWO_BEDS = """
    SELECT patient_id FROM stay WHERE ended_at IS NULL AND voided_at IS NULL
    GROUP BY patient_id HAVING count(*) > 1
"""
_BED_DISAGREES = """
    SELECT b.id FROM bed b LEFT JOIN stay s ON s.bed_id = b.id AND s.ended_at IS NULL AND s.voided_at IS NULL
    WHERE (s.id IS NOT NULL) <> (b.status IN ('O', 'I'))
"""
_WARD_DISAGREES = """
    SELECT p.id FROM patient p LEFT JOIN stay s ON s.patient_id = p.id AND s.ended_at IS NULL AND s.voided_at IS NULL
    LEFT JOIN bed b ON b.id = s.bed_id
    WHERE s.id IS NOT NULL AND p.ward_id IS DISTINCT FROM b.ward_id
"""
_LOST_MESSAGE = """
    SELECT id FROM hl7_message WHERE acked_at IS NULL AND received_at < now() - interval '1 minute'
"""
_HOLES = """
    SELECT t.topic FROM live_topic t WHERE t.rev > 0 AND EXISTS (
        SELECT 1 FROM outbox o WHERE o.topic = t.topic
        HAVING count(DISTINCT o.rev) <> max(o.rev) - min(o.rev) + 1)
"""
_AHEAD = """
    SELECT o.topic FROM outbox o LEFT JOIN live_topic t USING (topic)
    WHERE t.topic IS NULL OR o.rev > t.rev
"""

CHECKS: list[tuple[str, str, Check]] = [
    ("I2a", "At most one open stay per bed.", _empty(_TWO_IN_A_BED)),
    ("I2b", "At most one open stay per patient.", _empty(_TWO_BEDS)),
    ("I2c", "A bed is occupied exactly while somebody lies in it.", _empty(_BED_DISAGREES)),
    ("I2d", "A patient's ward is the ward of the bed.", _empty(_WARD_DISAGREES)),
    ("I4", "Every received message was stored and answered.", _empty(_LOST_MESSAGE)),
    ("I11a", "Revisions have no holes.", _empty(_HOLES)),
    ("I11b", "No fact is ahead of its topic.", _empty(_AHEAD)),
]


async def examine(node: Node, witness: Notes | None = None) -> list[Finding]:
    """Check everything; what left the system is checked against a witness's notes, if given."""
    findings: list[Finding] = []
    async with node.aside.connect() as connection:
        for name, sentence, check in [*CHECKS, ("I10", _OPENS, _every_ciphertext_opens)]:
            findings.append(Finding(name, sentence, await check(node, connection)))
            await connection.rollback()
        findings += await _witnessed(connection, witness)
    return findings


# -- every ciphertext opens with its own place, and with no other's -----------------------

_OPENS = "Every ciphertext opens where it belongs and nowhere else."


async def _every_ciphertext_opens(node: Node, connection: AsyncConnection) -> list[str]:
    wrong: list[str] = []
    for mapper in Model.registry.mappers:
        table = mapper.local_table
        assert isinstance(table, Table)
        sealed = [column for column in table.c if "sealed" in column.info]
        if sealed and table.name != "audit_event":
            subject = str(mapper.class_.subject)
            async for place, envelope in _envelopes(connection, table, subject):
                wrong += await _tried(node, connection, place, envelope)
                if len(wrong) >= MOST_TOLD:
                    return wrong
    return wrong


async def _envelopes(
    connection: AsyncConnection, table: Table, subject: str
) -> AsyncIterator[tuple[crypto.Place, bytes]]:
    sealed = [column for column in table.c if "sealed" in column.info]
    last: UUID | None = None
    while True:
        page = select(table).order_by(table.c.id).limit(PAGE)
        if last is not None:
            page = page.where(table.c.id > last)
        rows = (await connection.execute(page)).mappings().all()
        for row in rows:
            for column in sealed:
                assert isinstance(column.type, LargeBinary)
                if (envelope := row[column.key]) is not None:
                    place = crypto.Place(table.name, column.key, row["id"], row[subject])
                    yield place, envelope
        if len(rows) < PAGE:
            return
        last = rows[-1]["id"]


async def _tried(
    node: Node, connection: AsyncConnection, place: crypto.Place, envelope: bytes
) -> list[str]:
    keys = await crypto.keys_of(connection, node.vault, [place.subject_id])
    where = f"{place.table}.{place.column} {place.row_id}"
    if place.subject_id not in keys:
        return [f"{where}: no key"]
    key = keys[place.subject_id][0]
    try:
        crypto.unseal(key, place, envelope)
    except crypto.Unreadable:
        return [f"{where}: does not open"]
    elsewhere = crypto.Place(place.table, place.column, UUID(int=0), place.subject_id)
    try:
        crypto.unseal(key, elsewhere, envelope)
    except crypto.Unreadable:
        return []
    return [f"{where}: opens elsewhere too"]


def read_notes(witness: Path) -> Notes:
    """Read what test stations wrote down: one JSON object a line."""
    return [json.loads(line) for line in witness.read_text("utf-8").splitlines() if line]


# -- what left the system, as test stations wrote it down ---------------------------------

_SHOWN = "Every patient shown has an earlier durable trail row."
_SAVED = "No acknowledged write is missing."
_ROW = text("""
    SELECT 1 FROM audit_event
    WHERE (session_id = :session OR request_id = :request) AND :patient = ANY(patients) LIMIT 1
""")


async def _witnessed(connection: AsyncConnection, notes: Notes | None) -> list[Finding]:
    if notes is None:
        why = "only with --witness FILE"
        return [Finding("I5", _SHOWN, None, why), Finding("I8", _SAVED, None, why)]
    return [
        Finding("I5", _SHOWN, await _unrecorded(connection, notes)),
        Finding("I8", _SAVED, await _unsaved(connection, notes)),
    ]


async def _unrecorded(connection: AsyncConnection, notes: Notes) -> list[str]:
    """Look for each shown patient: {"saw": patient, "session": id} or {"saw":…, "request": id}."""
    missing = []
    for note in notes:
        if "saw" in note:
            values = {
                "session": _id(note.get("session")),
                "request": _id(note.get("request")),
                "patient": _id(note["saw"]),
            }
            if (await connection.execute(_ROW, values)).first() is None:
                missing.append(f"{note['saw']} was shown without a trail")
    return missing[:MOST_TOLD]


async def _unsaved(connection: AsyncConnection, notes: Notes) -> list[str]:
    """Look for each acknowledged revision: {"saved": topic, "rev": n}."""
    missing = []
    for note in notes:
        if "saved" in note:
            now = await connection.scalar(
                text("SELECT rev FROM live_topic WHERE topic = :topic"), {"topic": note["saved"]}
            )
            if now is None or now < note["rev"]:
                missing.append(f"{note['saved']} was acknowledged at {note['rev']}, is at {now}")
    return missing[:MOST_TOLD]


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None
