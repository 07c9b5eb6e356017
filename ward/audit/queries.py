"""Queries: who looked at this patient, what did this person do, what happened in this window."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Uuid,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.access import D0, D9, Permission
from domain.breadth import Breadth, breadth
from ward.audit import words
from ward.audit.asking import Asked, What
from ward.audit.models import (
    AuditCheckpoint,
    AuditExport,
    AuditRun,
    AuditSignal,
    ExportState,
    RunState,
    SignalKind,
    SignalState,
)
from ward.duty.queries import names as staff_names
from ward.errors import Forbidden, Missing
from ward.patients.models import Patient
from ward.patients.queries import Named, among, names_of
from ward.places.models import Branch
from ward.projections import projection
from ward.security.actors import Actor, System
from ward.security.models import Device, Session, User
from ward.trail import Action, AuditEvent, Outcome
from ward.work import Work

VIEW = Permission.VIEW_TRAIL
PAGE = 50
PEOPLE = "people"  # whoever it is, but no job and no interface
MOST = 10_000  # counted; beyond that it says so
NAMED = 3  # patients named in a line; more are a number
HOUR = timedelta(hours=1)
_PATIENTS = type_coerce(AuditEvent.patients, ARRAY(Uuid))
_LOOKER = System("job:trail", frozenset())


@projection(D9)
class Line:
    """One event, in words."""

    id: UUID
    at: datetime
    who: str
    who_id: UUID | None
    role: str
    did: str
    what: str
    about: tuple[tuple[UUID, str], ...]  # patients: named, where there are few
    others: int
    where: str
    why: str
    flag: str | None  # why it stands out


@projection(D9)
class Bar:
    """How many events an hour had."""

    at: datetime
    hour: str
    events: int


@projection(D9)
class Chain:
    """How the seal stands."""

    size: int
    sealed_at: datetime | None
    run: AuditRun | None
    verified: AuditRun | None


async def zone_of(work: Work) -> ZoneInfo:
    """Answer: in which zone does whoever asks count hours?"""
    aside = work.watched(_LOOKER, frozenset({D0}))
    branch = getattr(work.actor, "branch_id", None)
    rows = await aside.every(select(Branch).where(Branch.id == branch), Permission.VIEW_PLACES)
    return ZoneInfo(rows[0].zone if rows else "UTC")


def selected(work: Work, asked: Asked) -> list[ColumnElement[bool]]:
    """Give the conditions of a question, within what the asker may read."""
    given = [AuditEvent.at >= asked.since, AuditEvent.at < asked.until]
    if asked.who_id:
        given.append(AuditEvent.actor_id == asked.who_id)
    elif asked.who == PEOPLE:
        given.append(AuditEvent.actor_kind == "person")
    elif asked.who:
        given.append(AuditEvent.actor_name.startswith(asked.who.lower(), autoescape=True))
    if asked.patient_id:
        given.append(_PATIENTS.contains([asked.patient_id]))
    if asked.where:
        given.append(AuditEvent.ip == asked.where)
    if asked.why:
        given.append(AuditEvent.relation == asked.why)
    if asked.case_id:
        given.append(AuditEvent.break_glass == asked.case_id)
    return [*given, *_deeds(asked.what), *_within(work)]


def _deeds(what: What) -> list[ColumnElement[bool]]:
    done = {
        What.VIEWED: [AuditEvent.action == Action.READ, AuditEvent.outcome == Outcome.SUCCESS],
        What.CHANGED: [
            AuditEvent.action.in_([Action.CREATE, Action.UPDATE, Action.DELETE]),
            AuditEvent.outcome == Outcome.SUCCESS,
        ],
        What.SEARCHED: [AuditEvent.action == Action.EXECUTE],
        What.REFUSED: [AuditEvent.outcome == Outcome.REFUSED],
    }
    return done.get(what, [])


def _within(work: Work) -> list[ColumnElement[bool]]:
    """Keep to one's own, or to the patients of one's wards."""
    actor = work.actor
    if not isinstance(actor, Actor):
        return []
    mine = AuditEvent.actor_id == actor.id
    match breadth(actor.role):
        case Breadth.ALL:
            return []
        case Breadth.OWN:
            return [mine]
        case Breadth.WARD:
            lying = select(func.array_agg(Patient.id)).where(Patient.ward_id.in_(actor.wards))
            return [or_(mine, _PATIENTS.overlap(lying.scalar_subquery()))]


def everything(work: Work) -> bool:
    """Say whether the asker reads the whole trail."""
    return not _within(work)


_BY_VALUE = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


async def plan_by_value(work: Work) -> None:
    """Have PostgreSQL plan for the very patient and window: what is rare is looked up by itself."""
    await (await work.connection()).execute(_BY_VALUE)


async def page(work: Work, asked: Asked) -> tuple[list[Line], str | None]:
    """Answer with the newest events, and where the next page begins."""
    chosen = select(AuditEvent).where(*selected(work, asked))
    if asked.before:
        chosen = chosen.where(tuple_(AuditEvent.at, AuditEvent.id) < asked.before)
    chosen = chosen.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(PAGE + 1)
    rows = await work.every(chosen, VIEW)
    more = f"{rows[PAGE - 1].at.isoformat()}~{rows[PAGE - 1].id}" if len(rows) > PAGE else None
    return await lines(work, rows[:PAGE]), more


async def events_of(work: Work, asked: Asked, most: int) -> list[AuditEvent]:
    """Answer with the newest events themselves, at most so many."""
    chosen = select(AuditEvent).where(*selected(work, asked))
    newest = chosen.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(most)
    return await work.every(newest, VIEW)


async def count(work: Work, asked: Asked) -> int:
    """Answer: how many are there? At most one more than ten thousand."""
    each = select(literal(1)).select_from(AuditEvent).where(*selected(work, asked))
    some = each.limit(MOST + 1).subquery()
    found = await (await work.connection()).execute(select(func.count()).select_from(some))
    return int(found.scalar_one())


async def hours(work: Work, asked: Asked, zone: ZoneInfo) -> list[Bar]:
    """Answer: how many events had each hour of the last day asked about?"""
    begin = max(asked.since, asked.until - 24 * HOUR)
    first = begin.replace(minute=0, second=0, microsecond=0)
    hour = func.date_trunc("hour", AuditEvent.at, "UTC").label("hour")
    given = and_(*selected(work, asked), AuditEvent.at >= first)
    counted = select(hour, func.count().label("events")).where(given).group_by(hour)
    found = {row.hour: row.events for row in await (await work.connection()).execute(counted)}
    last = int((asked.until - first) / HOUR)
    return [
        Bar(at, at.astimezone(zone).strftime("%H"), found.get(at, 0))
        for at in (first + nth * HOUR for nth in range(last + 1))
        if at < asked.until
    ]


async def lines(work: Work, rows: Sequence[AuditEvent]) -> list[Line]:
    """Put events into words: who and whom are opened for whoever may know them."""
    people = await names_of_staff(
        work, {row.actor_id for row in rows if row.actor_kind == "person"}
    )
    named = {one for row in rows if len(row.patients) <= NAMED for one in row.patients}
    patients = await names_of(work, sorted(named)) if work.may(Permission.VIEW_PATIENT) else {}
    places = await _places(work, {row.session_id for row in rows})
    return [_line(row, people, patients, places) for row in rows]


async def names_of_staff(work: Work, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Answer: what are these members of staff called? Whoever reads only their own knows one."""
    wanted = sorted(one for one in ids if one)
    if work.may(Permission.VIEW_DUTY):
        return {one: person.name for one, person in (await staff_names(work, wanted)).items()}
    return {one: work.actor.display for one in wanted if isinstance(work.actor, Actor)}


async def _places(work: Work, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Say on which device each session was."""
    wanted = sorted(one for one in ids if one)
    aside = work.watched(_LOOKER, frozenset({D0}))
    sessions = await aside.every(
        select(Session).where(among(Session.id, wanted)), Permission.VIEW_DUTY
    )
    known = {one.device_id for one in sessions if one.device_id}
    devices = await aside.every(
        select(Device).where(among(Device.id, sorted(known))), Permission.VIEW_DUTY
    )
    labels = {one.id: one.label for one in devices}
    return {
        one.id: labels.get(one.device_id) or one.kind.value.capitalize()
        if one.device_id
        else one.kind.value.capitalize()
        for one in sessions
    }


def _line(
    row: AuditEvent, people: dict[UUID, str], patients: dict[UUID, Named], places: dict[UUID, str]
) -> Line:
    person = row.actor_kind == "person"
    named = row.patients if len(row.patients) <= NAMED else []
    device = places.get(row.session_id, "") if row.session_id else ""
    return Line(
        id=row.id,
        at=row.at,
        who=people.get(row.actor_id, "Somebody") if person and row.actor_id else _other(row),
        who_id=row.actor_id if person else None,
        role=words.role(row.actor_name) if person else "system",
        did=words.did(row.action, row.outcome),
        what=words.what(row.code, row.resource),
        about=tuple((one, _called(patients.get(one))) for one in named),
        others=len(row.patients) - len(named),
        where=", ".join(filter(None, (device, row.ip))),
        why=words.why(row.relation, row.code),
        flag=flag_of(row),
    )


def _called(patient: Named | None) -> str:
    return patient.name if patient else "A patient"


def _other(row: AuditEvent) -> str:
    return "Wallboard" if row.actor_kind == "device" else words.system(row.actor_name)


def flag_of(row: AuditEvent) -> str | None:
    """Say why an event stands out: refused, through the glass, or clinical without care."""
    if row.outcome is Outcome.REFUSED:
        want = row.detail.get("why") == "NoRelation"
        return "No care relationship" if want else "Refused"
    if row.break_glass:
        return "Break-glass"
    if row.actor_kind != "person" or not words.CLINICAL.intersection(row.data_classes):
        return None
    uncared = row.relation and row.relation not in {*words.CARE, "place", "admission", "self"}
    return "No care relationship" if uncared else None


async def event(work: Work, event_id: UUID) -> tuple[AuditEvent, Line]:
    """Answer: everything that is known of one event."""
    chosen = select(AuditEvent).where(AuditEvent.id == event_id, *_within(work))
    rows = await work.every(chosen, VIEW)
    if not rows:
        raise Missing("There is no such event in the trail.")
    return rows[0], (await lines(work, rows))[0]


async def chain(work: Work) -> Chain:
    """Answer: up to when is the trail sealed, and when was that verified?"""
    if not work.may(Permission.VERIFY_TRAIL):
        raise Forbidden
    columns = (AuditCheckpoint.size, AuditCheckpoint.sealed_at)
    newest = select(*columns).order_by(AuditCheckpoint.number.desc()).limit(1)
    row = (await (await work.connection()).execute(newest)).first()
    runs = select(AuditRun).order_by(AuditRun.began_at.desc()).limit(1)
    last = await work.every(runs, VIEW)
    held = select(AuditRun).where(AuditRun.state.in_([RunState.HELD, RunState.BROKEN]))
    ended = await work.every(held.order_by(AuditRun.began_at.desc()).limit(1), VIEW)
    return Chain(
        size=row.size if row else 0,
        sealed_at=row.sealed_at if row else None,
        run=last[0] if last else None,
        verified=ended[0] if ended else None,
    )


async def staff_called(work: Work, said: str) -> list[tuple[UUID, str]]:
    """Answer: which people are called like this, by name or by user name?"""
    aside = work.watched(_LOOKER, frozenset({D0}))
    users = await aside.every(select(User).order_by(User.username), Permission.VIEW_DUTY)
    opened: dict[UUID, Any] = await aside.open(users, User.name)
    wanted = said.casefold().split()
    return [
        (one.id, f"{opened[one.id]} ({one.username})")
        for one in users
        if all(word in f"{opened[one.id]} {one.username}".casefold() for word in wanted)
    ][:20]


async def called(work: Work, user_id: UUID) -> str:
    """Answer: what is this member of staff called?"""
    return (await names_of_staff(work, [user_id])).get(user_id, "Nobody of this name")


async def patient_called(work: Work, patient_id: UUID) -> str:
    """Answer: what is this patient called? Nothing is said of whom the asker may not know."""
    known = await names_of(work, [patient_id]) if work.may(Permission.VIEW_PATIENT) else {}
    one = known.get(patient_id)
    return f"{one.name} \u00b7 {one.mrn}" if one else "Nobody of this name"


@projection(D9)
class Taken:
    """An export: who took how much, when, and by which question."""

    id: UUID
    at: datetime
    who: str
    form: str
    question: str
    events: int
    state: ExportState


async def exports(work: Work) -> list[Taken]:
    """Answer: what was taken out of the trail?"""
    listed = select(AuditExport).order_by(AuditExport.at.desc()).limit(100)
    rows = await work.every(listed, Permission.EXPORT_TRAIL)
    people = await names_of_staff(work, {row.user_id for row in rows})
    return [
        Taken(
            id=row.id,
            at=row.at,
            who=people.get(row.user_id, "Somebody") if row.user_id else "Somebody",
            form=row.form,
            question=row.question,
            events=row.events,
            state=row.state,
        )
        for row in rows
    ]


async def export(work: Work, export_id: UUID) -> AuditExport:
    """Answer: what does the manifest of this export say?"""
    return await work.access(AuditExport, export_id, Permission.EXPORT_TRAIL)


async def signals_by_kind(work: Work) -> list[tuple[SignalKind, int, int]]:
    """Answer: what looked odd and is not decided: kind, people, cases?"""
    if not work.may(Permission.VERIFY_TRAIL):
        raise Forbidden
    counted = (
        select(
            AuditSignal.kind,
            func.count(func.distinct(AuditSignal.actor_id)).label("people"),
            func.count().label("cases"),
        )
        .where(AuditSignal.state == SignalState.OPEN)
        .group_by(AuditSignal.kind)
        .order_by(func.max(AuditSignal.last_at).desc())
    )
    found = await (await work.connection()).execute(counted)
    return [(row.kind, row.people, row.cases) for row in found]
