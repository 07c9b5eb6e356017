"""Tidy: forgets in time what was promised to be kept only for a while."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from realtime.tasks import end
from ward import clock, idempotency
from ward.node import Node

EVERY = 600.0  # seconds

log = structlog.get_logger()


class Tidy:
    """Looks around on every node; what one has forgotten the others do not find."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, and go on until stopped."""
        self._task = asyncio.create_task(self._run(), name="tidy")

    async def stop(self) -> None:
        """Stop looking."""
        await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await tidy(self.node)
            except (SQLAlchemyError, OSError) as error:
                log.warning("tidy.later", kind=type(error).__name__)
            await asyncio.sleep(EVERY)


async def tidy(node: Node) -> int:
    """Forget the answers of yesterday's commands; return how many."""
    async with node.aside.begin() as connection:
        return await idempotency.forget(connection, clock.now())
