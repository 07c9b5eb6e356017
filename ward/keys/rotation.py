"""Rotation: a new version of the key around all data keys, while everybody goes on reading.

Nodes learn the new version before anything is wrapped by it. Every step is a commit of its own,
and each is found again by what it left: whoever is killed begins where it stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import ARRAY, DateTime, LargeBinary, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import NotAllowed
from ward import clock, trail
from ward.config import Settings
from ward.crypto import NUMBER, KekState
from ward.keys import erased
from ward.keys.providers import KeyProvider
from ward.keys.ring import LOCK, add_kek
from ward.security.actors import System
from ward.trail import Action, intent_of

BATCH = 1_000  # data keys wrapped anew in one commit
SILENT = 20.0  # seconds after which a node that says nothing is taken for gone
PATIENCE = 60.0  # seconds to wait for nodes to learn
LOOK = 0.1
OPERATOR = System("cli:operator", frozenset())
_ALONE = "SELECT pg_try_advisory_lock(hashtext('ward.keys.rotate'))"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the key around the data keys, and how many it wraps."""

    number: int
    state: KekState
    made_at: datetime
    settled_at: datetime | None
    keys: int


@dataclass(frozen=True, slots=True)
class Present:
    """A process that opens what is sealed."""

    name: str
    knows: int
    wraps: int
    silent: float  # seconds since it last said that it is here


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: from now on `number` wraps everything."""

    number: int
    wrapped: int  # data keys that this run wrapped anew
    damaged: int  # data keys that do not open, and stay as they are
    resumed: bool


_VERSIONS = text("""
    SELECT v.number, v.state, v.made_at, v.settled_at,
        (SELECT count(*) FROM subject_key s WHERE s.kek = v.number)
    FROM kek v ORDER BY v.number
""")
_NODES = text("""
    SELECT name, knows, wraps, extract(epoch FROM clock_timestamp() - seen_at)::float8
    FROM key_node ORDER BY name, id
""")
_STALE = text("SELECT count(*) FROM subject_key WHERE kek < :number")
_NEXT = text("""
    SELECT id, kek, wrapped FROM subject_key WHERE kek < :number AND id > :last
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
""").bindparams(bindparam("last", type_=Uuid))
_ANEW = text("""
    UPDATE subject_key s SET wrapped = r.wrapped
    FROM unnest(:ids, :wrapped) AS r(id, wrapped) WHERE s.id = r.id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("wrapped", type_=ARRAY(LargeBinary)))
_TURNS = (
    text("UPDATE kek SET state = 'old', version = version + 1 WHERE state = 'current'"),
    text("UPDATE kek SET state = 'current', version = version + 1 WHERE number = :number"),
)

_SETTLED = text(
    "UPDATE kek SET settled_at = :now, version = version + 1 WHERE number = :number"
).bindparams(bindparam("now", type_=DateTime(timezone=True)))


def owner_engine(choice: Settings) -> AsyncEngine:
    """Reach the database as the owner of its tables: the application may not change the ring."""
    url = choice.database_owner_url or choice.database_url
    assert url is not None
    return create_async_engine(url.get_secret_value(), connect_args={"timeout": 5})


async def versions(connection: AsyncConnection) -> list[Version]:
    """List the versions that stand, oldest first."""
    rows = await connection.execute(_VERSIONS)
    return [Version(row[0], KekState(row[1]), *row[2:]) for row in rows]


async def nodes(connection: AsyncConnection) -> list[Present]:
    """List the processes that have said they are here, and not that they are gone."""
    return [Present(*row) for row in await connection.execute(_NODES)]


class Rotation:
    """One run of `ward keys rotate`; only one runs at a time."""

    def __init__(self, engine: AsyncEngine, provider: KeyProvider, *, batch: int = BATCH) -> None:
        self.engine, self.provider, self.batch = engine, provider, batch
        self.patience = PATIENCE
        self.done, self.damaged = 0, set[UUID]()

    async def run(self, progress: Progress) -> Rotated:
        """Rotate, or go on where an earlier run was ended."""
        async with _alone(self.engine):
            number, resumed = await self._begun()
            await self._known(number)
            await self._turned(number)
            await self._wrapped(number, progress)
            await self._wraps(number)
            await self._wrapped(number, progress)  # what was made meanwhile by the old one
            await self._ended(number)
        return Rotated(number, self.done, len(self.damaged), resumed)

    async def _begun(self) -> tuple[int, bool]:
        """Make the new version, unless one is under way: then go on with that."""
        async with self.engine.begin() as connection:
            await connection.execute(text(LOCK))
            listed = await versions(connection)
            newest = listed[-1]
            if newest.settled_at is None:
                return newest.number, True
            number = newest.number + 1
            await add_kek(connection, self.provider, number, KekState.COMING)
            await _note(connection, "keys.rotate", version=number, step="begun")
        return number, False

    async def _known(self, number: int) -> None:
        """Wait until every node that is here can open what the new version will wrap."""
        await self._all(lambda node: node.knows >= number, f"has not learnt version {number}")

    async def _wraps(self, number: int) -> None:
        """Wait until no node wraps by an older version any more."""
        await self._all(lambda node: node.wraps >= number, f"does not wrap by version {number}")

    async def _all(self, ready: Callable[[Present], bool], lack: str) -> None:
        until = monotonic() + self.patience
        while True:
            async with self.engine.connect() as connection:
                here = [one for one in await nodes(connection) if one.silent < SILENT]
            late = [one for one in here if not ready(one)]
            if not late:
                return
            if monotonic() > until:
                told = f"Node {late[0].name} {lack}. Look at its log, then run this again:"
                raise NotAllowed(f"{told} it goes on where it stopped.")
            await asyncio.sleep(LOOK)

    async def _turned(self, number: int) -> None:
        """Let the new version wrap what is made from now on."""
        async with self.engine.begin() as connection:
            await connection.execute(text(LOCK))
            newest = (await versions(connection))[-1]
            if newest.number == number and newest.state is KekState.COMING:
                await connection.execute(_TURNS[0])
                await connection.execute(_TURNS[1], {"number": number})
                await _note(connection, "keys.rotate", version=number, step="current")

    async def _wrapped(self, number: int, progress: Progress) -> None:
        """Wrap anew, batch by batch, until no data key is behind that opens."""
        keks = await self._keks()
        while behind := await self._behind(number):
            last, before = UUID(int=0), self.done
            while rows := await self._batch(number, last, keks):
                last = rows[-1]
                progress(self.done, before + behind)
            if self.done == before:  # somebody holds what is left; for a moment
                await asyncio.sleep(LOOK)

    async def _behind(self, number: int) -> int:
        async with self.engine.connect() as connection:
            stale = await connection.scalar(_STALE, {"number": number})
        return max(0, int(stale or 0) - len(self.damaged))

    async def _batch(self, number: int, last: UUID, keks: dict[int, bytes]) -> list[UUID]:
        """Wrap the next ones anew in one commit; return which they were."""
        async with self.engine.begin() as connection:
            asked = {"number": number, "last": last, "most": self.batch}
            rows = (await connection.execute(_NEXT, asked)).all()
            anew = {row.id: _anew(row, keks, number) for row in rows}
            ready = {one: wrapped for one, wrapped in anew.items() if wrapped is not None}
            if ready:
                values = {"ids": list(ready), "wrapped": list(ready.values())}
                await connection.execute(_ANEW, values)
        self.done += len(ready)
        self.damaged |= anew.keys() - ready.keys()
        return list(anew)

    async def _keks(self) -> dict[int, bytes]:
        async with self.engine.connect() as connection:
            rows = (await connection.execute(text("SELECT number, wrapped FROM kek"))).all()
        return {row.number: await self.provider.unwrap(row.wrapped) for row in rows}

    async def _ended(self, number: int) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_SETTLED, {"number": number, "now": clock.now()})
            counts = {"keys": self.done, "damaged": len(self.damaged)}
            await _note(connection, "keys.rotate", version=number, step="done", **counts)


def _anew(row: Any, keks: dict[int, bytes], number: int) -> bytes | None:
    """Unwrap by the version it names, and wrap by the new one; None when it does not open."""
    try:
        key = aes_key_unwrap(keks[row.kek], row.wrapped[NUMBER:])
    except (InvalidUnwrap, ValueError):
        return None
    return number.to_bytes(NUMBER) + aes_key_wrap(keks[number], key)


async def retire(engine: AsyncEngine, number: int) -> None:
    """Destroy an old version; refused while it wraps anything or any node would still use it."""
    async with _alone(engine), engine.begin() as connection:
        await connection.execute(text(LOCK))
        found = next((one for one in await versions(connection) if one.number == number), None)
        if found is None:
            raise NotAllowed(f"There is no version {number}, or it was retired already.")
        if found.state is not KekState.OLD:
            raise NotAllowed(f"Version {number} is {found.state.value}; only an old one can go.")
        for node in await nodes(connection):
            if node.silent < SILENT and node.wraps <= number:
                raise NotAllowed(f"Node {node.name} still wraps by version {node.wraps}.")
        # Whoever writes keys now is waited for; afterwards the foreign key has the last word.
        await connection.execute(text("LOCK TABLE subject_key IN SHARE ROW EXCLUSIVE MODE"))
        left = next(one.keys for one in await versions(connection) if one.number == number)
        if left:
            raise NotAllowed(f"Version {number} still wraps {left:,} keys. Run `ward keys rotate`.")
        await connection.execute(text("DELETE FROM kek WHERE number = :n"), {"n": number})
        await _note(connection, "keys.retire", version=number)


async def rewrap(engine: AsyncEngine, old: KeyProvider, new: KeyProvider) -> int:
    """Wrap the keys of the installation anew, all in one commit; return how many.

    With one and the same provider they are wrapped by the newest version of its root key.
    """
    async with _alone(engine), engine.begin() as connection:
        await connection.execute(text(LOCK))
        done = 0
        for table in ("key_ring", "kek"):
            rows = (await connection.execute(text(f"SELECT id, wrapped FROM {table}"))).all()  # noqa: S608
            for row in rows:
                wrapped = (
                    await old.rewrap(row.wrapped)
                    if old is new
                    else await new.wrap(await old.unwrap(row.wrapped))
                )
                anew = text(f"UPDATE {table} SET wrapped = :wrapped WHERE id = :id")  # noqa: S608
                await connection.execute(anew, {"id": row.id, "wrapped": wrapped})
                done += 1
        await _note(connection, "keys.rewrap", keys=done)
    return done


async def erase_again(engine: AsyncEngine, subjects: Iterable[UUID]) -> int:
    """Destroy once more the keys that were destroyed after a backup was taken."""
    async with _alone(engine), engine.begin() as connection:
        done = await erased.destroy(connection, subjects)
        await _note(connection, "keys.erase_again", keys=done)
    return done


async def _note(connection: AsyncConnection, code: str, **detail: object) -> None:
    """Write into the trail, in the same commit, what was done to the keys."""
    row = replace(intent_of(OPERATOR, code), action=Action.EXECUTE, detail=dict(detail))
    await trail.insert(connection, [row])


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold the keys for the length of a deed; a killed one lets go by itself."""
    async with engine.connect() as connection:
        if not await connection.scalar(text(_ALONE)):
            raise NotAllowed("The keys are being changed already, by another command.")
        await connection.rollback()
        try:
            yield
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock_all()"))
