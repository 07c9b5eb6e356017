"""Queries: which results wait for their patient, and what each message says of whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.access import D0, D1, D5, Permission
from domain.labs import CRITICAL
from ward.interop.hl7.intake import read, rules_of
from ward.interop.hl7.models import Hl7Body, Hl7Message, ReviewReason
from ward.interop.hl7.oru import OruFact, oru_fact
from ward.interop.hl7.person import PersonFields
from ward.interop.hl7.queries import sender_of
from ward.interop.hl7.said import given
from ward.interop.hl7.translate import when
from ward.interop.hl7.unmatched.models import Decision, UnmatchedResult
from ward.interop.hl7.wire import Rules
from ward.labs.said import ResultSaid
from ward.patients.person import Person
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

SEE = Permission.RELEASE_RESULT
MOST = 100
_READER = System("job:unmatched", frozenset())


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One message whose results wait, in the list; nothing of whom it is about, nor of what."""

    id: UUID
    since: datetime
    sender: str
    reason: ReviewReason | None
    worst: int
    decision: Decision | None
    version: int

    @property
    def critical(self) -> bool:
        """Tell whether somebody must telephone now."""
        return self.worst >= CRITICAL


@dataclass(frozen=True, slots=True)
class HeldCount:
    """How many wait, and how many of them cannot."""

    waiting: int
    critical: int


@projection(D1)
class Named:
    """Somebody, as a message or our record names them."""

    number: str
    name: str
    born: str
    sex: str


@dataclass(frozen=True, slots=True)
class Line:
    """One result that waits, as it was sent."""

    name: str
    value: str
    unit: str
    flags: str
    reference: str
    kind: str


@projection(D5)
class HeldReport:
    """One report that waits."""

    title: str
    at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """One message opened: why it waits, whom it names, and what it reports."""

    line: HeldLine
    why: str
    who: Named | None
    reports: tuple[HeldReport, ...]


async def waiting(work: Work) -> list[HeldLine]:
    """Answer: which results wait? The gravest first, then the oldest."""
    theirs = select(UnmatchedResult).where(UnmatchedResult.decision.is_(None))
    order = (UnmatchedResult.worst.desc(), UnmatchedResult.since)
    rows = await work.every(theirs.order_by(*order).limit(MOST), SEE)
    about = select(Hl7Message).where(Hl7Message.id.in_([row.message_id for row in rows]))
    messages = {one.id: one for one in await work.every(about, SEE)}
    return [_line(row, messages[row.message_id]) for row in rows]


async def count(work: Work) -> HeldCount:
    """Answer: how many wait, and how many of them are critical?"""
    critical = func.count().filter(UnmatchedResult.worst >= CRITICAL)
    asked = select(func.count(), critical).where(UnmatchedResult.decision.is_(None))
    row = (await (await work.connection()).execute(asked)).one()
    return HeldCount(row[0], row[1])


async def opened(work: Work, held_id: UUID) -> Held:
    """Open one message; the look is in the trail."""
    row = await work.access(UnmatchedResult, held_id, SEE)
    message = await work.access(Hl7Message, row.message_id, SEE)
    mine = select(Hl7Body).where(Hl7Body.message_id == message.id)
    bodies = await work.every(mine, SEE)
    body = bodies[0]
    raw: str | None = (await work.open([body], Hl7Body.corrected))[body.id]
    raw = raw or (await work.open([body], Hl7Body.raw))[body.id]
    note: str | None = (await work.open([body], Hl7Body.note))[body.id]
    fact = await _fact(work, raw or "")
    reports = tuple(
        HeldReport(one.said.title, one.said.observed_at, tuple(map(_result, one.said.results)))
        for one in (fact.reports if fact else ())
    )
    return Held(_line(row, message), note or "", _named(fact.patient) if fact else None, reports)


def known(person: Person) -> Named:
    """Show who a record of ours is."""
    name = f"{person.name.family.upper()}, {person.name.given}".strip(", ")
    born = person.born.words if person.born else ""
    return Named(person.mrn or "", name, born, person.sex.word)


async def _fact(work: Work, raw: str) -> OruFact | None:
    rules: Rules = await rules_of(work.watched(_READER, frozenset({D0})))
    reading = await read(raw.encode("latin-1"), rules)
    try:
        return oru_fact(reading, rules.zone)
    except ValueError:
        return None


def _line(row: UnmatchedResult, message: Hl7Message) -> HeldLine:
    return HeldLine(
        id=row.id,
        since=row.since,
        sender=sender_of(message.msh3, message.msh4),
        reason=message.reason,
        worst=row.worst,
        decision=row.decision,
        version=row.version,
    )


def _result(one: ResultSaid) -> Line:
    value = f"{one.comparator}{one.value}"
    return Line(one.name, value, one.unit, " ".join(one.sent), one.reference, one.kind)


def _named(fields: PersonFields) -> Named:
    name, born, sex = given(fields.name), given(fields.born), given(fields.sex)
    return Named(
        number=fields.mrn.value if fields.mrn else "Not sent",
        name=f"{name.family.upper()}, {name.given}".strip(", ") if name else "Not sent",
        born=when(born).words if born else "Not sent",
        sex=sex or "Not sent",
    )
