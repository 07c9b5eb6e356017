"""Work: one actor, one transaction, one trail."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, TypeVarTuple, cast, overload
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from starlette.requests import Request

from domain.access import RULES, DataClass, Permission
from realtime import outbox
from realtime.events import Event
from realtime.topics import Topic
from ward import changed, clock, crypto, ending, envelopes, idempotency, later, relations
from ward.db import Model
from ward.errors import Forbidden, Missing
from ward.node import Node
from ward.security import glass, proof, sessions
from ward.security.actors import Actor, System
from ward.trail import Action, AuditIntent, intent_of

M = TypeVar("M", bound=Model)
N = TypeVar("N", bound=Model)
Rest = TypeVarTuple("Rest")
Lock = relations.Lock

_AFRESH = {"populate_existing": True}  # as the row is now, whatever was read of it before


class Work:
    """What a command or a query is given: the only way to rows, events and keys.

    With `watching` it stands for the eyes on a shared screen instead of a person:
    the classes of data they may see are checked, nobody's relation is.
    """

    def __init__(
        self,
        node: Node,
        db: AsyncSession,
        actor: Actor | System,
        intent: AuditIntent,
        *,
        watching: frozenset[DataClass] | None = None,
    ) -> None:
        self.node = node
        self.actor = actor
        self.now: datetime = intent.at
        self.intent = intent
        self.watching = watching
        self.revs: dict[str, int] = {}
        self._eyes = None if watching is not None else actor
        self._person = isinstance(self._eyes, Actor)
        self._db = db
        self.events: list[Event] = []
        self._due: set[tuple[Topic, datetime]] = set()
        self.errands: list[tuple[later.Errand, datetime]] = []
        self._beside: dict[str, outbox.Beside] = {}
        self._others: list[Work] = []
        self._writes = self._made = False
        self.glassed: set[UUID] = set()  # patients reached because break-glass opened them
        self.keys: dict[UUID, crypto.Key] = db.info.setdefault("keys", {})  # each read once

    # -- reaching rows ---------------------------------------------------------------

    async def access(
        self,
        kind: type[M],
        key: UUID,
        permission: Permission,
        *,
        lock: Lock = False,
        seen: int | None = None,
    ) -> M:
        """Check, load, lock and leave a trail: one row, or the reason why not."""
        self._demand(permission)
        statement = relations.one(kind, permission, lock, person=self._person)
        asked = {"key": key, **relations.asking(self._eyes)}
        found = await self._db.execute(statement, asked, execution_options=_AFRESH)
        row = found.one_or_none()
        if row is None:
            raise Missing
        if row[1] is None:
            raise relations.unexplained(kind, row[0])
        if seen is not None and row[0].version != seen:
            raise await changed.stale(self, row[0])
        self._saw(kind, permission, [row[0]], [row[1]])
        self._resource(kind, key)
        return cast("M", row[0])

    @overload
    async def every(
        self, statement: Select[M], permission: Permission, *, keys: bool = False, **given: Any
    ) -> list[M]: ...

    @overload
    async def every(
        self, statement: Select[M, N, *Rest], permission: Permission, **given: Any
    ) -> list[tuple[M, N, *Rest]]: ...

    async def every(
        self,
        statement: Select[*tuple[Any, ...]],
        permission: Permission,
        *,
        keys: bool = False,
        **given: Any,
    ) -> list[Any]:
        """Load what the statement selects and a relation explains; the rest is left out.

        A statement that stays names parameters, which are `given` here: it is made only once.
        With `keys` the keys of the rows come with them, for a caller who opens them at once.
        """
        self._demand(permission)
        make = relations.kept_explained if given else relations.explained
        explained, kinds = make(statement, permission, person=self._person, keys=keys)
        asked = relations.asking(self._eyes) | given
        rows = envelopes.kept((await self._db.execute(explained, asked)).all(), kinds)
        if keys:
            kept = (row[-3:] for row in rows)
            self.keys |= await crypto.unwrapped(await self.connection(), self.node.vault, kept)
        for place, kind in enumerate(kinds):
            reasons = [row[len(kinds) + place] for row in rows]
            self._saw(kind, permission, [row[place] for row in rows], reasons)
        return [row[0] if len(kinds) == 1 else tuple(row[: len(kinds)]) for row in rows]

    async def columns(
        self, statement: Select[*Rest], permission: Permission, **given: Any
    ) -> Sequence[tuple[*Rest, str]]:
        """Load columns of hundreds of rows that are no patient's, as far as a relation explains.

        The statement stays, as for `every`; what explains it stands last in each row.
        """
        self._demand(permission)
        explained, kind = relations.explained_columns(statement, permission, person=self._person)
        asked = relations.asking(self._eyes) | given
        rows = (await self._db.execute(explained, asked)).all()
        self._saw(kind, permission, list(rows), [row[-1] for row in rows[:1]])
        return cast("Sequence[tuple[*Rest, str]]", rows)

    def may(self, permission: Permission) -> bool:
        """Say whether this work may ask for it: for parts that a viewer may not see."""
        if self.watching is not None:
            data = RULES[permission].data
            return data is not None and data in self.watching
        return self.actor.may(permission)

    def prove(self) -> None:
        """Ask a person who they are once more; the page asks, and keeps what was typed."""
        proof.demand(self.actor, self.now)

    # -- writing ---------------------------------------------------------------------

    def add(self, row: Model, permission: Permission) -> None:
        """Add a new row; the permission must allow writing."""
        self.writes([row], permission)
        self._db.add(row)

    def writes(self, rows: Sequence[Model], permission: Permission) -> None:
        """Note that these new rows are written, if the permission allows it."""
        self._demand(permission)
        self._saw(type(rows[0]), permission, list(rows), [])
        self._made = self._made or self.intent.resource_id is None  # nothing was reached before
        self._resource(type(rows[0]), rows[0].id)

    def record(self, event: Event) -> None:
        """Say what happened: outbox, revisions, trail and reactions' jobs in the same commit."""
        self.events.append(event)
        for topic in set(event.soon).difference(event.topics):
            self.due(topic, self.now)

    @property
    def topics(self) -> list[str]:
        """List the topics whose revision this work will raise."""
        return sorted({str(topic) for event in self.events for topic in event.topics})

    def due(self, topic: Topic, at: datetime) -> None:
        """Have the topic's screens drawn again at this instant, though nobody writes then."""
        self._due.add((topic, at))

    def later(self, errand: later.Errand, at: datetime) -> None:
        """Have something done at this instant, by whichever node is there then."""
        self.errands.append((errand, at))

    def beside(self, change: outbox.Beside) -> None:
        """Have a change of the platform's own made when this work ends; said again, the last."""
        self._beside[change.sql] = change

    async def flush(self) -> None:
        """Send what was assigned to the database, so that its constraints speak now."""
        await self._db.flush()

    # -- sealing ---------------------------------------------------------------------

    async def seal(self, row: Model, **values: object) -> None:
        """Encrypt values into the row's sealed columns, under its subject's key."""
        for name, value in values.items():
            key = None if value is None else await self._key(envelopes.subject_of(row))
            setattr(row, name, key and envelopes.sealed(row, name, value, key))

    async def open(
        self, rows: Iterable[Model], attribute: InstrumentedAttribute[Any]
    ) -> dict[UUID, Any]:
        """Decrypt one sealed column of many rows: row id to value (None stays None)."""
        listed, name = list(rows), attribute.key
        wanted = envelopes.subjects_of(listed, name)
        await envelopes.bring(self._db, self.node.vault, self.keys, wanted)
        return {row.id: envelopes.opened(row, name, self.keys) for row in listed}

    async def _key(self, subject: UUID) -> crypto.Key:
        return await envelopes.key_of(self._db, self.node.vault, self.keys, subject)

    # -- checking --------------------------------------------------------------------

    def _demand(self, permission: Permission) -> None:
        if not self.may(permission):
            raise Forbidden

    def _saw(
        self, kind: type[Model], permission: Permission, rows: list[Any], reasons: list[str]
    ) -> None:
        if self.watching is not None:
            return  # what is drawn for eyes is in the trail of those who look with them
        patient = kind.scope.patient
        patients = [getattr(row, patient) for row in rows] if patient else []
        rule, known = RULES[permission], [one for one in patients if one is not None]
        self._writes = self._writes or rule.writes
        self.glassed |= glass.reached(patients, reasons)
        relation = reasons[0] if reasons else ""
        self.intent = self.intent.saw(rule.data, known, relation, len(rows))

    def _resource(self, kind: type[Model], key: UUID) -> None:
        if self.intent.resource_id is None:
            self.intent = replace(self.intent, resource=kind.__tablename__, resource_id=key)

    def shown(self, patients: Iterable[UUID], classes: Iterable[DataClass]) -> None:
        """Note what a shared picture shows this viewer."""
        listed = list(patients)
        self.intent = self.intent.saw(None, listed, "", len(listed))
        self.intent = replace(self.intent, data_classes=self.intent.data_classes.union(classes))

    async def searches(self, text: str) -> None:
        """Note that this work searches, and for what: sealed under the searcher's own key."""
        subject = self.actor.id or self.intent.id
        key, version = await self._key(subject)
        place = crypto.Place("audit_event", "query", self.intent.id, subject)
        sealed = crypto.seal(key, version, place, text.encode())
        self.intent = replace(self.intent, action=Action.EXECUTE, query=sealed)

    def watched(self, eyes: System, classes: frozenset[DataClass]) -> "Work":
        """Stand for the eyes on a shared screen within this work's own snapshot."""
        return Work(self.node, self._db, eyes, self.intent, watching=classes)

    def dated(self, latest: outbox.Latest) -> None:
        """Take the snapshot's instant for now, and none that is before what came due in it.

        A picture that waited for its connection, or is drawn by a node whose clock is behind,
        would else show the time before an instant for which nobody draws again.
        """
        self.now = latest.instant(clock.now())

    # -- leaving ---------------------------------------------------------------------

    async def connection(self) -> AsyncConnection:
        """Give the platform this transaction's connection (live, trail, idempotency)."""
        return await self._db.connection()

    async def give_up(self) -> None:
        """Undo everything; what was read of rows is still known, and they are nobody's any more."""
        self._db.expunge_all()
        await self._db.rollback()

    def also(self, actor: Actor | System, code: str) -> "Work":
        """Begin another piece of work, with its own trail and facts, in this one's commit."""
        other = Work(self.node, self._db, actor, intent_of(actor, code))
        other._due, other._beside = self._due, self._beside
        self._others.append(other)
        return other

    async def finish(self) -> None:
        """Flush, write the trail, bump the topics last, commit once; then poke."""
        await self._db.flush()
        works = [self, *self._others]
        writes = any(one.changes for one in works)
        await ending.hold_open(works)
        self.revs, woken = await ending.leave(works, self._due, self._beside.values())
        if writes or self.watching is not None:
            await self._db.commit()
        else:  # the trail of a look is on a connection of its own
            noted = map(self.node.trail.commit, [self.intent, *ending.looks(self._others)])
            ended = await asyncio.gather(self._db.commit(), *noted, return_exceptions=True)
            for error in filter(None, ended):
                raise error
        if self.revs or woken:
            self.node.poke(self.revs | ({later.WAKE: 1} if woken else {}))

    @property
    def deed(self) -> AuditIntent:
        """Give the trail of what was done: something was made, or changed."""
        if self.intent.action is not Action.READ:
            return self.intent
        return replace(self.intent, action=Action.CREATE if self._made else Action.UPDATE)

    @property
    def changes(self) -> bool:
        """Tell whether the trail belongs into this very transaction."""
        reads = bool(self._db.info["reading"])
        return bool(self.events or self.errands) or (self._writes and not reads)


@asynccontextmanager
async def work_of(request: Request) -> AsyncIterator[Work]:
    """Open the request's work: who is signed in, one transaction, the trail on leaving.

    A GET reads one snapshot; anything else commits once when the block is left, and an
    earlier answer under the same idempotency key is given again (`Replay`).
    """
    node = request.app.state.node
    reading = request.method in {"GET", "HEAD"} or request.state.policy.asks
    if not reading:
        await request.form()  # a slow body is waited for before a connection is held
    async with _transaction(node, reading=reading) as db:
        actor = await sessions.of(request, db, node.vault)
        async with _begun(request, node, db, actor) as work:
            claim = None if reading else await idempotency.claim(work, request)
            yield work
            if claim is not None:
                await idempotency.keep(work, claim, request.state.answer)
            await work.finish()


@asynccontextmanager
async def work_of_device(request: Request, token: str) -> AsyncIterator[Work]:
    """Open the work of a screen without a user (a wallboard), known by its token."""
    node = request.app.state.node
    async with _transaction(node, reading=True) as db:
        ip = request.client.host if request.client else ""
        actor = await sessions.read_device(db, token, ip, clock.now())
        async with _begun(request, node, db, actor) as work:
            yield work
            await work.finish()


@asynccontextmanager
async def _begun(
    request: Request, node: Node, db: AsyncSession, actor: Actor
) -> AsyncIterator[Work]:
    policy = request.state.policy
    intent = intent_of(actor, policy.code, request.state.request_id)
    work = request.state.work = Work(node, db, actor, intent)
    async with ending.refusals(work):
        proof.admit(actor, policy, work.now)
        yield work


@asynccontextmanager
async def work_as(
    node: Node, actor: Actor | System, code: str, *, reading: bool = False
) -> AsyncIterator[Work]:
    """Open work for a border, a job or a command: the same doors, the same trail."""
    async with _transaction(node, reading=reading) as db:
        work = Work(node, db, actor, intent_of(actor, code))
        async with ending.refusals(work):
            yield work
            await work.finish()


@asynccontextmanager
async def work_watching(
    node: Node, screen: str, classes: frozenset[DataClass]
) -> AsyncIterator[Work]:
    """Open work that stands for the eyes on a shared screen; the viewers' trail is the hub's."""
    async with _transaction(node, reading=True, aside=True) as db:
        intent = intent_of(System("hub", frozenset()), screen)
        yield Work(node, db, System("hub", frozenset()), intent, watching=classes)


@asynccontextmanager
async def _transaction(
    node: Node, *, reading: bool, aside: bool = False
) -> AsyncIterator[AsyncSession]:
    pool = _isolated(node.aside if aside else node.engine, reading)
    async with AsyncSession(pool, expire_on_commit=False, info={"reading": reading}) as db:
        yield db


@lru_cache(maxsize=8)  # the engines of a node, read from and written to
def _isolated(pool: AsyncEngine, reading: bool) -> AsyncEngine:  # noqa: FBT001 - of the cache
    if reading:
        return pool.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return pool.execution_options(isolation_level="READ COMMITTED")
