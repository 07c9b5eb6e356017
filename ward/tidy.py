"""Tidy: forgets in time what was promised to be kept only for a while."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from realtime import outbox
from realtime.tasks import end
from ward import clock, idempotency
from ward.node import Node

EVERY = 600.0  # seconds
FACTS_KEPT_FOR = timedelta(days=3)  # then no screen and no job asks the outbox about them

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
    """Forget the answers of yesterday's commands and old facts; return how many rows."""
    now = clock.now()
    async with node.aside.begin() as connection:
        answers = await idempotency.forget(connection, now)
    async with node.aside.begin() as connection:
        return answers + await outbox.prune(connection, now - FACTS_KEPT_FOR)
