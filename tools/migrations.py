"""Migrations: compare the models with what the migrations make of an empty database."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic.command import check
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from ward.dev.embedded import embedded
from ward.schema import configuration, migrate


def _check(connection: Connection) -> str:
    try:
        check(configuration(connection))
    except CommandError as error:
        return str(error)
    return ""


async def compare(owner_url: str) -> str:
    """Return what a new migration would have to do, or nothing."""
    await migrate(owner_url)
    engine = create_async_engine(owner_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(_check)
    await engine.dispose()
    return found


def main() -> None:
    """Exit with the differences, if there are any."""
    with tempfile.TemporaryDirectory(prefix="ward-check-") as folder:
        home = Path(folder) / "home"
        with embedded(home, redis=False, durable=False) as stores:
            try:
                sys.exit(asyncio.run(compare(stores.owner_url)) or 0)
            except DBAPIError as error:
                sys.exit(f"A migration fails on an empty database: {error.orig}")


if __name__ == "__main__":
    main()
