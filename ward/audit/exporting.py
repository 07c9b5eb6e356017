"""Exporting: events as CSV, NDJSON or FHIR AuditEvent, streamed; each piece is its own look."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_

from domain.access import Permission
from ward.audit import fhir, queries, words
from ward.audit.asking import Asked
from ward.audit.taking import Taking, taking
from ward.node import Node
from ward.security.actors import Actor, System
from ward.security.limits import Limit
from ward.trail import AuditEvent, AuditIntent
from ward.work import work_as

LIMIT = Limit("audit-export", 5, 3600)
PIECE = 1_000
COLUMNS = (
    "id", "at", "who", "actor_id", "role", "did", "what", "code", "patients", "where", "why",
    "outcome", "data_classes", "resource", "resource_id", "session_id", "request_id",
    "break_glass",
)  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take these for formulas


class Form(StrEnum):
    """How events are written."""

    CSV = "csv"
    NDJSON = "ndjson"
    FHIR = "fhir"


MEDIA = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.NDJSON: "application/x-ndjson",
    Form.FHIR: "application/fhir+ndjson",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be taken out, and by whom."""

    node: Node
    actor: Actor | System
    asked: Asked
    form: Form
    intent: AuditIntent
    zone: ZoneInfo


async def stream(order: Order) -> AsyncIterator[bytes]:
    """Give the file piece by piece; the trail has each piece before it leaves."""
    question, last = order.asked.query(order.zone), None
    async with taking(Taking(order.node, order.actor, order.form.value, question)) as out:
        head = _csv([COLUMNS]) if order.form is Form.CSV else b""
        out.left(head, 0)
        yield head
        while True:
            await out.allowed()
            piece, rows = await _piece(order, last)
            if rows:
                last = (rows[-1].at, rows[-1].id)
            out.left(piece, len(rows))
            if piece:
                yield piece
            if len(rows) < PIECE:
                break


async def _piece(order: Order, last: Any) -> tuple[bytes, list[AuditEvent]]:
    async with work_as(order.node, order.actor, order.intent.code, reading=True) as work:
        await queries.plan_by_value(work)
        chosen = select(AuditEvent).where(*queries.selected(work, order.asked))
        if last:
            chosen = chosen.where(tuple_(AuditEvent.at, AuditEvent.id) < last)
        chosen = chosen.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(PIECE)
        rows = await work.every(chosen, Permission.EXPORT_TRAIL)
        work.shown({one for row in rows for one in row.patients}, ())
        detail = {"form": order.form.value, "events": len(rows)}
        work.intent = replace(
            work.intent, request_id=order.intent.request_id, items=len(rows), detail=detail
        )
        told = await queries.lines(work, rows)
    return _written(order.form, list(zip(rows, told, strict=True))), rows


Told = list[tuple[AuditEvent, queries.Line]]


def _written(form: Form, told: Told) -> bytes:
    write: dict[Form, Callable[[AuditEvent, queries.Line], Any]] = {
        Form.NDJSON: facts,
        Form.FHIR: lambda row, _line: fhir.resource(row),
    }
    if form is Form.CSV:
        return _csv([_cells(facts(row, line)) for row, line in told])
    lines = (json.dumps(write[form](row, line), ensure_ascii=False) for row, line in told)
    return "".join(f"{line}\n" for line in lines).encode()


def facts(row: AuditEvent, line: queries.Line) -> dict[str, Any]:
    """Give an event in plain values: people of the house by name, patients by their ids."""
    return {
        "id": str(row.id),
        "at": row.at.isoformat(),
        "who": line.who,
        "actor_id": _text(row.actor_id),
        "role": line.role,
        "did": line.did,
        "what": line.what,
        "code": row.code,
        "patients": [str(one) for one in row.patients],
        "where": line.where,
        "why": words.why(row.relation),
        "outcome": row.outcome.value,
        "data_classes": row.data_classes,
        "resource": row.resource,
        "resource_id": _text(row.resource_id),
        "session_id": _text(row.session_id),
        "request_id": _text(row.request_id),
        "break_glass": _text(row.break_glass),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _cells(given: dict[str, Any]) -> list[str]:
    cells = [
        " ".join(value) if isinstance(value, list) else value or "" for value in given.values()
    ]
    return [f"'{cell}" if str(cell).startswith(_RISKY) else str(cell) for cell in cells]


def _csv(rows: Any) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode()
