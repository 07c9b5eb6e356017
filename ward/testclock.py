"""Test clock: in WARD_ENV=test the clock's offset is a row that every node reads.

So a test moves the time of all nodes at once; nothing of it runs anywhere else.
"""

import asyncio
from datetime import timedelta

from sqlalchemy import Boolean, CheckConstraint, Column, Double, Table, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from realtime.tasks import end
from ward import clock
from ward.config import Env
from ward.db import Model
from ward.node import Node

EVERY = 0.1  # seconds

Table(
    "test_clock",
    Model.metadata,
    Column("one", Boolean, CheckConstraint("one", name="one"), primary_key=True),
    Column("seconds", Double, nullable=False),
)
_READ = text("SELECT seconds FROM test_clock LIMIT 1")
_WRITE = text(
    "INSERT INTO test_clock (one, seconds) VALUES (true, :seconds)"
    " ON CONFLICT (one) DO UPDATE SET seconds = test_clock.seconds + :seconds"
)


class TestClock:
    """Keeps this node's clock at the offset that the row says."""

    __test__ = False  # no test, though its name begins so

    def __init__(self, node: Node) -> None:
        self.node = node
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Follow the row, in tests alone."""
        if self.node.settings.env is Env.TEST:
            self._task = asyncio.create_task(self._run(), name="test-clock")

    async def stop(self) -> None:
        """Stop following."""
        await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await follow(self.node)
            except (SQLAlchemyError, OSError, TimeoutError):  # the store died: so a test wants it
                await asyncio.sleep(EVERY)
            await asyncio.sleep(EVERY)


async def follow(node: Node) -> None:
    """Move this node's clock to where the row says; without a row it stays where it is."""
    async with node.aside.connect() as connection:
        seconds = (await connection.execute(_READ)).scalar()
    if seconds is not None:
        clock.shift(timedelta(seconds=float(seconds)))


async def advance(connection: AsyncConnection, by: timedelta) -> None:
    """Move the time of every node that runs in a test forward."""
    await connection.execute(_WRITE, {"seconds": by.total_seconds()})
