"""Keeper: keeps the keys of a node: learns versions, forgets what was erased, says it is here."""

import asyncio
from time import monotonic

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from realtime.tasks import end
from ward import render
from ward.crypto import Unreadable
from ward.db import new_id
from ward.errors import Unavailable
from ward.keys.models import TOPIC
from ward.keys.providers import provider_of
from ward.keys.ring import LIFE, follow, renew
from ward.node import Node

EVERY = 0.5  # seconds between looks at what changed, if nothing poked
TELL = 5.0  # seconds between two signs of life
RENEW, AGAIN = 3600.0, 60.0  # seconds between two questions to the provider; when it was away
LINGER = 20.0  # seconds that a read which began before may still need or bring back a key

LEFT = Gauge("keys_seconds_left", "How long this node can do without its key provider")

log = structlog.get_logger()

_LOOK = text("""
    SELECT (SELECT string_agg(number || state, ' ' ORDER BY number) FROM kek) AS keks,
        (SELECT count(*) FROM subject_key WHERE wrapped IS NULL) AS erased
""")
_HERE = text("""
    INSERT INTO key_node (id, version, name, knows, wraps, seen_at)
    VALUES (:id, 1, :name, :knows, :wraps, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET knows = excluded.knows, wraps = excluded.wraps,
        seen_at = excluded.seen_at
""")
_GONE = text(
    "DELETE FROM key_node WHERE id = :id OR seen_at < clock_timestamp() - interval '1 day'"
)
_AWAY = (SQLAlchemyError, OSError, TimeoutError, Unavailable, Unreadable)


class Keeper:
    """Two pairs of eyes: one on what was erased, which nothing holds up, one on the versions."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.id = new_id()
        self.provider = provider_of(node.settings)
        self._seen: tuple[str, int] | None = None
        self._poked, self._news = asyncio.Event(), asyncio.Event()
        self._linger = self._told = 0.0
        self._renew_at = monotonic() + RENEW
        self._retired: dict[int, float] = {}  # version to when nobody can need it any more
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Say that this node is here, and look from now on."""
        self.node.listeners.append(self._hear)
        await self._tell()
        self._tasks = [
            asyncio.create_task(self._watch(), name="keys: erased"),
            asyncio.create_task(self._keep(), name="keys: versions"),
        ]

    async def stop(self) -> None:
        """Stop, and say so."""
        self.node.listeners.remove(self._hear)
        for task in self._tasks:
            await end(task)
        try:
            async with self.node.asking.connect() as connection:
                await connection.execute(_GONE, {"id": self.id})
        except _AWAY as error:
            log.info("keys.unsaid", kind=type(error).__name__)

    def _hear(self, topic: str) -> None:
        if topic == TOPIC:
            self._poked.set()

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except _AWAY as error:
                log.warning("keys.look", kind=type(error).__name__)
            except Exception:  # who no longer looked would go on showing what was erased
                log.exception("keys.look")
            if monotonic() < self._linger:  # a read from before may have brought one back
                self.node.vault.forget_open()
            try:
                await asyncio.wait_for(self._poked.wait(), EVERY)
            except TimeoutError:
                continue
            self._poked.clear()

    async def look(self) -> None:
        """Look once: forget what was erased, and have versions learnt."""
        async with self.node.asking.connect() as connection:
            row = (await connection.execute(_LOOK)).one()
        before, self._seen = self._seen, (row.keks, row.erased)
        if before is not None and before[1] != row.erased:
            self.forget()
        if before is None or before[0] != row.keks:
            self._news.set()

    def forget(self) -> None:
        """Forget whatever this node keeps opened, and have every screen looked at again."""
        self._linger = monotonic() + LINGER
        self.node.vault.forget_open()
        self.node.pictures.forget()
        render.forget()
        for again in self.node.afresh:
            again()
        log.info("keys.erased")

    async def _keep(self) -> None:
        while True:
            try:
                await self.turn()
            except _AWAY as error:
                log.warning("keys.away", why=str(error) or type(error).__name__)
                await asyncio.sleep(EVERY)
            except Exception as error:  # noqa: BLE001 - a node must not stop minding its keys
                log.error("keys.keeper", kind=type(error).__name__)  # noqa: TRY400
                await asyncio.sleep(EVERY)
            self._bound()
            try:
                await asyncio.wait_for(self._news.wait(), TELL)
            except TimeoutError:
                continue

    async def turn(self) -> None:
        """Learn what is new, have the provider vouch for the keys in time, say we are here."""
        vault, now = self.node.vault, monotonic()
        if self._news.is_set():
            self._news.clear()
            try:
                await self._follow()
            except BaseException:
                self._news.set()
                raise
        if now >= self._renew_at or vault.house is None:
            self._renew_at = now + AGAIN
            async with self.node.asking.connect() as connection:
                await renew(vault, connection, self.provider)
            self._renew_at = now + RENEW
        await self._tell()

    async def _follow(self) -> None:
        async with self.node.asking.connect() as connection:
            retired = await follow(self.node.vault, connection, self.provider)
        for number in retired:
            self._retired.setdefault(number, monotonic() + LINGER)

    def _bound(self) -> None:
        """Let nothing be kept for longer than it may."""
        vault, now = self.node.vault, monotonic()
        for number in [one for one, until in self._retired.items() if until <= now]:
            vault.keks.pop(number, None)
            del self._retired[number]
            vault.forget_open()
        if now > vault.until and vault.house is not None:
            log.error("keys.lapsed", hours=LIFE / 3600)
            vault.lapse()
        LEFT.set(max(0.0, vault.until - now) if vault.house is not None else 0.0)

    async def _tell(self) -> None:
        vault = self.node.vault
        values = {
            "id": self.id,
            "name": self.node.settings.node,
            "knows": max(vault.keks, default=0),
            "wraps": vault.current,
        }
        async with self.node.asking.connect() as connection:
            await connection.execute(_HERE, values)
