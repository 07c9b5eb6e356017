"""Queries: what one has opened, what a ward is told, and what waits for its review."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain import breakglass as rules
from domain.access import D0, D1, D9, Permission
from domain.breakglass import Verdict
from ward.audit import queries as trail
from ward.audit.asking import Asked
from ward.audit.queries import Line
from ward.audit.words import role as role_word
from ward.duty.queries import Person
from ward.duty.queries import names as staff_names
from ward.patients.queries import Named, among, names_of
from ward.places.models import Ward
from ward.places.zones import zone_of
from ward.projections import projection
from ward.security.actors import System
from ward.security.glass import BreakGlass, BreakGlassReview
from ward.trail import Action, Outcome
from ward.work import Work

VIEW, CASES = Permission.VIEW_GLASS, Permission.VIEW_GLASS_CASES
LINGER = timedelta(minutes=2)  # a page that lay open says for so long why it went blank
TOLD_FOR = timedelta(days=7)
SHOWN = 50
COUNTED = 1_000  # events of one case; four hours hold fewer
READER = System("job:break-glass", frozenset())


@projection(D0)
class Strip:
    """A record that one has opened, on every page of theirs."""

    id: UUID
    patient_id: UUID
    until: datetime
    ended: str | None


@projection(D0)
class Notice:
    """A case as the ward and the queue name it: who, why, since when; nobody's record."""

    id: UUID
    who: str
    role: str
    where: str
    reason: str
    opened_at: datetime
    until: datetime
    running: bool
    ended: str | None
    seen_by: str | None
    overdue: bool
    follow_up: bool
    verdict: str | None
    bad: bool
    closed_at: datetime | None


async def zone(work: Work, ward_id: UUID | None) -> str:
    """Answer: in which zone are times told here?"""
    return str(await zone_of(work, ward_id) or "UTC")


async def strips_of(work: Work, user_id: UUID) -> list[Strip]:
    """Answer: what has this person open, and what ended a moment ago?"""
    lately = BreakGlass.ended_at.is_(None) | (BreakGlass.ended_at > work.now - LINGER)
    mine = select(BreakGlass).where(BreakGlass.user_id == user_id, lately)
    rows = await work.every(mine.order_by(BreakGlass.opened_at), VIEW)
    return [Strip(row.id, row.patient_id, row.until, _ended(row, work.now)) for row in rows]


def _ended(row: BreakGlass, now: datetime) -> str | None:
    if row.ended is not None:
        return row.ended.word
    return rules.Ending.TIME.word if row.until <= now else None


async def told_on(work: Work, ward_id: UUID) -> list[BreakGlass]:
    """Answer: which records of this ward's patients were opened lately?"""
    here = select(BreakGlass).where(
        BreakGlass.ward_id == ward_id, BreakGlass.opened_at > work.now - TOLD_FOR
    )
    newest = here.order_by(BreakGlass.opened_at.desc(), BreakGlass.id).limit(SHOWN)
    return await work.every(newest, VIEW)


async def waiting(work: Work) -> list[BreakGlass]:
    """Answer: which cases are not closed? The oldest first: it is due first."""
    asked = select(BreakGlass).where(BreakGlass.closed_at.is_(None))
    return await work.every(asked.order_by(BreakGlass.opened_at, BreakGlass.id), CASES)


async def closed(work: Work) -> list[BreakGlass]:
    """Answer: which were closed last?"""
    asked = select(BreakGlass).where(BreakGlass.closed_at.is_not(None))
    return await work.every(asked.order_by(BreakGlass.closed_at.desc()).limit(SHOWN), CASES)


async def notices(work: Work, rows: Sequence[BreakGlass]) -> list[Notice]:
    """Put cases into words."""
    eyes = work.watched(READER, frozenset({D0}))
    people = await staff_names(
        eyes, {one for row in rows for one in (row.user_id, row.seen_by) if one}
    )
    places = sorted({row.ward_id for row in rows if row.ward_id})
    wards = await eyes.every(select(Ward).where(among(Ward.id, places)), Permission.VIEW_PLACES)
    labels = {ward.id: ward.label for ward in wards}
    return [_notice(row, people, labels, work.now) for row in rows]


def _notice(
    row: BreakGlass, people: dict[UUID, Person], wards: dict[UUID, str], now: datetime
) -> Notice:
    seen = people.get(row.seen_by) if row.seen_by else None
    return Notice(
        id=row.id,
        who=_called(people.get(row.user_id)),
        role=role_word(row.role.value),
        where=wards.get(row.ward_id, "") if row.ward_id else "",
        reason=row.reason.word,
        opened_at=row.opened_at,
        until=row.until,
        running=_ended(row, now) is None,
        ended=_ended(row, now),
        seen_by=seen.name if seen else None,
        overdue=rules.overdue(row.opened_at, row.closed_at, now),
        follow_up=row.follow_up_at is not None,
        verdict=row.verdict.word if row.verdict else None,
        bad=row.verdict is Verdict.NOT_JUSTIFIED,
        closed_at=row.closed_at,
    )


def _called(person: Person | None) -> str:
    return person.name if person else "Somebody"


@projection(D9)
class Review:
    """What was found of a case at one time."""

    at: datetime
    by: str
    verdict: str
    note: str


@projection(D9)
class Case:
    """One case, as it is reviewed."""

    id: UUID
    version: int
    user_id: UUID
    notice: Notice
    words: str
    ended_at: datetime | None
    lines: tuple[Line, ...]
    more: bool
    looked: int
    changed: int
    reviews: tuple[Review, ...]
    mine: bool


async def case(work: Work, case_id: UUID) -> tuple[Case, Named | None]:
    """Answer: who opened whose record, why, and what was done there?"""
    row = await work.access(BreakGlass, case_id, CASES)
    words: dict[UUID, str] = await work.open([row], BreakGlass.words)
    asked = Asked(row.opened_at - LINGER, work.now + LINGER, case=str(row.id))
    await trail.plan_by_value(work)
    rows = await trail.events_of(work, asked, COUNTED)
    changes = (Action.CREATE, Action.UPDATE, Action.DELETE)
    deeds = [one for one in rows if not one.code.startswith("breakglass.")]
    done = [one for one in deeds if one.outcome is Outcome.SUCCESS]
    changed = sum(one.action in changes for one in done)
    whom = (await names_of(work, [row.patient_id])).get(row.patient_id)
    found = Case(
        id=row.id,
        version=row.version,
        user_id=row.user_id,
        notice=(await notices(work, [row]))[0],
        words=words[row.id],
        ended_at=row.ended_at,
        lines=tuple(await trail.lines(work, rows[: trail.PAGE])),
        more=len(rows) > trail.PAGE,
        looked=len(done) - changed,
        changed=changed,
        reviews=await _reviews(work, row),
        mine=row.user_id == work.actor.id,
    )
    return found, whom


async def _reviews(work: Work, row: BreakGlass) -> tuple[Review, ...]:
    asked = select(BreakGlassReview).where(BreakGlassReview.case_id == row.id)
    rows = await work.every(asked.order_by(BreakGlassReview.at), CASES)
    notes: dict[UUID, str] = await work.open(rows, BreakGlassReview.note)
    people = await staff_names(work.watched(READER, frozenset({D0})), {one.by for one in rows})
    return tuple(
        Review(one.at, _called(people.get(one.by)), one.verdict.word, notes[one.id]) for one in rows
    )


async def named_here(work: Work, rows: Sequence[BreakGlass]) -> dict[UUID, Named]:
    """Answer whose records these are, for whoever looks after them."""
    eyes = work.watched(READER, frozenset({D1}))
    return await names_of(eyes, sorted({row.patient_id for row in rows}))
