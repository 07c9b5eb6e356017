"""Store: one row for each distinct message, its text sealed, its order settled."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from domain.access import Permission
from ward import many
from ward.db import new_id
from ward.interop.hl7.codes import Fault, Outcome, Use
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.models import Hl7Body, Hl7Message, Hl7Subject, MessageState
from ward.interop.hl7.moments import moment
from ward.interop.hl7.siu import numbers
from ward.interop.hl7.siu.parts import SCHEDULING
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


async def keep(work: Work, messages: Sequence[Message]) -> list[bytes | None]:
    """Store messages of one sender, each with a number of its own, under a trail of its own.

    None for what is new; of a message that is known its first answer, to be given again.
    """
    pieces = [_Piece.of(work, message) for message in messages]
    everybody = {one for piece in pieces for one in piece.hashes}
    await lock(work, RECEIVING, everybody)  # the order of receipt is the order of commits
    await _flag(work, pieces)
    connection = await work.connection()
    stored = await connection.execute(_NEW, [piece.values for piece in pieces])
    ids = set(stored.scalars())
    await _write(work, [piece for piece in pieces if piece.id in ids])
    changed(work)
    return [
        None if piece.id in ids else await _first_answer(piece.work, piece.values)
        for piece in pieces
    ]


@dataclass(frozen=True, slots=True, repr=False)
class _Piece:
    """A message on its way into the table."""

    id: UUID
    work: Work
    message: Message
    hashes: tuple[bytes, ...]
    values: dict[str, Any]

    @classmethod
    def of(cls, work: Work, message: Message) -> "_Piece":
        row_id, mine = new_id(), work.also(work.actor, work.intent.code)
        values = _values(mine, message) | {"id": row_id, "version": 1, "flagged": False}
        return cls(row_id, mine, message, subjects(work.node.vault, message.reading), values)


_NEW = insert(Hl7Message).on_conflict_do_nothing().returning(Hl7Message.id)


async def _write(work: Work, pieces: Sequence[_Piece]) -> None:
    """Write down what new messages say, whom they are about, and that they wait."""
    bodies, named = list[Hl7Body](), list[Hl7Subject]()
    keys = many.new_keys(work, [piece.id for piece in pieces])
    for piece in pieces:
        sent, answer = piece.message.block.decode("latin-1"), piece.message.answer.decode("latin-1")
        body = Hl7Body(id=new_id(), message_id=piece.id)
        await piece.work.seal(body, raw=sent, ack=answer)
        about = _about(piece)
        piece.work.writes([body, *about], MAY)
        bodies.append(body)
        named += about
        if piece.values["state"] is MessageState.RECEIVED:
            piece.work.record(MessageWaits(piece.id))
    await many.insert(work, keys, bodies, named)


def _about(piece: _Piece) -> list[Hl7Subject]:
    booked = numbers.marks(piece.work.node.vault, piece.message.reading)
    return [
        Hl7Subject(id=new_id(), message_id=piece.id, hash=one, appointment=one in booked)
        for one in piece.hashes
    ]


def name_subjects(work: Work, message_id: UUID, reading: Reading, known: Iterable[bytes]) -> None:
    """Note whom a message is about, where that is not known yet."""
    booked = numbers.marks(work.node.vault, reading)
    for one in set(subjects(work.node.vault, reading)).difference(known):
        work.add(Hl7Subject(message_id=message_id, hash=one, appointment=one in booked), MAY)


async def lock(work: Work, family: int, hashes: Iterable[bytes]) -> None:
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
    """Read when the sender wrote the event down (EVN-2); later and earlier is all it serves.

    A message about an appointment has no EVN: there it is when it was sent.
    """
    evn = reading.message.first("EVN") if reading.message else None
    if evn is None and reading.envelope.type != SCHEDULING:
        return None
    written = moment(evn.text(2) if evn else reading.envelope.sent_at, UTC)
    return written.at if written else None


def _clean(sent: str, longest: int) -> str | None:
    return _UNPRINTABLE.sub("", sent)[:longest] or None


async def _flag(work: Work, pieces: Sequence[_Piece]) -> None:
    """Mark those whose number the sender gave to another message before."""
    numbers = [piece.values["msh10"] for piece in pieces if piece.values["msh10"] is not None]
    if not numbers:
        return
    sender = _numbered(pieces[0].values)[:-1]
    known = select(Hl7Message.msh10, Hl7Message.sha256).where(
        *sender, Hl7Message.msh10 == any_(bindparam("numbers", type_=ARRAY(Text)))
    )
    found = await (await work.connection()).execute(known, {"numbers": numbers})
    hashes = dict[str | None, set[bytes]]()
    for number, sha256 in found:
        hashes.setdefault(number, set()).add(sha256)
    for piece in pieces:
        others = hashes.get(piece.values["msh10"], set()) - {piece.message.sha256}
        piece.values["flagged"] = bool(others)


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
