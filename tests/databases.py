"""Databases: a database of its own for a test, copied from one that is migrated once a run."""

import asyncio
import atexit
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

_IS_THERE = "SELECT 1 FROM pg_database WHERE datname = $1"
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Database:
    """One database, reached as the application and as the owner of its tables."""

    name: str
    url: str
    owner_url: str


def called(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _on(owner_url: str, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
    connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
    try:
        await work(connection)
    finally:
        await connection.close()


def make_template(
    owner_url: str, name: str, fill: Callable[[str], Awaitable[None]], origin: str = "template0"
) -> None:
    """Copy `origin` to the database `name` and fill it, unless another worker of this run has."""

    async def work(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(_IS_THERE, name):
            return
        await connection.execute("SELECT pg_advisory_lock(hashtext($1))", name)
        if await connection.fetchval(_IS_THERE, name):
            return
        draft = f"{name}_draft"
        await connection.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
        copy = f'CREATE DATABASE "{draft}" TEMPLATE "{origin}" STRATEGY FILE_COPY'
        await connection.execute(copy)
        await fill(called(owner_url, draft))
        await connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')

    asyncio.run(_on(owner_url, work))


class _Hand:
    """One connection that copies and removes databases for all tests of a process, in turn.

    It lives in a loop of its own, in a thread: each test's loop ends with the test.
    """

    def __init__(self, owner_url: str) -> None:
        self._url, self._turn = owner_url.replace("+asyncpg", ""), asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hand", daemon=True)
        self._thread.start()
        atexit.register(self._end)

    async def does(self, statement: str) -> None:
        """Have a statement done, on a new connection if a server that was killed took the old."""
        await asyncio.wrap_future(self._sent(self._do(statement)))

    def _sent(self, work: Coroutine[Any, Any, None]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _do(self, statement: str) -> None:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._url)
            await self._connection.execute(statement)

    def _end(self) -> None:
        self._sent(self._close()).result(_END_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_END_SECONDS)
        self._loop.close()

    async def _close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


_hand = cache(_Hand)


async def clone(url: str, owner_url: str, template: str) -> Database:
    """Copy the template for one test."""
    name = f"ward_test_{uuid4().hex[:12]}"
    copy = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
    await _hand(owner_url).does(copy)
    return Database(name, called(url, name), called(owner_url, name))


async def named(owner_url: str, beginning: str) -> list[str]:
    """List the databases whose name begins so."""
    names: list[str] = []

    async def look(connection: asyncpg.Connection) -> None:
        found = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
        names.extend([row[0] for row in await connection.fetch(found, beginning)])

    await _on(owner_url, look)
    return names


async def drop_all(owner_url: str, beginning: str) -> None:
    """Remove every database whose name begins so."""
    for name in await named(owner_url, beginning):
        await drop(owner_url, name)


async def drop(owner_url: str, name: str) -> None:
    """Remove a database and whoever is still connected to it."""
    await _hand(owner_url).does(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
