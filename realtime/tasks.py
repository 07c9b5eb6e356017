"""Tasks: work that nobody awaits, held so that it is not collected half-way."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

AGAIN_SECONDS, MOST_TRIES = 0.2, 50

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
        await end(*self._held)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._held.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("live: a task failed: %r", error, exc_info=error)


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks and wait until they have ended.

    A library that waits with a deadline of its own can take a cancellation for its deadline
    (seen on Python 3.11.2); so it is repeated, and a task that would never hear does not hold us.
    """
    left = {task for task in tasks if task is not None and not task.done()}
    interrupted = False
    for _ in range(MOST_TRIES):
        for task in left:
            task.cancel()
        if not left:
            break
        try:
            _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
        except asyncio.CancelledError:
            interrupted = True
    if left:
        log.error("live: %d tasks did not end", len(left))
    if interrupted:
        raise asyncio.CancelledError


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run until cancelled or until one fails; none outlives this call."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await end(*tasks)
