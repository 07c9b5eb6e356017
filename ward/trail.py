"""Trail: who looked or did, durable before the bytes leave."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from prometheus_client import Counter, Histogram
from sqlalchemy import ARRAY, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from realtime.outbox import Beside
from realtime.tables import Xid8
from ward import clock
from ward.db import Instant, Model, Scope, clear, new_id
from ward.errors import TrailUnavailable
from ward.security.actors import Actor, Opened, System
from ward.spool import Spool

PATIENCE = 0.25  # seconds a look waits for its row before it shows nothing
REFUSAL_PATIENCE = 2.0  # a refusal shows nobody, so its row may take longer
SCREEN_PATIENCE = 2.0  # a screen that waits shows what it showed; closing it would bring a storm
OWED_MOST = 50_000  # rows nobody waits for that may stand in line while PostgreSQL is away
OWED_AT_ONCE = 500  # of them in one statement: a look that comes meanwhile waits for no more
AGAIN_SECONDS = 1.0

TAKEN = Counter("trail_rows_total", "Trail rows committed by the group committer")
COMMITS = Counter("trail_commits_total", "Commits that carried them")
REFUSED = Counter(
    "trail_unavailable_total", "Looks refused because their row was not taken in time"
)
DROPPED = Counter("trail_dropped_total", "Ends of looks whose row could not be kept")
WAIT = Histogram("trail_wait_seconds", "From handing in a row to its commit")

log = logging.getLogger(__name__)


class Action(StrEnum):
    """What was done, in the letters of FHIR AuditEvent.action."""

    CREATE = "C"
    READ = "R"
    UPDATE = "U"
    DELETE = "D"
    EXECUTE = "E"


class Outcome(StrEnum):
    """How it ended, in the codes of FHIR AuditEvent.outcome."""

    SUCCESS = "0"
    REFUSED = "4"
    FAILED = "8"


class AuditEvent(Model):
    """One look or deed; in FHIR an AuditEvent. The application may only insert."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_actor", "actor_id", "at"),
        Index("ix_audit_event_patients", "patients", postgresql_using="gin"),
        Index("ix_audit_event_xid", "xid"),
        Index(
            "ix_audit_event_glass",
            "break_glass",
            postgresql_where=text("break_glass IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (at)"},
    )
    scope = Scope(house=True)

    at: Mapped[datetime] = mapped_column(Instant(), primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    actor_kind: Mapped[str] = clear("person, device or system")
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear("name of a system actor, or the role; never a person's name")
    session_id: Mapped[UUID | None]
    ip: Mapped[str] = clear("where the look came from")
    action: Mapped[Action]
    code: Mapped[str] = clear("name of the route, command or screen")
    data_classes: Mapped[list[str]] = clear("which classes of data were shown", ARRAY(Text))
    patients: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    resource: Mapped[str] = clear("kind of the row, for example bed")
    resource_id: Mapped[UUID | None]
    relation: Mapped[str] = clear("code of what explained it")
    break_glass: Mapped[UUID | None]  # the case during which this patient was looked at
    outcome: Mapped[Outcome]
    request_id: Mapped[UUID | None]
    items: Mapped[int]
    query: Mapped[bytes | None] = mapped_column(info={"sealed": True})
    detail: Mapped[dict[str, Any]] = mapped_column(
        JSONB, info={"clear": "facts without patient data"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditIntent:
    """What will be written about one look or deed, gathered while it happens."""

    actor_kind: str
    actor_name: str
    action: Action
    code: str
    at: datetime
    actor_id: UUID | None = None
    session_id: UUID | None = None
    ip: str = ""
    data_classes: frozenset[str] = frozenset()
    patients: frozenset[UUID] = frozenset()
    resource: str = ""
    resource_id: UUID | None = None
    relation: str = ""
    outcome: Outcome = Outcome.SUCCESS
    request_id: UUID | None = None
    items: int = 0
    query: bytes | None = None  # what was searched for, sealed under the searcher's key
    detail: dict[str, Any] = field(default_factory=dict)
    glass: tuple[Opened, ...] = ()  # what whoever acts has opened by break-glass
    break_glass: UUID | None = None
    id: UUID = field(default_factory=new_id)

    def saw(
        self, data_class: str | None, patients: Sequence[UUID], relation: str, items: int
    ) -> "AuditIntent":
        """Add what one loader gave to what this request has shown so far."""
        return replace(
            self,
            data_classes=self.data_classes | ({data_class} if data_class else frozenset()),
            patients=self.patients.union(patients),
            relation=self.relation or relation,
            items=self.items + items,
        )

    @property
    def case(self) -> UUID | None:
        """Tell which break-glass case this belongs to: every look at its patient while it lasts."""
        mine = (
            one.id for one in self.glass if one.patient_id in self.patients and self.at < one.until
        )
        return self.break_glass or next(mine, None)

    def row(self) -> dict[str, Any]:
        """Give the row in JSON's own types."""
        return {
            "id": str(self.id),
            "at": self.at.isoformat(),
            "actor_kind": self.actor_kind,
            "actor_id": _text(self.actor_id),
            "actor_name": self.actor_name,
            "session_id": _text(self.session_id),
            "ip": self.ip,
            "action": self.action.value,
            "code": self.code,
            "data_classes": sorted(self.data_classes),
            "patients": sorted(map(str, self.patients)),
            "resource": self.resource,
            "resource_id": _text(self.resource_id),
            "relation": self.relation,
            "break_glass": _text(self.case),
            "outcome": self.outcome.value,
            "request_id": _text(self.request_id),
            "items": self.items,
            "query": f"\\x{self.query.hex()}" if self.query else None,
            "detail": self.detail,
        }


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


_COLUMNS = (
    "id uuid, at timestamptz, actor_kind text, actor_id uuid, actor_name text, session_id uuid,"
    " ip text, action text, code text, data_classes text[], patients uuid[], resource text,"
    " resource_id uuid, relation text, break_glass uuid, outcome text, request_id uuid,"
    " items bigint, query bytea, detail jsonb"
)
_NAMES = ", ".join(column.split()[0] for column in _COLUMNS.split(","))
_INTO = f"INSERT INTO audit_event (version, {_NAMES}) SELECT 1, {_NAMES}"
_INSERT = f"{_INTO} FROM jsonb_to_recordset($1::jsonb) AS r({_COLUMNS})"
_BESIDE = f"{_INTO} FROM jsonb_to_recordset(CAST(:trail AS jsonb)) AS r({_COLUMNS})"
_ONCE = f"{_INSERT} ON CONFLICT DO NOTHING"  # the answer to an earlier try may have been lost


async def insert(
    connection: AsyncConnection, intents: Sequence[AuditIntent], statement: str = _INSERT
) -> None:
    """Write rows by one statement."""
    if intents:
        await insert_rows(connection, [intent.row() for intent in intents], statement)


async def insert_rows(
    connection: AsyncConnection, rows: Sequence[dict[str, Any]], statement: str
) -> None:
    """Write rows that are in JSON's own types already."""
    await connection.exec_driver_sql(statement, (json.dumps(rows),))


def beside(*intents: AuditIntent) -> Beside:
    """Have rows written at the end of their own transaction: change and trail are one commit."""
    return Beside(_BESIDE, {"trail": json.dumps([intent.row() for intent in intents])})


def intent_of(actor: Actor | System, code: str, request_id: UUID | None = None) -> AuditIntent:
    """Begin the trail of one piece of work."""
    return AuditIntent(
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        session_id=actor.session_id,
        ip=actor.ip,
        action=Action.READ,
        code=code,
        request_id=request_id or new_id(),
        glass=actor.glass if isinstance(actor, Actor) else (),
    )


class Trail:
    """The group committer: while one commit is under way the next batch gathers."""

    def __init__(self, engine: AsyncEngine, spool: Spool | None = None) -> None:
        self._engine = engine
        self._spool = spool  # the second device, for what PostgreSQL does not take in time
        self.patience = PATIENCE
        # A batch is one statement: PostgreSQL answers when it is durable; no BEGIN, no COMMIT.
        self._alone = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.taken = 0  # rows this node has committed
        self.watched: frozenset[UUID] = frozenset()  # patients whom nobody should look at
        self.alarm = asyncio.Event()  # somebody did
        self._waiting: list[tuple[AuditIntent, asyncio.Future[None]]] = []
        self._owed: list[AuditIntent] = []
        self._again: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def commit(self, intent: AuditIntent, patience: float = 0.0) -> None:
        """Return once the row is durable; after 250 ms, or more `patience`, on the second device.

        Neither takes it: TrailUnavailable.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((intent, done))
        self._begin()
        try:
            with WAIT.time():
                await asyncio.wait_for(asyncio.shield(done), max(patience, self.patience))
        except (TimeoutError, TrailUnavailable):
            await self._aside(intent, done)

    async def _aside(self, intent: AuditIntent, done: asyncio.Future[None]) -> None:
        """Put the row on the second device; it leaves the line unless it is on its way already."""
        try:
            if self._spool is None:
                raise OSError("There is no second device.")  # noqa: TRY301 - refused below
            await self._spool.keep(intent.row())
        except OSError:
            REFUSED.inc()
            raise TrailUnavailable from None
        done.cancel()
        self._later()

    async def drain(self) -> None:
        """Give PostgreSQL what this node or a dead one left on the second device."""
        if self._spool is None:
            return
        for path in await asyncio.to_thread(self._spool.left_behind):
            async with self._alone.connect() as connection:
                await self._give_back(connection, path)

    def owe(self, intent: AuditIntent) -> None:
        """Write the row of what is over when there is time; it stays in line until it is durable.

        Never for a look: whoever is shown something waits for `commit`.
        """
        if len(self._owed) >= OWED_MOST:
            DROPPED.inc()
            return
        self._owed.append(intent)
        if self._again is None:
            self._begin()

    async def close(self) -> None:
        """Let what is in line be committed, then give the connection back."""
        if self._owed:
            self._begin()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=5)
        if self._again is not None:
            self._again.cancel()
        for intent in self._owed:
            try:
                await self._aside(intent, asyncio.get_running_loop().create_future())
            except TrailUnavailable:
                DROPPED.inc()
                log.error("trail: the end of a look could not be written")  # noqa: TRY400
        if self._again is not None:
            self._again.cancel()
        if self._spool is not None:
            await asyncio.to_thread(self._spool.close)
        await self._engine.dispose()

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="trail")

    def _try_again(self) -> None:
        self._again = None
        self._begin()

    async def _run(self) -> None:
        try:
            async with self._alone.connect() as connection:
                while self._waiting or self._owed or self._spooled:
                    if self._waiting:
                        batch, self._waiting = self._waiting, []
                        await self._write(connection, batch)
                    elif self._spool is not None and self._spool.path is not None and self._spooled:
                        await self._give_back(connection, self._spool.path)
                    else:
                        await self._pay(connection)
        except Exception as error:  # noqa: BLE001 - every waiting look must hear of it
            self._fail(error)
        finally:
            self._task = None
            if self._waiting or ((self._owed or self._spooled) and self._again is None):
                self._begin()  # handed in while the connection was given back

    async def _write(
        self, connection: AsyncConnection, batch: list[tuple[AuditIntent, asyncio.Future[None]]]
    ) -> None:
        batch = [(intent, done) for intent, done in batch if not done.cancelled()]  # not spooled
        try:
            await insert(connection, [intent for intent, _ in batch], _ONCE)
        except Exception:
            self._waiting = batch + self._waiting
            raise
        COMMITS.inc()
        self._took(len(batch))
        for intent, done in batch:
            if not done.done():
                done.set_result(None)
            if not self.watched.isdisjoint(intent.patients):
                self.alarm.set()

    async def _pay(self, connection: AsyncConnection) -> None:
        """Write the oldest rows nobody waits for; they leave the line when they are durable."""
        batch = self._owed[:OWED_AT_ONCE]
        await insert(connection, batch, _ONCE)
        del self._owed[: len(batch)]
        COMMITS.inc()
        self._took(len(batch))

    @property
    def _spooled(self) -> bool:
        return self._spool is not None and self._spool.rows > 0

    async def _give_back(self, connection: AsyncConnection, path: Path) -> None:
        """Write a spool's rows, each once however often it was tried, and then empty it."""
        assert self._spool is not None
        taken = await self._spool.take(path)
        if taken is not None:

            async def write(rows: Sequence[dict[str, Any]]) -> None:
                await insert_rows(connection, rows, _ONCE)
                named = {UUID(one) for row in rows for one in row["patients"]}
                if not self.watched.isdisjoint(named):
                    self.alarm.set()  # somebody looked while PostgreSQL did not take it

            self._took(await taken.give(write))

    def _later(self) -> None:
        """Try again in a moment, unless that is arranged already."""
        if self._again is None:
            loop = asyncio.get_running_loop()
            self._again = loop.call_later(AGAIN_SECONDS, self._try_again)

    def _took(self, rows: int) -> None:
        self.taken += rows
        TAKEN.inc(rows)

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, []
        if (self._owed or self._spooled) and self._again is None:
            log.warning("trail: %d ends of looks wait: %r", len(self._owed), error)
            self._later()
        for _, done in waiting:
            if not done.done():
                done.set_exception(TrailUnavailable())
                done.add_done_callback(lambda future: future.exception())
