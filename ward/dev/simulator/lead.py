"""Lead: of all nodes of a hospital one simulates; another follows when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward.node import Node

RETRY = 2.0  # seconds: whoever leads has ended at most so long ago
_TAKE = text("SELECT pg_try_advisory_lock(hashtext('ward.simulator'))")
_HOLD = text("SELECT 1")


class Lead:
    """The lead, held as long as its connection lives."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def check(self) -> None:
        """Raise unless this node still leads: with the connection the lead is gone."""
        await self._connection.execute(_HOLD)


@asynccontextmanager
async def leading(node: Node) -> AsyncIterator[Lead]:
    """Wait until nobody else leads; give the lead back by closing its connection."""
    while True:
        async with _own(node) as connection:
            if await connection.scalar(_TAKE):
                yield Lead(connection)
                return
        await asyncio.sleep(RETRY)


@asynccontextmanager
async def _own(node: Node) -> AsyncIterator[AsyncConnection]:
    """Open a connection that is closed, not given back: a pool would keep the lock."""
    engine = node.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        try:
            yield connection
        finally:
            await connection.invalidate()
