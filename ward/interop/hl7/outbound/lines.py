"""Lines: messages stand in line, per patient and receiver; a refused one holds back the others."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlalchemy.types import DateTime

from domain.access import D1, D4, DataClass, Permission
from ward import clock
from ward.crypto import Unreadable
from ward.db import new_id
from ward.interop.hl7.outbound.events import OutboundWaits
from ward.interop.hl7.outbound.models import AHEAD, Hl7Outbound, OutState
from ward.interop.hl7.outbound.receiver_models import Hl7Receiver, ReceiverState
from ward.interop.hl7.outbound.receivers import Receiver
from ward.interop.hl7.outbound.replies import Meaning, Reply
from ward.interop.hl7.outbound.shown import changed
from ward.node import Node
from ward.quarantine import tell
from ward.security.actors import System
from ward.work import Work, work_as

MAY = Permission.REVIEW_MESSAGES
BACK_OFF = tuple(timedelta(seconds=one) for one in (1, 5, 30, 120, 600))
"""After a failure; the last one repeats for as long as it takes."""
AWAY_MOST = timedelta(seconds=30)
"""One that nobody can reach is tried this often at least: what waits for it may be urgent."""
LEASE = timedelta(seconds=45)
"""How long a node has a message to itself; longer than it waits for the answer."""
AWAY = "unreachable"
UNOPENED = "unopened"
OF_TWO = ("A17",)
"""Events of messages that are about two patients."""
SENDER = System("job:hl7.out", frozenset({MAY, Permission.VIEW_PLACES}))
_LOCK = text("SELECT pg_advisory_xact_lock(:family, hashtext(:patient))")
_WRITING = 0x484C3703
_NOBODYS = """
    SELECT id FROM hl7_outbound WHERE receiver = :receiver AND state = 'waiting'
        AND (leased_until IS NULL OR leased_until <= :now) AND {0}
    ORDER BY seq FOR UPDATE SKIP LOCKED
"""
_NOW, _THEN = (bindparam(name, type_=DateTime(timezone=True)) for name in ("now", "then"))
_AFTER_RETURN = text(
    "UPDATE hl7_outbound SET next_at = :now WHERE id IN"  # noqa: S608 - constants
    f" ({_NOBODYS.format('next_at > :now AND starts_with(error, :away)')})"
).bindparams(_NOW)
_WHILE_AWAY = text(
    "UPDATE hl7_outbound SET next_at = :then, error = :error WHERE id IN"  # noqa: S608 - constants
    f" ({_NOBODYS.format('next_at <= :now')})"
).bindparams(_NOW, _THEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told: the kind of message, and the fact it is about, so that it is told once."""

    kind: str
    event: str
    once: str


@dataclass(frozen=True, slots=True, repr=False)
class Rest:
    """What a message says of a second patient; it follows what it says of the first."""

    patient_id: UUID
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A message that this node may send now."""

    id: UUID
    control_id: str
    raw: bytes


async def in_turn(work: Work, patient_id: UUID) -> None:
    """Have what is told of one patient written down one after the other."""
    wanted = {"family": _WRITING, "patient": str(patient_id)}
    await (await work.connection()).execute(_LOCK, wanted)


async def is_told(work: Work, receiver: Receiver, once: str) -> bool:
    """Say whether a fact was told to a receiver, or is about to be."""
    known = exists().where(Hl7Outbound.receiver == receiver.name, Hl7Outbound.once == once)
    return bool(await (await work.connection()).scalar(select(known)))


async def put(  # noqa: PLR0913 - whose line, to whom, of what, and what it says
    work: Work,
    patient_id: UUID,
    receiver: Receiver,
    telling: Telling,
    write: Callable[[str], str],
    *,
    rest: Rest | None = None,
) -> bool:
    """Put a message at the end of its patient's line; False when this was told already.

    `write` gives the text for a control id. With a `rest` it waits in the second's line too.
    """
    about = [patient_id, *([rest.patient_id] if rest else [])]
    for one in sorted(about):
        await in_turn(work, one)
    number = new_control_id()
    values = await _values(work, receiver, telling, patient_id, write(number))
    if not await _insert(work, values | {"control_id": number}):
        return False
    if rest:
        more = await _values(work, receiver, telling, rest.patient_id, rest.text)
        named = {"control_id": f"{number}/2", "once": f"{telling.once}/2"}
        await _insert(work, more | named | {"part_of_id": values["id"]})
    work.shown(about, _classes(telling.kind))
    work.record(OutboundWaits(values["id"]))
    await changed(work)
    return True


async def _values(
    work: Work, receiver: Receiver, telling: Telling, patient_id: UUID, raw: str
) -> dict[str, Any]:
    row = Hl7Outbound(id=new_id(), patient_id=patient_id)
    await work.seal(row, raw=raw)
    return {
        "id": row.id,
        "version": 1,
        "patient_id": patient_id,
        "receiver": receiver.name,
        "message_type": telling.kind,
        "event": telling.event,
        "once": telling.once,
        "raw": row.raw,
        "state": OutState.WAITING,
        "attempts": 0,
        "made_at": work.now,
        "next_at": work.now,
    }


async def _insert(work: Work, values: dict[str, Any]) -> bool:
    fresh = insert(Hl7Outbound).values(values).on_conflict_do_nothing().returning(Hl7Outbound.id)
    return (await (await work.connection()).execute(fresh)).first() is not None


def _classes(kind: str) -> list[DataClass]:
    """Tell what leaves by a message: who somebody is and where, or what was ordered and given."""
    return [D1] if kind == "ADT" else [D4]


async def rest_of(work: Work, row: Hl7Outbound) -> list[Hl7Outbound]:
    """Find what a message says of a second patient."""
    if row.event not in OF_TWO:
        return []
    return await work.every(select(Hl7Outbound).where(Hl7Outbound.part_of_id == row.id), MAY)


async def alike(work: Work, row: Hl7Outbound) -> None:
    """Have the rest of a message stand where the message stands."""
    for one in await rest_of(work, row):
        one.state, one.error, one.attempts = row.state, row.error, row.attempts
        one.next_at, one.acked_at, one.settled_at = row.next_at, row.acked_at, row.settled_at


def new_control_id() -> str:
    """Make up a control id; twenty characters, as MSH-10 of 2.5.1 allows."""
    return f"W-{secrets.token_hex(9)}"


async def take(node: Node, receiver: Receiver) -> Letter | None:
    """Take the next message that may go to this receiver, for as long as the lease lasts.

    One that does not open is set aside, like one that was refused, and the next is taken.
    """
    while await _anything(node, receiver):  # no work, and no row of the trail, for nothing
        async with work_as(node, SENDER, "hl7.out.take") as work:
            ready = select(Hl7Outbound).where(*_ready(receiver, work.now)).order_by(Hl7Outbound.seq)
            rows = await work.every(
                ready.limit(1).with_for_update(skip_locked=True, of=Hl7Outbound), MAY
            )
            if not rows:
                return None
            try:
                return await _letter(work, rows[0])
            except Unreadable as error:
                await _set_aside(work, rows[0], error)
    return None


async def _letter(work: Work, row: Hl7Outbound) -> Letter:
    parts = [row, *await rest_of(work, row)]
    texts: dict[UUID, str] = await work.open(parts, Hl7Outbound.raw)
    work.shown([one.patient_id for one in parts], _classes(row.message_type))
    row.leased_until, row.attempts = work.now + LEASE, row.attempts + 1
    raw = "".join(texts[one.id] for one in parts)
    return Letter(row.id, row.control_id, raw.encode())


async def _set_aside(work: Work, row: Hl7Outbound, error: Unreadable) -> None:
    """Have a person decide about what cannot be sent; the line of other patients goes on."""
    tell(error)
    row.state, row.error = OutState.DEAD, f"{UNOPENED} ({error.why})"
    row.leased_until = None
    await alike(work, row)
    await changed(work, alarm=True)


async def _anything(node: Node, receiver: Receiver) -> bool:
    """Say whether a message may go to this receiver now."""
    waits = select(exists(select(Hl7Outbound.id).where(*_ready(receiver, clock.now()))))
    async with node.asking.connect() as connection:
        return bool(await connection.scalar(waits))


async def answered(node: Node, receiver: Receiver, letter: Letter, reply: Reply) -> None:
    """Note what the receiver said; whoever was waiting for it to come back goes on at once."""
    async with work_as(node, SENDER, "hl7.out.answered") as work:
        row = await work.access(Hl7Outbound, letter.id, MAY, lock=True)
        if row.state is not OutState.WAITING:  # a person gave it up, or another node was quicker
            return
        row.leased_until = None
        with suppress(Unreadable):  # erased meanwhile: how it stands counts, not the words
            await work.seal(row, answer=reply.text)
        match reply.meaning:
            case Meaning.TAKEN:
                row.state, row.error = OutState.SENT, None
                row.acked_at = row.settled_at = work.now
                now = {"now": work.now, "receiver": receiver.name, "away": AWAY}
                await (await work.connection()).execute(_AFTER_RETURN, now)
            case Meaning.REFUSED:
                row.state, row.error = OutState.DEAD, reply.codes
            case _:
                row.next_at, row.error = work.now + pause(row.attempts), reply.codes
        await alike(work, row)
        await changed(work, alarm=row.state is OutState.DEAD)


async def unreachable(node: Node, receiver: Receiver, letter: Letter, error: BaseException) -> None:
    """Note that nobody answered; all that waits for this receiver waits as long."""
    async with work_as(node, SENDER, "hl7.out.failed") as work:
        row = await work.access(Hl7Outbound, letter.id, MAY, lock=True)
        if row.state is not OutState.WAITING:
            return
        row.leased_until, row.error = None, f"{AWAY} ({type(error).__name__})"
        row.next_at = work.now + min(pause(row.attempts), AWAY_MOST)
        told = {"now": work.now, "then": row.next_at, "error": row.error, "receiver": receiver.name}
        await work.flush()
        await (await work.connection()).execute(_WHILE_AWAY, told)
        await changed(work)


def pause(attempts: int) -> timedelta:
    """Tell how long a message waits after so many attempts."""
    return BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


def _ready(receiver: Receiver, now: datetime) -> tuple[ColumnElement[bool], ...]:
    column = Hl7Outbound.__table__.c.state
    return (
        Hl7Outbound.receiver == receiver.name,
        column == literal(OutState.WAITING, column.type, literal_execute=True),
        Hl7Outbound.next_at <= now,
        or_(Hl7Outbound.leased_until.is_(None), Hl7Outbound.leased_until <= now),
        Hl7Outbound.part_of_id.is_(None),
        *_standing(receiver),
        ~behind(),
    )


def _standing(receiver: Receiver) -> tuple[ColumnElement[bool], ...]:
    """Say in SQL that a receiver still listens there, and is not paused: asked as one is taken."""
    if not receiver.added:
        return ()
    row = Hl7Receiver
    there = (row.host == receiver.host, row.port == receiver.port)
    return (exists().where(row.name == receiver.name, row.state == ReceiverState.TOLD, *there),)


def behind() -> ColumnElement[bool]:
    """Say in SQL that an earlier message of the same patient to this receiver is not settled.

    Of a message about two patients: of either.
    """
    rest = aliased(Hl7Outbound)
    two = Hl7Outbound.event.in_(OF_TWO)
    other = exists().where(rest.part_of_id == Hl7Outbound.id, _overtakes(rest))
    return or_(_overtakes(Hl7Outbound), and_(two, other))


def _overtakes(row: type[Hl7Outbound]) -> ColumnElement[bool]:
    earlier = aliased(Hl7Outbound)
    return exists().where(
        earlier.patient_id == row.patient_id,
        earlier.receiver == row.receiver,
        earlier.seq < row.seq,
        earlier.state.in_(AHEAD),
    )
