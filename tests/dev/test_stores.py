"""Stores of a test run: apart for each test, and reached by an account that owns nothing."""

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.databases import Database
from ward.dev.embedded import Stores


async def test_each_test_has_a_migrated_database_to_itself(database: Database) -> None:
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    assert await connection.fetchval("SELECT current_database()") == database.name
    assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    await connection.close()


async def test_the_application_may_not_change_tables(database: Database) -> None:
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE mine (id int)")
    await connection.close()


async def test_redis_keeps_nothing_on_disk_and_evicts_nothing(stores: Stores) -> None:
    async with Redis.from_url(stores.redis_url, decode_responses=True) as redis:
        found = [await redis.config_get(name) for name in ("save", "maxmemory-policy")]
    assert found == [{"save": ""}, {"maxmemory-policy": "noeviction"}]
