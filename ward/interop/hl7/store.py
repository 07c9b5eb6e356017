"""Store: one row for each distinct message, its text sealed, its order settled."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, bindparam, exists, select, text
from sqlalchemy.dialects.postgresql import insert

from domain.access import Permission
from ward.db import new_id
from ward.interop.hl7.codes import Fault, Outcome, Use
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.models import Hl7Body, Hl7Message, Hl7Subject, MessageState
from ward.interop.hl7.moments import moment
from ward.interop.hl7.subjects import lock_keys, subjects
from ward.interop.hl7.topics import changed
from ward.interop.hl7.wire import Reading
from ward.work import Work

MAY = Permission.REVIEW_MESSAGES
RECEIVING, PROCESSING = 0x484C3701, 0x484C3702
"""Two families of advisory locks on subjects: receipt is never kept waiting by an effect."""
_LONGEST_NAME, _LONGEST_NUMBER, _LONGEST_CODE = 227, 199, 20
_LONGEST_ERROR = 2000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_LOCK = text(
    "SELECT pg_advisory_xact_lock(:family, key::int)"
    " FROM (SELECT unnest(:keys) AS key ORDER BY 1) AS wanted"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A message as it came, what was read in it, and what it will be answered."""

    block: bytes
    peer: str
    sha256: bytes
    reading: Reading
    answer: bytes


async def keep(work: Work, message: Message) -> bytes | None:
    """Store a message; of one that is known give its first answer instead."""
    hashes = subjects(work.node.vault, message.reading)
    await lock(work, RECEIVING, hashes)  # the order of receipt is the order of commits
    row_id = new_id()
    values = _values(work, message) | {"id": row_id, "version": 1}
    values["flagged"] = await _reused(work, values)
    statement = insert(Hl7Message).values(values).on_conflict_do_nothing().returning(Hl7Message.id)
    connection = await work.connection()
    if (await connection.execute(statement)).first() is None:
        return await _first_answer(work, values)
    body = Hl7Body(id=new_id(), message_id=row_id)
    await work.seal(body, raw=message.block.decode("latin-1"), ack=message.answer.decode("latin-1"))
    work.add(body, MAY)
    name_subjects(work, row_id, hashes)
    if values["state"] is MessageState.RECEIVED:
        work.record(MessageWaits(row_id))
    await changed(work)
    return None


def name_subjects(work: Work, message_id: UUID, hashes: tuple[bytes, ...]) -> None:
    """Note whom a message is about."""
    for one in hashes:
        work.add(Hl7Subject(message_id=message_id, hash=one), MAY)


async def lock(work: Work, family: int, hashes: tuple[bytes, ...]) -> None:
    """Keep other messages of these subjects waiting until this transaction ends."""
    connection = await work.connection()
    await connection.execute(_LOCK, {"family": family, "keys": lock_keys(hashes)})


def told(faults: tuple[Fault, ...]) -> str:
    """Write down what is wrong: places and rules, never content."""
    lines = (f"{one.location or 'message'}: {one.text} ({one.code})" for one in faults)
    return "; ".join(lines)[:_LONGEST_ERROR]


def state_of(reading: Reading) -> tuple[MessageState, bool]:
    """Tell what happens next with a message, and whether it is only kept."""
    match reading.outcome:
        case Outcome.REFUSED:
            return MessageState.DONE, False
        case Outcome.UNREADABLE:
            return MessageState.DEAD, False
        case Outcome.ACCEPTED:
            kept = reading.use is Use.KEPT
            return (MessageState.DONE if kept else MessageState.RECEIVED), kept


def _values(work: Work, message: Message) -> dict[str, Any]:
    reading, sent = message.reading, message.reading.envelope
    state, kept = state_of(reading)
    return {
        "received_at": work.now,
        "peer": _clean(message.peer, _LONGEST_NAME) or "",
        "msh3": _clean(sent.sending_application, _LONGEST_NAME),
        "msh4": _clean(sent.sending_facility, _LONGEST_NAME),
        "msh10": _clean(sent.control_id, _LONGEST_NUMBER),
        "sha256": message.sha256,
        "message_type": _clean(sent.type, _LONGEST_CODE) or "",
        "event": _clean(sent.event, _LONGEST_CODE) or "",
        "outcome": reading.outcome,
        "kept": kept,
        "state": state,
        "error": told(reading.faults) or None,
        "remarks": [],
        "recorded_at": recorded_at(reading),
        "attempts": 0,
        "next_at": work.now,
        "acked_at": work.now,
        "done_at": work.now if state is MessageState.DONE else None,
    }


def recorded_at(reading: Reading) -> datetime | None:
    """Read when the sender wrote the event down (EVN-2); later and earlier is all it serves."""
    evn = reading.message.first("EVN") if reading.message else None
    written = moment(evn.text(2), UTC) if evn else None
    return written.at if written else None


def _clean(sent: str, longest: int) -> str | None:
    return _UNPRINTABLE.sub("", sent)[:longest] or None


async def _reused(work: Work, values: dict[str, Any]) -> bool:
    """Say whether the sender gave this number to another message before."""
    if values["msh10"] is None:
        return False
    same = exists().where(*_numbered(values), Hl7Message.sha256 != values["sha256"])
    return bool(await (await work.connection()).scalar(select(same)))


def _numbered(values: dict[str, Any]) -> list[ColumnElement[bool]]:
    """Ask for sender and number so that the unique index answers (IS NOT DISTINCT could not)."""
    columns = (Hl7Message.msh3, Hl7Message.msh4, Hl7Message.msh10)
    sent = (values["msh3"], values["msh4"], values["msh10"])
    return [
        column.is_(None) if value is None else column == value
        for column, value in zip(columns, sent, strict=True)
    ]


async def _first_answer(work: Work, values: dict[str, Any]) -> bytes:
    """Open what was answered when this very message came first."""
    same = (
        select(Hl7Body)
        .join(Hl7Message, Hl7Message.id == Hl7Body.message_id)
        .where(*_numbered(values), Hl7Message.sha256 == values["sha256"])
    )
    (body,) = await work.every(same, MAY)
    answer: str = (await work.open([body], Hl7Body.ack))[body.id]
    return answer.encode("latin-1")
