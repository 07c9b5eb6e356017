"""Tasks: work that nobody awaits, held so that it is not collected half-way."""

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)


class Tasks:
    """A set of strong references; what fails is logged, what is left over can be cancelled."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Begin the work."""
        task = asyncio.create_task(work)
        self._held.add(task)
        task.add_done_callback(self._ended)

    async def cancel(self) -> None:
        """Stop all and wait until they have."""
        held = list(self._held)
        for task in held:
            task.cancel()
        if held:
            await asyncio.wait(held)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._held.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("live: a task failed: %r", error, exc_info=error)
