"""Tidy: forgets in time what was promised to be kept only for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from realtime import outbox
from realtime.tasks import end
from ward import clock, idempotency
from ward.node import Node

FIRST, EVERY = 30.0, 600.0  # seconds; a node that begins has people waiting
FACTS_KEPT_FOR = timedelta(days=3)  # then no screen and no job asks the outbox about them

Forget = Callable[[AsyncConnection, datetime], Awaitable[int]]
FORGETS: list[Forget] = []

log = structlog.get_logger()


def forgets(function: Forget) -> Forget:
    """Have a module forget in time what it keeps only for a while: it returns how many rows."""
    FORGETS.append(function)
    return function


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
        await asyncio.sleep(FIRST)
        while True:
            try:
                await tidy(self.node)
            except (SQLAlchemyError, OSError) as error:
                log.warning("tidy.later", kind=type(error).__name__)
            except Exception:  # one table that cannot be tidied is no reason to leave the others
                log.exception("tidy.later")
            await asyncio.sleep(EVERY)


async def tidy(node: Node) -> int:
    """Forget yesterday's answers, old facts and what modules kept for a while; return how many."""
    now = clock.now()
    async with node.aside.begin() as connection:
        rows = await idempotency.forget(connection, now)
    for forget in FORGETS:
        async with node.aside.begin() as connection:
            rows += await forget(connection, now)
    async with node.aside.begin() as connection:
        return rows + await outbox.prune(connection, now - FACTS_KEPT_FOR)
