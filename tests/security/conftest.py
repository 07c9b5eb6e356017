"""A full ward on two nodes, and the keys of its hospital."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.stations import Running, running
from ward import keeper
from ward.config import Settings
from ward.crypto import NUMBER, Vault
from ward.db import new_id
from ward.keys.rotation import owner_engine


@pytest.fixture(autouse=True)
def _telling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nodes say more often that they are here."""
    monkeypatch.setattr(keeper, "TELL", 0.2)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whoever owns the database: reads and alters whatever is stored."""

    connection: asyncpg.Connection
    engine: AsyncEngine

    async def of(self, query: str, *values: Any) -> Any:
        return await self.connection.fetchval(query, *values)

    async def do(self, statement: str, *values: Any) -> None:
        await self.connection.execute(statement, *values)

    async def kek_counts(self) -> dict[int, int]:
        """How many data keys each version wraps."""
        rows = await self.connection.fetch("SELECT kek, count(*) FROM subject_key GROUP BY kek")
        return {row[0]: row[1] for row in rows if row[0] is not None}


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[Owner]:
    assert settings.database_owner_url is not None
    url = settings.database_owner_url.get_secret_value().replace("+asyncpg", "")
    connection, engine = await asyncpg.connect(url), owner_engine(settings)
    yield Owner(connection, engine)
    await engine.dispose()
    await connection.close()


@pytest.fixture
async def other(ward: Running, settings: Settings) -> AsyncIterator[Running]:
    """A second node of the same hospital."""
    async with running(settings.model_copy(update={"node": "other"})) as node:
        yield node


More = Callable[[int], Awaitable[None]]


@pytest.fixture
def more_keys(ward: Running, owner: Owner) -> More:
    """Make data keys of subjects that nobody knows."""

    async def make(count: int) -> None:
        vault: Vault = ward.node.vault
        rows = [vault.new_key(new_id())[0] for _ in range(count)]
        assert all(row.wrapped and row.wrapped[:NUMBER] for row in rows)
        listed = [(new_id(), 1, row.subject_id, 1, row.wrapped) for row in rows]
        columns = ("id", "version", "subject_id", "key_version", "wrapped")
        await owner.connection.copy_records_to_table("subject_key", records=listed, columns=columns)

    return make
