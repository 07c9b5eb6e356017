"""Queries: what the page of receivers shows: who is told what, and how each one takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import D0, Permission
from ward.errors import Missing
from ward.interop.hl7.outbound.known import Entry, entries, named
from ward.interop.hl7.outbound.models import AHEAD, Hl7Outbound, OutState
from ward.interop.hl7.outbound.problem import said
from ward.interop.hl7.outbound.receiver_models import Hl7Picture, PictureState, ReceiverState
from ward.interop.hl7.outbound.receivers import Kind, Receiver, title
from ward.projections import projection
from ward.work import Work

SEE = Permission.WATCH_MESSAGES
_WHOLE = Hl7Outbound.part_of_id.is_(None)


@projection(D0)
class PictureLine:
    """The last picture of who is here that a receiver was told."""

    id: UUID
    state: PictureState
    total: int
    told: int
    unread: int
    begun_at: datetime
    ended_at: datetime | None
    version: int


@projection(D0)
class ReceiverLine:
    """One receiver, and how it takes what it is told."""

    name: str
    title: str
    address: str
    application: str
    facility: str
    kinds: tuple[Kind, ...]
    state: ReceiverState
    fixed: bool
    waiting: int
    refused: int
    taken_at: datetime | None
    error: str
    picture: PictureLine | None
    version: int | None

    @property
    def pictured(self) -> bool:
        """Say whether it can be told who is here."""
        return Kind.UPDATES in self.kinds


@dataclass(frozen=True, slots=True)
class _Line:
    """What stands in line for one receiver."""

    waiting: int = 0
    refused: int = 0
    error: str = ""


async def lines(work: Work) -> list[ReceiverLine]:
    """Answer: who is told what, and what does each do with it?"""
    known = await entries(work)
    standing, pictures = await _standing(work), await _pictures(work, known)
    return [
        _line(
            one,
            standing.get(one.receiver.name, _Line()),
            await _taken(work, one.receiver.name),
            pictures.get(one.receiver.name),
        )
        for one in known
    ]


async def one(work: Work, name: str) -> Receiver:
    """Answer: which receiver is called this?"""
    found = await named(work, name)
    if found is None:
        raise Missing
    return found


def _line(
    entry: Entry, line: _Line, taken_at: datetime | None, picture: Hl7Picture | None
) -> ReceiverLine:
    who = entry.receiver
    return ReceiverLine(
        name=who.name,
        title=title(who.name),
        address=who.address,
        application=who.application,
        facility=who.site,
        kinds=tuple(kind for kind in Kind if kind in who.kinds),
        state=entry.state,
        fixed=entry.version is None,
        waiting=line.waiting,
        refused=line.refused,
        taken_at=taken_at,
        error=said(line.error),
        picture=_picture(picture) if picture else None,
        version=entry.version,
    )


def _picture(row: Hl7Picture) -> PictureLine:
    return PictureLine(
        id=row.id,
        state=row.state,
        total=row.total,
        told=row.told,
        unread=row.unread,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        version=row.version,
    )


async def _standing(work: Work) -> dict[str, _Line]:
    """Count what waits and what was refused, with the newest problem; those rows alone are read."""
    row = Hl7Outbound
    query = (
        select(
            row.receiver,
            func.count().filter(row.state == OutState.WAITING),
            func.count().filter(row.state == OutState.DEAD),
            func.max(row.seq).filter(row.error.is_not(None)),
        )
        .where(row.state.in_(AHEAD), _WHOLE)
        .group_by(row.receiver)
    )
    rows = (await (await work.connection()).execute(query)).all()
    errors = await _errors(work, [seq for *_, seq in rows if seq])
    return {name: _Line(waits, dead, errors.get(seq, "")) for name, waits, dead, seq in rows}


async def _errors(work: Work, seqs: Sequence[int]) -> dict[int, str]:
    if not seqs:
        return {}
    query = select(Hl7Outbound.seq, Hl7Outbound.error).where(Hl7Outbound.seq.in_(seqs))
    found = (await (await work.connection()).execute(query)).all()
    return {seq: error or "" for seq, error in found}


async def _taken(work: Work, name: str) -> datetime | None:
    """Tell when it took a message last; of what was settled the newest are read first."""
    row = Hl7Outbound
    mine = select(row.acked_at).where(row.receiver == name, row.state == OutState.SENT)
    newest = mine.where(row.settled_at.is_not(None)).order_by(row.settled_at.desc()).limit(1)
    found: datetime | None = await (await work.connection()).scalar(newest)
    return found


async def _pictures(work: Work, known: Sequence[Entry]) -> dict[str, Hl7Picture]:
    """Find the last picture of each."""
    names = [one.receiver.name for one in known]
    newest = (
        select(Hl7Picture)
        .ext(distinct_on(Hl7Picture.receiver))
        .where(Hl7Picture.receiver.in_(names))
        .order_by(Hl7Picture.receiver, Hl7Picture.begun_at.desc(), Hl7Picture.id.desc())
    )
    return {row.receiver: row for row in await work.every(newest, SEE)}
