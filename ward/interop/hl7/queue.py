"""Queue: which message is next, and what becomes of it: done, in review, tried again, or dead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import DateTime

from domain.access import D0, Permission
from ward import clock
from ward.interop.hl7.facts import Fact, fact_of
from ward.interop.hl7.intake import named, read, rules_of
from ward.interop.hl7.models import (
    Hl7Body,
    Hl7Message,
    Hl7Subject,
    MessageState,
    ReviewReason,
    stands,
)
from ward.interop.hl7.oru import RESULT
from ward.interop.hl7.rde import ORDER
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.interop.hl7.store import PROCESSING
from ward.interop.hl7.topics import changed
from ward.interop.hl7.unmatched.waiting import hold, settle
from ward.interop.hl7.waits import Effect, Waits
from ward.node import Node
from ward.security.actors import System
from ward.work import Work, work_as, work_watching

MAY = Permission.REVIEW_MESSAGES
BACK_OFF = tuple(timedelta(seconds=one) for one in (1, 5, 30, 120, 600))
"""After a failure that nobody understands a message is tried again five times."""
MOST = 50
MINDER = System("job:hl7", frozenset({MAY, Permission.WATCH_MESSAGES, Permission.VIEW_PLACES}))
# The first four bytes of a subject's hash, as `lock_keys` reads them.
_TRY_LOCK = text("""
    SELECT message_id, array_agg(hash), bool_and(pg_try_advisory_xact_lock(
        :family, ('x' || encode(substr(hash, 1, 4), 'hex'))::bit(32)::int
    ))
    FROM hl7_subject WHERE message_id = ANY(:messages) GROUP BY message_id
""").bindparams(bindparam("messages", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class Next:
    """A message that could be processed now, and whose it is."""

    id: UUID
    sender: str | None
    alone: bool = True
    """It may move somebody, so that another patient's next message can depend on it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that nobody else is at, and what it says."""

    message: Hl7Message
    body: Hl7Body
    subjects: list[bytes]
    """Whom it is about, as keyed hashes."""


class Taken(Exception):
    """Others are at these messages, or have done them."""


async def due(node: Node) -> list[Next]:
    """List messages that may go now, in the order of receipt."""
    async with work_watching(node, "hl7.due", frozenset({D0})) as work:
        waiting = await work.every(DUE, Permission.WATCH_MESSAGES, now=clock.now())
        return [Next(one.id, one.msh3, one.message_type != RESULT) for one in waiting]


async def claim(work: Work, wanted: Sequence[UUID]) -> list[Claimed]:
    """Lock, for this transaction, what of these may still go and nobody else is at; or Taken."""
    now = clock.now()
    rows = await work.every(_MINE, Permission.WATCH_MESSAGES, keys=True, wanted=wanted, now=now)
    locks = {"family": PROCESSING, "messages": [message.id for _, message in rows]}
    locked = await (await work.connection()).execute(_TRY_LOCK, locks) if rows else ()
    subjects = {message_id: hashes for message_id, hashes, free in locked if free}
    if not subjects:
        raise Taken
    return [
        Claimed(message, body, subjects[message.id])
        for body, message in rows
        if message.id in subjects
    ]


async def facts(work: Work, claimed: Claimed) -> Fact:
    """Read what a message says; where somebody corrected it, the corrected text."""
    body = claimed.body
    raw = (await work.open([body], Hl7Body.corrected))[body.id]
    raw = raw or (await work.open([body], Hl7Body.raw))[body.id]
    rules = await rules_of(work)
    reading = await read(raw.encode("latin-1"), rules)
    return fact_of(reading, rules.zone)


async def done(work: Work, message: Hl7Message, effect: Effect) -> None:
    """Mark a message as done in the very commit of its effect: never twice, never lost.

    What of it must wait puts the message before a person.
    """
    message.state, message.done_at = MessageState.DONE, work.now
    message.remarks, message.error, message.reason = list(effect.remarks), None, None
    message.kept = effect.kept
    if effect.rest:
        message.state, message.done_at = MessageState.REVIEW, None
        message.reason, message.review_place = effect.rest.reason, effect.rest.place
        await _held(work, message, effect.rest)
    elif message.version > 1:  # it has waited before
        await settle(work, message.id)
    changed(work)


async def wait(node: Node, message: Next, why: Waits) -> None:
    """Put a message before a person; its patient's later messages wait behind it."""
    async with work_as(node, _sender(message), "hl7.review") as work:
        row = await _waiting(work, message)
        if row is None:
            return
        row.state, row.reason, row.review_place = MessageState.REVIEW, why.reason, why.place
        row.error = None
        await _held(work, row, why)
        changed(work)


async def fail(node: Node, message: Next, error: BaseException) -> MessageState:
    """Try again later, or give the message up to a person after the last try."""
    async with work_as(node, _sender(message), "hl7.fail") as work:
        row = await _waiting(work, message)
        if row is None:
            return MessageState.DONE
        row.error = type(error).__name__
        if row.attempts < len(BACK_OFF):
            row.next_at = clock.now() + BACK_OFF[row.attempts]
            row.attempts += 1
        else:
            row.state = MessageState.DEAD
        changed(work)
        return row.state


def behind(message: Any = Hl7Message) -> ColumnElement[bool]:
    """Say in SQL that an earlier message of the same patient is not settled yet.

    A proposed merge lets others pass, and so do observations and orders: none moves anybody, and
    each may wait for long. One about an appointment holds back those about the same one alone.

    Asked step by step, each by its index: left to choose, PostgreSQL compares every message with
    every other when a burst comes after it last counted the rows.
    """
    mine, theirs, earlier = aliased(Hl7Subject), aliased(Hl7Subject), aliased(Hl7Message)
    others = (
        select(theirs.message_id)
        .where(theirs.hash == mine.hash, theirs.message_id != mine.message_id)
        .correlate(mine)
        .offset(0)
        .lateral()
    )
    first = (
        select(earlier.id)
        .where(
            earlier.id == others.c.message_id,
            earlier.received_seq < message.received_seq,
            or_(earlier.state == MessageState.RECEIVED, holds(earlier)),
            or_(mine.appointment, earlier.message_type != SCHEDULING),
        )
        .correlate(message, mine, others)
        .offset(0)
        .lateral()
    )
    return exists().select_from(mine, others, first).where(mine.message_id == message.id)


def holds(message: Any) -> ColumnElement[bool]:
    """Say in SQL that a message in review holds back later ones of its subjects."""
    return and_(
        message.state == MessageState.REVIEW,
        message.reason.not_in((ReviewReason.MERGE, ReviewReason.UNKNOWN_APPOINTMENT)),
        message.message_type.not_in((RESULT, ORDER)),
    )


def _ready() -> ColumnElement[bool]:
    return stands(MessageState.RECEIVED) & (Hl7Message.next_at <= _NOW) & ~behind()


_NOW = bindparam("now", type_=DateTime(timezone=True))
DUE = select(Hl7Message).where(_ready()).order_by(Hl7Message.received_seq).limit(MOST)
_MINE = (
    select(Hl7Body, Hl7Message)
    .join(Hl7Message, Hl7Message.id == Hl7Body.message_id)
    .where(Hl7Message.id == any_(bindparam("wanted", type_=ARRAY(Uuid))), _ready())
    .order_by(Hl7Message.received_seq)
    .with_for_update(skip_locked=True, of=Hl7Message)
)
"""Made once: they are asked for every message."""


def _sender(message: Next) -> System:
    return named(message.sender, MINDER.permissions)


async def _waiting(work: Work, message: Next) -> Hl7Message | None:
    """Lock a message that is still waiting: somebody may have settled it meanwhile."""
    mine = select(Hl7Message).where(
        Hl7Message.id == message.id, Hl7Message.state == MessageState.RECEIVED
    )
    found = await work.every(mine.with_for_update(of=Hl7Message), MAY)
    return found[0] if found else None


async def _held(work: Work, message: Hl7Message, why: Waits) -> None:
    """Keep why it waits; results without a patient wait for the laboratory too."""
    await _note(work, message.id, why.sentence)
    if why.worst is not None:
        await hold(work, message.id, why.worst)


async def _note(work: Work, message_id: UUID, sentence: str) -> None:
    bodies = await work.every(select(Hl7Body).where(Hl7Body.message_id == message_id), MAY)
    await work.seal(bodies[0], note=sentence)
