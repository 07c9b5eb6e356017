"""Queries: what the page of outbound messages shows: how many, which wait, for what; no content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from domain.access import D0, D1, Permission
from ward.crypto import Erased, Unreadable
from ward.errors import Missing
from ward.interop.hl7 import withheld
from ward.interop.hl7.letters import allowed
from ward.interop.hl7.outbound.decide import keeps_words
from ward.interop.hl7.outbound.known import entries
from ward.interop.hl7.outbound.lines import behind, rest_of
from ward.interop.hl7.outbound.models import Hl7Outbound, OutState
from ward.interop.hl7.outbound.problem import said, unopened
from ward.interop.hl7.outbound.receivers import Kind, title
from ward.interop.hl7.queries import Count
from ward.interop.hl7.withheld import Line
from ward.projections import projection
from ward.quarantine import tell
from ward.work import Work

SEE, OPEN = Permission.WATCH_MESSAGES, Permission.REVIEW_MESSAGES
MOST, RECENT = 100, 30
WHOLE = Hl7Outbound.part_of_id.is_(None)
DAY = timedelta(hours=24)


@projection(D0)
class OutLine:
    """One message to another system, in a list."""

    id: UUID
    at: datetime
    receiver: str
    kind: str
    control_id: str
    state: OutState
    behind: bool
    attempts: int
    next_at: datetime
    error: str
    unopened: bool
    settled_at: datetime | None
    version: int


@projection(D1)
class OutText:
    """What a message says and what was answered, as far as the viewer's role may read.

    Nothing of it, where it does not open.
    """

    patients: tuple[UUID, ...]
    lines: tuple[Line, ...] = ()
    answer: tuple[Line, ...] = ()
    note: str = ""
    unopened: bool = False
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A system that is told something, and what."""

    name: str
    kinds: list[Kind]


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows."""

    counts: list[Count]
    dead: list[OutLine]
    waiting: list[OutLine]
    recent: list[OutLine]
    told: list[Told]


async def overview(work: Work) -> Overview:
    """Answer: what was refused, what waits, and what was taken lately?"""
    settled = select(Hl7Outbound).where(Hl7Outbound.settled_at.is_not(None), WHOLE)
    newest = settled.order_by(Hl7Outbound.settled_at.desc(), Hl7Outbound.seq.desc())
    return Overview(
        counts=await _counts(work),
        dead=await _lines(work, _in(OutState.DEAD)),
        waiting=await _lines(work, _in(OutState.WAITING)),
        recent=await _lines(work, newest.limit(RECENT)),
        told=[
            Told(title(one.receiver.name), [kind for kind in Kind if kind in one.receiver.kinds])
            for one in await entries(work)
        ],
    )


async def refused(work: Work) -> int:
    """Answer: how many messages did other systems refuse that nobody has decided about?"""
    if not work.may(SEE):
        return 0
    query = select(func.count()).where(Hl7Outbound.state == OutState.DEAD, WHOLE)
    return await (await work.connection()).scalar(query) or 0


async def line(work: Work, outbound_id: UUID) -> tuple[OutLine, OutText]:
    """Answer: what does this message say? The look is in the trail of its patient."""
    row = await _whole(work, outbound_id)
    parts = [row, *await rest_of(work, row)]
    patients = tuple(one.patient_id for one in parts)
    work.shown(patients, [D1])
    try:
        text = await _text(work, parts, patients)
    except Unreadable as error:
        tell(error)
        text = OutText(patients, unopened=True, erased=isinstance(error, Erased))
    return _line(row, behind=False), text


async def _text(work: Work, parts: Sequence[Hl7Outbound], patients: tuple[UUID, ...]) -> OutText:
    row = parts[0]
    texts: dict[UUID, str] = await work.open(parts, Hl7Outbound.raw)
    raw = "".join(texts[one.id] for one in parts)
    answer: str | None = (await work.open([row], Hl7Outbound.answer))[row.id]
    note: str | None = (await work.open([row], Hl7Outbound.note))[row.id]
    classes = allowed(work)
    return OutText(
        patients,
        tuple(withheld.lines(raw.encode(), classes)),
        tuple(withheld.lines((answer or "").encode(), classes | {D0})),
        note or "",
    )


async def brief(work: Work, outbound_id: UUID) -> tuple[OutLine, bool]:
    """Answer: which message is this, and can a reason be kept with it?"""
    row = await _whole(work, outbound_id)
    return _line(row, behind=False), await keeps_words(work, row)


async def _whole(work: Work, outbound_id: UUID) -> Hl7Outbound:
    """Find a message; the rest of one is shown with it."""
    row = await work.access(Hl7Outbound, outbound_id, OPEN)
    if row.part_of_id is not None:
        raise Missing
    return row


def _in(state: OutState) -> Select[Hl7Outbound]:
    rows = select(Hl7Outbound).where(Hl7Outbound.state == state, WHOLE)
    return rows.order_by(Hl7Outbound.seq).limit(MOST)


async def _lines(work: Work, listed: Select[Hl7Outbound]) -> list[OutLine]:
    rows = await work.every(listed, SEE)
    held = await _behind(work, [row.id for row in rows if row.state is OutState.WAITING])
    return [_line(row, behind=row.id in held) for row in rows]


async def _behind(work: Work, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    query = select(Hl7Outbound.id).where(Hl7Outbound.id.in_(ids), behind())
    return set((await (await work.connection()).execute(query)).scalars())


def _line(row: Hl7Outbound, *, behind: bool) -> OutLine:
    return OutLine(
        id=row.id,
        at=row.made_at,
        receiver=title(row.receiver),
        kind=f"{row.message_type} {row.event}",
        control_id=row.control_id,
        state=row.state,
        behind=behind,
        attempts=row.attempts,
        next_at=row.next_at,
        error=said(row.error),
        unopened=unopened(row.error),
        settled_at=row.settled_at,
        version=row.version,
    )


async def _counts(work: Work) -> list[Count]:
    since = Hl7Outbound.settled_at > work.now - DAY
    state = Hl7Outbound.state
    query = select(
        func.count().filter(state == OutState.DEAD),
        func.count().filter(state == OutState.WAITING),
        func.count().filter(state == OutState.SENT, since),
        func.count().filter(state == OutState.GIVEN_UP, since),
    ).where(WHOLE, state.in_((OutState.DEAD, OutState.WAITING)) | since)
    row = (await (await work.connection()).execute(query)).one()
    named = (
        ("out-refused", "Refused", "octagon-alert", "critical"),
        ("out-waiting", "Waiting", "clock", ""),
        ("out-sent", "Taken, 24 h", "circle-check", ""),
        ("out-given-up", "Given up, 24 h", "ban", ""),
    )
    return [
        Count(key, label, icon, tone if number else "", number)
        for (key, label, icon, tone), number in zip(named, row, strict=True)
    ]
