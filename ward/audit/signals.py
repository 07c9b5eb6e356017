"""Signals: what looks odd in the trail, found as it is sealed; a person decides what it was."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Interval, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.access import D0, D1, D9, Permission, Role
from domain.breakglass import OFTEN, OFTEN_IN
from ward.audit import leaves, ties
from ward.audit.leaves import ENTRY
from ward.audit.models import (
    AuditCheckpoint,
    AuditSignal,
    AuditWatch,
    Honeytoken,
    SignalKind,
    SignalState,
    Watch,
)
from ward.audit.queries import flag_of
from ward.audit.words import CARE
from ward.db import new_id
from ward.duty.models import Duty
from ward.duty.queries import names as staff_names
from ward.node import Node
from ward.patients.person import Name
from ward.patients.queries import among, people_that_open
from ward.places.models import Branch
from ward.security.actors import System
from ward.trail import Action, AuditEvent, Outcome
from ward.work import Work, work_as

FEW = 3  # patients of a look that was meant for them; a board shows many
DAY = timedelta(days=1)
ASLEEP = timedelta(days=60)  # engineering defaults, like all of these: a hospital sets its own
FILES, EVENTS = 8, 10_000  # files in a day, events of the trail in a day
_GIVING = frozenset({"users.give", "users.take_staff"})
MANY, MANY_IN = 60, timedelta(hours=1)
SEARCHES, SEARCHES_IN = 20, timedelta(minutes=10)
NIGHT_FROM, NIGHT_UNTIL = 22, 6
AT_ONCE, MOST_EVENTS = 50, 10_000  # checkpoints, events of them
SHIFTS = frozenset({Role.NURSE.value, Role.CHARGE.value, Role.DOCTOR.value})

log = structlog.get_logger(__name__)
WATCHER = System("job:audit.watch", frozenset({Permission.VIEW_TRAIL, Permission.JUDGE_SIGNALS}))
_EYES = frozenset({D0, D1, D9})
_MINE = text("SELECT pg_try_advisory_xact_lock(hashtext('ward.audit.watch'))")
Key = tuple[SignalKind, UUID, UUID | None, date]


@dataclass(slots=True)
class Found:
    """One odd thing, and how often it was seen."""

    first: datetime
    last: datetime
    events: int = 1


async def look_through(node: Node) -> int:
    """Look through what was sealed since the last time; return how many signals there are new."""
    node.trail.watched = await tokens(node)
    made = 0
    while await _people_did_something(node):
        async with work_as(node, WATCHER, "audit.watch") as work:
            if not await (await work.connection()).scalar(_MINE):
                break
            made += await _judge(work, await _next(work))
    return made


async def _people_did_something(node: Node) -> bool:
    """Skip what only jobs and interfaces did: looking through it would be another row of a job."""
    async with node.aside.begin() as connection:
        if not await connection.scalar(_MINE):
            return False
        while checkpoints := await _new(connection):
            ids, first, last = _entries(checkpoints)
            one = select(AuditEvent.id).where(
                among(AuditEvent.id, ids),
                AuditEvent.at >= first,
                AuditEvent.at <= last,
                AuditEvent.actor_kind == "person",
            )
            if await connection.scalar(one.limit(1)):
                return True
            await _seen(connection, checkpoints[-1].number)
    return False


async def _new(connection: AsyncConnection) -> Sequence[Any]:
    seen = await connection.scalar(select(AuditWatch.number).with_for_update())
    asked = select(AuditCheckpoint.number, AuditCheckpoint.entries)
    asked = asked.where(AuditCheckpoint.number > (seen or 0)).order_by(AuditCheckpoint.number)
    found = (await connection.execute(asked.limit(AT_ONCE))).all()
    taken: list[Any] = []
    events = 0
    for row in found:
        events += len(row.entries) // ENTRY.size
        if taken and events > MOST_EVENTS:
            break
        taken.append(row)
    return taken


async def _seen(connection: AsyncConnection, number: int) -> None:
    done = await connection.execute(update(AuditWatch).values(number=number))
    if not done.rowcount:
        await connection.execute(insert(AuditWatch).values(id=new_id(), version=1, number=number))


def _entries(checkpoints: Sequence[Any]) -> tuple[list[UUID], datetime, datetime]:
    entries = [
        leaves.entry_of(row.entries[at : at + ENTRY.size])
        for row in checkpoints
        for at in range(0, len(row.entries), ENTRY.size)
    ]
    times = [at for _, at in entries]
    return [key for key, _ in entries], min(times), max(times)


async def tokens(node: Node) -> frozenset[UUID]:
    """Answer: which records should nobody open?"""
    async with node.aside.connect() as connection:
        found = await connection.execute(
            select(Honeytoken.patient_id).where(
                Honeytoken.ended_at.is_(None), Honeytoken.watch == Watch.NOBODY
            )
        )
        return frozenset(found.scalars())


async def _vips(work: Work) -> frozenset[UUID]:
    mine = select(Honeytoken.patient_id).where(
        Honeytoken.ended_at.is_(None), Honeytoken.watch == Watch.VIP
    )
    return frozenset((await (await work.connection()).execute(mine)).scalars())


async def _next(work: Work) -> list[AuditEvent]:
    """Take the next checkpoints: what people did that is sealed by them."""
    connection = await work.connection()
    checkpoints = await _new(connection)
    if not checkpoints:
        return []
    await _seen(connection, checkpoints[-1].number)
    ids, first, last = _entries(checkpoints)
    chosen = select(AuditEvent).where(
        among(AuditEvent.id, ids),
        AuditEvent.at >= first,
        AuditEvent.at <= last,
        AuditEvent.actor_kind == "person",
    )
    rows = await work.watched(WATCHER, _EYES).every(chosen, Permission.VIEW_TRAIL)
    return [row for row in rows if row.session_id]  # an import acts for people, without one


async def _judge(work: Work, rows: list[AuditEvent]) -> int:
    found: dict[Key, Found] = {}
    meant = [
        row
        for row in rows
        if 0 < len(row.patients) <= FEW and row.actor_id and not row.code.startswith("audit.")
    ]
    judge = await _Judge.of(work, meant)
    for row in meant:
        for patient in row.patients:
            for kind in judge.kinds(row, patient):
                _note(found, kind, row, patient)
    for row in rows:
        refused = row.code in _GIVING and row.outcome is Outcome.REFUSED
        if refused and row.actor_id and row.resource_id == row.actor_id:
            _note(found, SignalKind.RIGHTS, row, None)
    await _counted(work, rows, found)
    for key, one in found.items():
        await _keep(work, key, one)
        if key[0] is SignalKind.HONEYTOKEN:
            log.warning("audit.honeytoken", actor=str(key[1]))
    return len(found)


def _note(found: dict[Key, Found], kind: SignalKind, row: AuditEvent, whom: UUID | None) -> None:
    assert row.actor_id is not None
    key = (kind, row.actor_id, whom, row.at.date())
    known = found.get(key)
    if known is None:
        found[key] = Found(row.at, row.at)
    else:
        known.first, known.last = min(known.first, row.at), max(known.last, row.at)
        known.events += 1


@dataclass(slots=True)
class _Judge:
    """What must be known of people, patients and duties to judge a look."""

    staff: dict[UUID, str]
    patients: dict[UUID, Name]
    duties: dict[UUID, list[tuple[datetime, datetime | None]]]
    tokens: frozenset[UUID]
    vips: frozenset[UUID]
    ties: ties.Ties
    zone: ZoneInfo

    @classmethod
    async def of(cls, work: Work, rows: list[AuditEvent]) -> "_Judge":
        """Read it for these looks; nobody is shown any of it."""
        aside = work.watched(WATCHER, _EYES)
        people = sorted({row.actor_id for row in rows if row.actor_id})
        whom = sorted({one for row in rows for one in row.patients})
        duties = defaultdict(list)
        since = min((row.at for row in rows), default=work.now) - timedelta(days=2)
        stood = select(Duty).where(
            among(Duty.user_id, people), or_(Duty.ended_at.is_(None), Duty.ended_at > since)
        )
        for duty in await aside.every(stood, Permission.VIEW_DUTY):
            duties[duty.user_id].append((duty.since, duty.ended_at))
        branches = await aside.every(select(Branch).limit(1), Permission.VIEW_PLACES)
        names = {one: said.name for one, said in (await staff_names(aside, people)).items()}
        known = await people_that_open(aside, whom, Permission.VIEW_PATIENT)
        return cls(
            staff=names,
            patients={one: person.name for one, person in known.items()},
            duties=dict(duties),
            tokens=work.node.trail.watched,
            vips=await _vips(work),
            ties=await ties.of(aside, people, known) if rows else ties.Ties(),
            zone=ZoneInfo(branches[0].zone if branches else "UTC"),
        )

    def kinds(self, row: AuditEvent, patient: UUID) -> Iterable[SignalKind]:
        """Say what is odd about this look at this patient."""
        assert row.actor_id is not None
        if patient in self.tokens:
            yield SignalKind.HONEYTOKEN
        if row.code.startswith("live.") or row.action is Action.EXECUTE:
            return  # the page or the chosen record is the look; these come along with it
        named = self._named(self.staff.get(row.actor_id, ""), self.patients.get(patient))
        tied = dict.fromkeys([*named, *self.ties.kinds(row, patient)])
        if row.actor_name == Role.PATIENT.value:
            tied.pop(SignalKind.SELF, None)  # a patient's own pages are for that
        yield from tied
        if patient in self.vips and not (row.relation in CARE and self._on_duty(row)):
            yield SignalKind.WATCHED
        if flag_of(row) == "No care relationship":
            yield SignalKind.NO_RELATION
        if row.outcome is Outcome.SUCCESS and self._at_night(row) and not self._on_duty(row):
            yield SignalKind.HOURS

    @staticmethod
    def _named(staff: str, patient: Name | None) -> Iterable[SignalKind]:
        words = [word.casefold() for word in staff.replace(",", " ").split()]
        if patient is None or not words or patient.family.casefold() not in words:
            return
        given = patient.given.casefold().split()
        yield SignalKind.SELF if given and given[0] in words else SignalKind.FAMILY

    def _at_night(self, row: AuditEvent) -> bool:
        hour = row.at.astimezone(self.zone).hour
        return row.actor_name in SHIFTS and (hour >= NIGHT_FROM or hour < NIGHT_UNTIL)

    def _on_duty(self, row: AuditEvent) -> bool:
        assert row.actor_id is not None
        return any(
            since <= row.at and (ended is None or ended >= row.at)
            for since, ended in self.duties.get(row.actor_id, ())
        )


_DISTINCT = text("""
    SELECT count(DISTINCT p) FROM audit_event, unnest(patients) AS p
    WHERE actor_id = :who AND at > :since AND at <= :until AND outcome = '0'
      AND cardinality(patients) <= :few AND code NOT LIKE 'live.%'
      AND session_id IS NOT NULL
""")
_OPENED = text("""
    SELECT count(*) FROM break_glass
    WHERE user_id = :who AND opened_at > :since AND opened_at <= :until
""")
_ASKED = text("""
    SELECT count(*) FROM audit_event
    WHERE actor_id = :who AND at > :since AND at <= :until AND action = 'E'
""")


_FILES = text("""
    SELECT CASE WHEN taken.events > :many THEN greatest(:files + 1, files.made) ELSE files.made END
    FROM (SELECT coalesce(sum(events), 0) AS events FROM audit_export
          WHERE user_id = :who AND at > :since AND at <= :until) AS taken,
         (SELECT count(*) AS made FROM audit_event
          WHERE actor_id = :who AND at > :since AND at <= :until AND outcome = '0'
            AND (code LIKE '%.as_file' OR code = 'audit.export_begun')) AS files
""")
_ASLEEP = text("""
    SELECT CASE WHEN now.auth_time - before.auth_time > :asleep
           THEN extract(day FROM now.auth_time - before.auth_time) END
    FROM (SELECT max(auth_time) AS auth_time FROM session
          WHERE user_id = :who AND auth_time <= :until) AS now,
         LATERAL (SELECT max(auth_time) AS auth_time FROM session
          WHERE user_id = :who AND auth_time < now.auth_time) AS before
    WHERE :since <= :until
""").bindparams(bindparam("asleep", type_=Interval))


async def _counted(work: Work, rows: list[AuditEvent], found: dict[Key, Found]) -> None:
    """Count patients in an hour, searches, records opened, up to each person's last event."""
    connection = await work.connection()
    last: dict[UUID, AuditEvent] = {}
    for row in rows:
        if row.actor_id and (row.actor_id not in last or last[row.actor_id].at < row.at):
            last[row.actor_id] = row
    for who, row in last.items():
        for kind, question, within, most in (
            (SignalKind.EXPORTS, _FILES, DAY, FILES),
            (SignalKind.DORMANT, _ASLEEP, timedelta(0), 0),
            (SignalKind.MANY, _DISTINCT, MANY_IN, MANY),
            (SignalKind.SEARCHES, _ASKED, SEARCHES_IN, SEARCHES),
            (SignalKind.GLASS, _OPENED, OFTEN_IN, OFTEN),
        ):
            given = {"who": who, "since": row.at - within, "until": row.at}
            given |= {"few": FEW} if kind is SignalKind.MANY else {}
            given |= {"asleep": ASLEEP} if kind is SignalKind.DORMANT else {}
            given |= {"many": EVENTS, "files": FILES} if kind is SignalKind.EXPORTS else {}
            number = int(await connection.scalar(question, given) or 0)
            if number > most:
                found[kind, who, None, row.at.date()] = Found(row.at - within, row.at, number)


def _kept(*, counts: bool) -> Insert:
    """Write the statement that adds to a case: looks add up, a count is the greatest so far."""
    made = insert(AuditSignal)
    new, known = made.excluded, AuditSignal
    events = func.greatest(known.events, new.events) if counts else known.events + new.events
    return made.on_conflict_do_update(
        index_elements=["kind", "actor_id", "patient_id", "on_day"],
        set_={
            "first_at": func.least(known.first_at, new.first_at),
            "last_at": func.greatest(known.last_at, new.last_at),
            "events": events,
            "version": known.version + 1,
        },
    )


_LOOKS, _COUNTS = _kept(counts=False), _kept(counts=True)  # made once: one is kept for each look


async def _keep(work: Work, key: Key, one: Found) -> None:
    """Add to the case of this person, this patient and this day; a decision stands."""
    kind, actor, patient, day = key
    values = {
        "id": new_id(),
        "version": 1,
        "kind": kind,
        "actor_id": actor,
        "patient_id": patient,
        "on_day": day,
        "first_at": one.first,
        "last_at": one.last,
        "events": one.events,
        "state": SignalState.OPEN,
    }
    statement = _COUNTS if patient is None else _LOOKS
    await (await work.connection()).execute(statement, values)
