"""Index: the node's own copy of who everybody is, kept as current as the database."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Gauge, Histogram
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, text
from sqlalchemy.exc import SQLAlchemyError

from domain.matching import Identity as Compared
from realtime.tasks import end
from ward import crypto
from ward.node import Node
from ward.patients.identity import Hit, IdentityIndex
from ward.patients.models import Patient
from ward.patients.person import Person

BATCH = 2_000  # rows opened in one go, off the event loop
PAUSE = 200  # patients taken in before others get their turn
GATHER = 0.05  # seconds for one look at what several pokes tell; screens are drawn first
EVERY = 0.5  # seconds between looks at what changed, if nothing poked
ROOM = 10_000  # slots an index may waste before it is worth building anew

PATIENTS = Gauge("search_patients", "Patients this node can find")
BUILT = Gauge("search_build_seconds", "How long the last whole build of the index took")
REFRESH = Histogram("search_refresh_seconds", "Reading what changed")

log = structlog.get_logger()

# What a snapshot cannot see yet is at or above its xmin, so the next look begins there.
_SEEN = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
_ALL = text("""
    SELECT p.id, p.version, p.identity, k.wrapped
    FROM patient p JOIN subject_key k ON k.subject_id = p.id
""")
_CHANGED = text("""
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS seen,
        p.id, p.version, p.identity, k.wrapped
    FROM (SELECT 1) AS look
    LEFT JOIN (patient p JOIN subject_key k ON k.subject_id = p.id)
        ON p.changed_xid >= cast(cast(:since AS text) AS xid8)
""").bindparams(bindparam("since"))
_PERSON: TypeAdapter[Person] = TypeAdapter(Person)
_INDEXES: dict[int, "PatientIndex"] = {}


class PatientIndex:
    """Builds the index before the node is ready; re-reads what changed, twice a second or poked."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._index = IdentityIndex()
        self._since = "0"
        self._known: dict[UUID, int] = {}  # versions the last look saw
        self._poked = asyncio.Event()
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Build, then keep current until stopped."""
        await self.build()
        _INDEXES[id(self.node)] = self
        self.node.listeners.append(self._hear)
        self._task = asyncio.create_task(self._keep(), name="patient index")

    async def stop(self) -> None:
        """Stop looking."""
        _INDEXES.pop(id(self.node), None)
        if self._hear in self.node.listeners:
            self.node.listeners.remove(self._hear)
        await end(self._task)

    def __len__(self) -> int:
        return len(self._index)

    async def settle(self) -> None:
        """Take in at once what a poke told of: whoever was just registered here is found."""
        if self._poked.is_set():
            self._poked.clear()
            await self._look()

    def search(self, question: str, limit: int) -> list[Hit]:
        """Find patients by what somebody typed, best first."""
        return self._index.search(question, limit)

    def duplicates(self, person: Person, limit: int) -> list[Hit]:
        """Find whom a new record could double, likeliest first."""
        return self._index.duplicates(person.compared(), limit)

    async def build(self) -> None:
        """Read and open everybody, in batches, from one snapshot."""
        began = perf_counter()
        fresh = IdentityIndex()
        async with self._reading, self._snapshot() as connection:
            since = str(await connection.scalar(_SEEN))
            rows = await connection.stream(_ALL, execution_options={"yield_per": BATCH})
            async for batch in rows.partitions(BATCH):
                await self._learn(row.wrapped for row in batch)
                await asyncio.to_thread(self._take, fresh, batch)
            self._index, self._since, self._known = fresh, since, {}
        PATIENTS.set(len(self))
        BUILT.set(perf_counter() - began)

    async def refresh(self) -> None:
        """Take in every patient whose row changed since the last look."""
        async with self._reading:
            with REFRESH.time():
                since, rows = await self._changed()
                fresh = [row for row in rows if self._known.get(row.id) != row.version]
                if fresh:
                    await self._renew(fresh)
                self._since, self._known = since, {row.id: row.version for row in rows}
        PATIENTS.set(len(self))

    async def _changed(self) -> tuple[str, list[Any]]:
        """Read where the next look begins and what changed since the last: one snapshot of both."""
        async with self.node.asking.connect() as connection:
            rows = (await connection.execute(_CHANGED, {"since": self._since})).all()
        return rows[0].seen, [row for row in rows if row.id is not None]

    async def _renew(self, fresh: list[Any]) -> None:
        await self._learn(row.wrapped for row in fresh)
        opened = await asyncio.to_thread(list, self._opened(fresh))
        for gone in {row.id for row in fresh}.difference(one for one, _ in opened):
            self._index.remove(gone)  # erased, or damaged
        for at, (patient_id, compared) in enumerate(opened):
            self._index.replace(patient_id, compared)
            if at % PAUSE == PAUSE - 1:  # a bulk import must not hold up the ward
                await asyncio.sleep(0)

    async def _learn(self, wrapped: Iterable[bytes | None]) -> None:
        """Know the keys around these data keys; on a connection that reads nothing else."""
        async with self.node.asking.connect() as connection:
            await self.node.vault.ready(connection, wrapped)

    def _take(self, index: IdentityIndex, rows: Iterable[Any]) -> None:
        for patient_id, compared in self._opened(rows):
            index.replace(patient_id, compared)

    def _opened(self, rows: Iterable[Any]) -> Iterator[tuple[UUID, Compared]]:
        vault, table = self.node.vault, Patient.__tablename__
        for row in rows:
            place = crypto.Place(table, "identity", row.id, row.id)
            try:
                plain = crypto.unseal(vault.unwrap(row.wrapped), place, row.identity)
                person = _PERSON.validate_json(plain)
            except crypto.Erased:
                continue
            except (crypto.Unreadable, ValidationError) as error:
                # One damaged record must not hide all others; the message may quote it.
                log.error("search.unreadable", patient=str(row.id), kind=type(error).__name__)  # noqa: TRY400
                continue
            yield row.id, person.compared()

    def _snapshot(self) -> Any:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return self.node.aside.execution_options(**options).connect()

    def _hear(self, topic: str) -> None:
        if topic.startswith("chart/"):
            self._poked.set()

    async def _keep(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), EVERY)
            await asyncio.sleep(GATHER)
            self._poked.clear()
            if not await self._look():
                await asyncio.sleep(EVERY)

    async def _look(self) -> bool:
        """Refresh, or build anew when much is wasted; False when PostgreSQL could not be asked."""
        try:
            await self.refresh()
            if self._index.waste * len(self) > ROOM and self._index.waste > 0.5:
                await self.build()
        except (SQLAlchemyError, OSError, crypto.Unreadable) as error:
            log.warning("search.stale", kind=type(error).__name__)
            return False
        except Exception:  # a search that learns nobody new must not be for good
            log.exception("search.stale")
            return False
        return True


def index_of(node: Node) -> PatientIndex:
    """Give the index of this node."""
    return _INDEXES[id(node)]
