"""Databases: a database of its own for a test, copied from one that is migrated once a run."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

_LOCK = 0x57415244  # "WARD": workers of one run make the template one after another


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
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return
        draft = f"{name}_draft"
        await connection.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{draft}" TEMPLATE "{origin}"')
        await fill(called(owner_url, draft))
        await connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')

    asyncio.run(_on(owner_url, work))


async def clone(url: str, owner_url: str, template: str) -> Database:
    """Copy the template for one test."""
    name = f"ward_test_{uuid4().hex[:12]}"

    async def work(connection: asyncpg.Connection) -> None:
        await connection.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        )

    await _on(owner_url, work)
    return Database(name, called(url, name), called(owner_url, name))


async def drop_all(owner_url: str, beginning: str) -> None:
    """Remove every database whose name begins so."""
    names: list[str] = []

    async def look(connection: asyncpg.Connection) -> None:
        found = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
        names.extend([row[0] for row in await connection.fetch(found, beginning)])

    await _on(owner_url, look)
    for name in names:
        await drop(owner_url, name)


async def drop(owner_url: str, name: str) -> None:
    """Remove a database and whoever is still connected to it."""

    async def work(connection: asyncpg.Connection) -> None:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    await _on(owner_url, work)
