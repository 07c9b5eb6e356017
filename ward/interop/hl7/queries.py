"""Queries: what the intake page shows: how many, which wait, and for what. Nothing personal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from domain.access import D0, Permission
from ward.beds.models import Bed
from ward.interop.hl7.models import (
    Hl7Message,
    Hl7Place,
    Hl7Subject,
    MessageState,
    ReviewReason,
    stands,
)
from ward.interop.hl7.queue import holds
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.places.models import Ward
from ward.projections import projection
from ward.work import Work

SEE = Permission.WATCH_MESSAGES
MOST = 100
RECENT = 30
DAY = timedelta(hours=24)


@projection(D0)
class Behind:
    """A message that waits behind another of the same patient."""

    id: UUID
    kind: str
    control_id: str


@projection(D0)
class MessageLine:
    """One message in a list."""

    id: UUID
    at: datetime
    sender: str
    kind: str
    control_id: str
    state: MessageState
    reason: ReviewReason | None
    place: str
    error: str
    attempts: int
    next_at: datetime
    flagged: bool
    kept: bool
    refused: bool
    remarks: tuple[str, ...]
    behind: tuple[Behind, ...]
    version: int


@projection(D0)
class Count:
    """One figure above the lists."""

    key: str
    label: str
    icon: str
    tone: str
    number: int


@projection(D0)
class PlaceLine:
    """What a sender's words for a place mean here."""

    id: UUID
    sender: str
    words: str
    meaning: str
    version: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the intake page shows."""

    counts: list[Count]
    review: list[MessageLine]
    dead: list[MessageLine]
    recent: list[MessageLine]


async def overview(work: Work) -> Overview:
    """Answer: what came in, what waits for a person, and what waits behind it?"""
    review = await _lines(work, _in(MessageState.REVIEW).limit(MOST))
    dead = await _lines(work, _in(MessageState.DEAD).limit(MOST))
    settled = (MessageState.RECEIVED, MessageState.DONE, MessageState.REJECTED)
    newest = select(Hl7Message).where(Hl7Message.state.in_(settled))
    recent = newest.order_by(Hl7Message.received_seq.desc()).limit(RECENT)
    return Overview(await _counts(work), review, dead, await _lines(work, recent))


async def line(work: Work, row: Hl7Message) -> MessageLine:
    """Answer: what does a list show of this message?"""
    return (await _shown(work, [row]))[0]


async def places(work: Work) -> list[PlaceLine]:
    """Answer: which places are mapped?"""
    listed = select(Hl7Place).order_by(Hl7Place.msh3, Hl7Place.place)
    return await _placed(work, await work.every(listed, Permission.REVIEW_MESSAGES))


async def place(work: Work, place_id: UUID) -> PlaceLine:
    """Answer: what does this place mean?"""
    row = await work.access(Hl7Place, place_id, Permission.REVIEW_MESSAGES)
    return (await _placed(work, [row]))[0]


async def _placed(work: Work, rows: Sequence[Hl7Place]) -> list[PlaceLine]:
    meanings = await _meanings(work, rows)
    return [
        PlaceLine(
            row.id,
            sender_of(row.msh3, row.msh4),
            spoken(row.place),
            meanings.get(row.id, "Another branch"),
            row.version,
        )
        for row in rows
    ]


def spoken(place: str | None) -> str:
    """Write a place as its parts: HUH AE OMU · OMU B · Bed 03."""
    return " · ".join(part for part in (place or "").split("^") if part)


def _in(state: MessageState) -> Select[Hl7Message]:
    return select(Hl7Message).where(stands(state)).order_by(Hl7Message.received_seq)


async def _lines(work: Work, listed: Select[Hl7Message]) -> list[MessageLine]:
    return await _shown(work, await work.every(listed, SEE))


async def _shown(work: Work, rows: Sequence[Hl7Message]) -> list[MessageLine]:
    behind = await _behind(work, [row.id for row in rows if row.state is MessageState.REVIEW])
    return [
        MessageLine(
            id=row.id,
            at=row.received_at,
            sender=sender_of(row.msh3, row.msh4),
            kind=" ".join(filter(None, (row.message_type, row.event))) or "No type",
            control_id=row.msh10 or "No number",
            state=row.state,
            reason=row.reason,
            place=spoken(row.review_place),
            error=row.error or "",
            attempts=row.attempts,
            next_at=row.next_at,
            flagged=row.flagged,
            kept=row.kept,
            refused=row.outcome.value == "R",
            remarks=tuple(row.remarks),
            behind=tuple(behind.get(row.id, ())),
            version=row.version,
        )
        for row in rows
    ]


def sender_of(application: str | None, facility: str | None) -> str:
    """Name a sending system as the lists do."""
    names = (part.split("^")[0] for part in (application, facility) if part)
    return ", ".join(names) or "Unnamed sender"


async def _behind(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[Behind]]:
    """List what waits behind each of these messages; each once, behind the first."""
    if not ids:
        return {}
    ahead, theirs = aliased(Hl7Subject), aliased(Hl7Subject)
    first, later = aliased(Hl7Message), aliased(Hl7Message)
    pairs = (
        select(later.id, func.min(first.received_seq))
        .join(theirs, theirs.message_id == later.id)
        .join(ahead, ahead.hash == theirs.hash)
        .join(first, and_(first.id == ahead.message_id, first.received_seq < later.received_seq))
        .where(first.id.in_(ids), holds(first))
        .where(or_(ahead.appointment, first.message_type != SCHEDULING))
        .where(later.state == MessageState.RECEIVED)
        .group_by(later.id)
        .limit(MOST)
    )
    found = {row[0]: row[1] for row in await (await work.connection()).execute(pairs)}
    wanted = select(Hl7Message).where(
        or_(Hl7Message.id.in_(found), Hl7Message.received_seq.in_(found.values()))
    )
    rows = await work.every(wanted.order_by(Hl7Message.received_seq), SEE)
    firsts = {row.received_seq: row.id for row in rows}
    listed: dict[UUID, list[Behind]] = {}
    for row in rows:
        if row.id in found:
            one = Behind(row.id, f"{row.message_type} {row.event}", row.msh10 or "")
            listed.setdefault(firsts[found[row.id]], []).append(one)
    return listed


async def _counts(work: Work) -> list[Count]:
    """Count what waits, and what came in the last day."""
    connection = await work.connection()
    open_states = (MessageState.RECEIVED, MessageState.REVIEW, MessageState.DEAD)
    waiting = await connection.execute(
        select(Hl7Message.state, func.count())
        .where(stands(*open_states))
        .group_by(Hl7Message.state)
    )
    by_state = {row[0]: row[1] for row in waiting}
    since = Hl7Message.received_at > work.now - DAY
    day = await connection.execute(
        select(
            func.count(),
            func.count().filter(Hl7Message.kept),
            func.count().filter(Hl7Message.flagged),
        ).where(since)
    )
    all_, kept, flagged = day.one()
    return [
        _count(
            "review", "To review", "clipboard-list", "warning", by_state.get(MessageState.REVIEW, 0)
        ),
        _count(
            "dead", "Dead letters", "octagon-alert", "critical", by_state.get(MessageState.DEAD, 0)
        ),
        _count("received", "Waiting", "clock", "", by_state.get(MessageState.RECEIVED, 0)),
        _count("kept", "Kept, 24 h", "file-text", "", kept),
        _count("flagged", "Number reused, 24 h", "triangle-alert", "", flagged),
        _count("all", "Received, 24 h", "arrow-up-down", "", all_),
    ]


def _count(key: str, label: str, icon: str, tone: str, number: int) -> Count:
    return Count(key, label, icon, tone if number else "", number)


async def _meanings(work: Work, rows: Iterable[Hl7Place]) -> dict[UUID, str]:
    """Say bed and ward of each mapping, as far as this person's branch reaches."""
    listed = list(rows)
    beds = select(Bed).where(Bed.id.in_([row.bed_id for row in listed if row.bed_id]))
    found = {bed.id: bed for bed in await work.every(beds, Permission.VIEW_BEDS)}
    wards = {row.ward_id for row in listed} | {bed.ward_id for bed in found.values()}
    named = select(Ward).where(Ward.id.in_([one for one in wards if one]))
    labels = {ward.id: ward.label for ward in await work.every(named, Permission.VIEW_BEDS)}
    said: dict[UUID, str] = {}
    for row in listed:
        if row.ward_id in labels:
            said[row.id] = labels[row.ward_id]
        elif bed := found.get(row.bed_id) if row.bed_id else None:
            said[row.id] = f"{labels.get(bed.ward_id, '')}, bed {bed.label}"
    return said
