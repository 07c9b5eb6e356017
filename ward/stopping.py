"""Stopping: SIGTERM ends what a loop does at its next await, so that it gives back what it holds.

An exception out of a signal handler comes up wherever the program just is: in a finalizer, where
it is lost, or in the midst of a connection, which then waits for an answer that was thrown away.
"""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless_told(work: Coroutine[Any, Any, T]) -> T:
    """Do this in the main thread's loop unless SIGTERM comes; then leave as the signal asks."""
    loop, before, told = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM), []
    task = asyncio.ensure_future(work)

    def stop() -> None:
        told.append(signal.SIGTERM)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if told:
            raise SystemExit(128 + signal.SIGTERM) from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
