"""Invariants: what must hold of the stored truth after every crash, fault, load and restore."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Table, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward import clock, crypto, invariants_medicines, invariants_offers
from ward.audit.months import lacking
from ward.audit.verifying import verify
from ward.db import Model
from ward.node import Node

MOST_TOLD = 5  # violations told of each invariant
PAGE = 1_000
LATEST = timedelta(seconds=1)  # a screen may still show something after its right ended

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
        asked = text(f"{query} LIMIT {MOST_TOLD}")
        if ":now" in query:
            asked = asked.bindparams(bindparam("now", clock.now(), DateTime(timezone=True)))
        found = await connection.execute(asked)
        return [str(row[0]) for row in found]

    return check


_UNNAMED_LOOK = """
    SELECT e.id FROM audit_event e LEFT JOIN break_glass b ON b.id = e.break_glass
    WHERE e.outcome = '0' AND (
        (e.relation = 'break-glass' AND e.break_glass IS NULL)
        OR (e.break_glass IS NOT NULL AND (b.id IS NULL OR NOT e.patients @> ARRAY[b.patient_id]
            OR e.at < b.opened_at OR e.at > coalesce(b.ended_at, b.until) + interval '1 second'))
    )
"""
_TWO_IN_A_BED = """
    SELECT bed_id FROM stay WHERE ended_at IS NULL AND voided_at IS NULL
    GROUP BY bed_id HAVING count(*) > 1
"""
_TWO_BEDS = """
    SELECT patient_id FROM stay WHERE ended_at IS NULL AND voided_at IS NULL
    GROUP BY patient_id HAVING count(*) > 1
"""
_BED_DISAGREES = """
    SELECT b.id FROM bed b LEFT JOIN stay s
        ON s.bed_id = b.id AND s.ended_at IS NULL AND s.voided_at IS NULL
    WHERE (s.id IS NOT NULL) <> (b.status IN ('O', 'I'))
"""
_WARD_DISAGREES = """
    SELECT p.id FROM patient p LEFT JOIN stay s
        ON s.patient_id = p.id AND s.ended_at IS NULL AND s.voided_at IS NULL
    LEFT JOIN bed b ON b.id = s.bed_id
    WHERE s.id IS NOT NULL AND p.ward_id IS DISTINCT FROM b.ward_id
"""
_SILENT_ALERT = """
    SELECT a.id FROM alert a WHERE a.state = 'open' AND NOT EXISTS (
        SELECT 1 FROM job j WHERE j.name = 'alerts.escalate' AND j.parked_at IS NULL
            AND j.key = a.id || '/' || a.step)
"""
_CALLED_TWICE = """
    SELECT a.id FROM alert a LEFT JOIN alert_step s ON s.alert_id = a.id AND s.happening = 'called'
    GROUP BY a.id, a.step
    HAVING count(s.id) <> a.step OR count(DISTINCT s.nth) <> count(s.id)
"""
_OWNERS = """
    SELECT id FROM alert WHERE (state = 'accepted' AND owner_id IS NULL)
        OR (state = 'open' AND (owner_id IS NOT NULL OR escalates_at IS NULL))
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


async def _trail_is_whole(node: Node, _connection: AsyncConnection) -> list[str]:
    return [str(fault) for fault in (await verify(node)).faults[:MOST_TOLD]]


async def _months(_node: Node, connection: AsyncConnection) -> list[str]:
    return await lacking(connection)


CHECKS: list[tuple[str, str, Check]] = [
    ("I2a", "At most one open stay per bed.", _empty(_TWO_IN_A_BED)),
    ("I2b", "At most one open stay per patient.", _empty(_TWO_BEDS)),
    ("I2c", "A bed is occupied exactly while somebody lies in it.", _empty(_BED_DISAGREES)),
    ("I2d", "A patient's ward is the ward of the bed.", _empty(_WARD_DISAGREES)),
    ("I4", "Every received message was stored and answered.", _empty(_LOST_MESSAGE)),
    ("I13a", "An alert that nobody has will call the next.", _empty(_SILENT_ALERT)),
    ("I13b", "Each call of an alert was made once.", _empty(_CALLED_TWICE)),
    ("I13c", "An alert has one owner or a timer.", _empty(_OWNERS)),
    *((name, sentence, _empty(query)) for name, sentence, query in invariants_medicines.QUERIES),
    *((name, sentence, _empty(query)) for name, sentence, query in invariants_offers.QUERIES),
    ("I6", "The trail is as it was sealed.", _trail_is_whole),
    ("I15", "Every look through break-glass names its case.", _empty(_UNNAMED_LOOK)),
    ("I14", "The trail has its months, and nothing lies outside of them.", _months),
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
    try:
        key, version = crypto.whole(keys.get(place.subject_id, crypto.BROKEN))
        crypto.unseal(key, place, envelope, version)
    except crypto.Erased:
        return []
    except crypto.Unreadable as error:
        return [f"{where}: {error.why}"]
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
_OPENED = "Every page that was answered has a trail row of its own."
_SAVED = "No acknowledged write is missing."
_AFTER = "Nothing was shown later than a second after the right to it ended."
_GREW = "Versions never shrink."
_ROW = text("""
    SELECT 1 FROM audit_event
    WHERE (session_id = :session OR request_id = :request) AND :patient = ANY(patients)
        AND outcome = '0' AND at <= :at LIMIT 1
""").bindparams(bindparam("at", type_=DateTime(timezone=True)))
_LOOKS = text("SELECT count(*) FROM audit_event WHERE session_id = :session AND code = :code")
_REV = text("SELECT rev FROM live_topic WHERE topic = :topic")
_WITNESSED: list[tuple[str, str, Callable[[AsyncConnection, Notes], Awaitable[list[str]]]]] = []


async def _witnessed(connection: AsyncConnection, notes: Notes | None) -> list[Finding]:
    if notes is None:
        why = "only with --witness FILE"
        return [Finding(name, sentence, None, why) for name, sentence, _ in _WITNESSED]
    return [
        Finding(name, sentence, (await check(connection, notes))[:MOST_TOLD])
        for name, sentence, check in _WITNESSED
    ]


async def _unrecorded(connection: AsyncConnection, notes: Notes) -> list[str]:
    """Look for each shown patient: {"saw": patient, "session" or "request": id, "at": instant}."""
    missing, earliest = [], dict[tuple[str, str, str], str]()
    for note in notes:
        if "saw" in note:
            who = (note["saw"], note.get("session") or "", note.get("request") or "")
            at = note.get("at") or "9999-12-31T00:00:00+00:00"
            earliest[who] = min(at, earliest.get(who, at))
    for (patient, session, request), at in earliest.items():
        values = {
            "session": _id(session),
            "request": _id(request),
            "patient": _id(patient),
            "at": datetime.fromisoformat(at),
        }
        if (await connection.execute(_ROW, values)).first() is None:
            missing.append(f"{patient} was shown without a trail")
    return missing


async def _unopened(connection: AsyncConnection, notes: Notes) -> list[str]:
    """Count the looks of each session: {"opened": code of the page, "session": id}."""
    missing = []
    answered = Counter((note["opened"], note["session"]) for note in notes if "opened" in note)
    for (code, session), times in answered.items():
        looks = await connection.scalar(_LOOKS, {"code": code, "session": _id(session)})
        if looks < times:
            missing.append(f"{code} was answered {times} times and recorded {looks} times")
    return missing


async def _unsaved(connection: AsyncConnection, notes: Notes) -> list[str]:
    """Look for each acknowledged revision: {"saved": topic, "rev": n}."""
    newest = dict[str, int]()
    for note in notes:
        if "saved" in note:
            newest[note["saved"]] = max(note["rev"], newest.get(note["saved"], 0))
    missing = []
    for topic, rev in newest.items():
        now = await connection.scalar(_REV, {"topic": topic})
        if now is None or now < rev:
            missing.append(f"{topic} was acknowledged at {rev}, is at {now}")
    return missing


async def _unstopped(_connection: AsyncConnection, notes: Notes) -> list[str]:
    """Compare what a session saw with its end: {"over": session, "at": instant}."""
    ends = {note["over"]: datetime.fromisoformat(note["at"]) for note in notes if "over" in note}
    return [
        f"{note['saw']} was shown to {note['session']} after its end"
        for note in notes
        if "saw" in note and note.get("at") and note.get("session") in ends
        if datetime.fromisoformat(note["at"]) > ends[note["session"]] + LATEST
    ]


async def _shrunk(connection: AsyncConnection, notes: Notes) -> list[str]:
    """Compare each version that was seen: {"table": name, "id": row, "version": n}."""
    smaller = []
    for note in notes:
        if "version" in note:
            table = Model.metadata.tables[note["table"]]
            mine = select(table.c.version).where(table.c.id == _id(note["id"]))
            now = await connection.scalar(mine)
            if now is None or now < note["version"]:
                smaller.append(f"{note['table']} {note['id']} was {note['version']}, is {now}")
    return smaller


_WITNESSED += [
    ("I5", _SHOWN, _unrecorded),
    ("I5b", _OPENED, _unopened),
    ("I8", _SAVED, _unsaved),
    ("I9", _AFTER, _unstopped),
    ("I12", _GREW, _shrunk),
]


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None
