"""Worker: processes stored messages, woken by a poke and at least once a second."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby

import structlog
from asyncpg.exceptions import PostgresConnectionError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import NotAllowed
from realtime.tasks import end
from ward.errors import Unavailable
from ward.interop.hl7 import effects, queue
from ward.interop.hl7.events import QUEUE
from ward.interop.hl7.intake import named
from ward.interop.hl7.models import MessageState
from ward.interop.hl7.queue import Next
from ward.interop.hl7.waits import Waits, of_rule
from ward.node import Node
from ward.work import work_as

TICK = 1.0
AT_ONCE = 4  # results of different patients; while one waits for the database another goes
_AWAY = (OSError, TimeoutError, InterfaceError, PoolTimeout, PostgresConnectionError, Unavailable)
"""The database does not answer: that is no message's fault, and no try of it."""
_log = structlog.get_logger(__name__)


class Worker:
    """One node's worker; several nodes may have one, each message is taken by one of them."""

    def __init__(self, node: Node) -> None:
        """Work only where the node was started with this part."""
        self.node = node
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, if this node is to process messages."""
        if "worker" in self.node.parts:
            self.node.listeners.append(self._hear)
            self._task = asyncio.create_task(self._run(), name="hl7-worker")

    async def stop(self) -> None:
        """Stop; what is in the middle of its effect rolls back and goes again."""
        if self._hear in self.node.listeners:
            self.node.listeners.remove(self._hear)
        await end(self._task)

    def _hear(self, topic: str) -> None:
        if topic == str(QUEUE):
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await drain(self.node)
            except Exception as error:  # noqa: BLE001 - the worker outlives every failure
                _log.error("hl7.worker", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK)


async def drain(node: Node) -> int:
    """Process all that may go now; return how many messages were settled.

    What may move somebody goes one after another: a bed is left before the next one takes it.
    Results go some at a time, no two of one patient: what `due` lists waits behind nobody.
    """
    settled = 0
    while ready := await queue.due(node):
        before = settled
        for alone, run in groupby(ready, key=lambda one: one.alone):
            listed = list(run)
            settled += await (_each(node, iter(listed)) if alone else _some(node, listed))
        if settled == before:  # others are at these
            break
    return settled


async def _some(node: Node, ready: list[Next]) -> int:
    random.shuffle(ready)  # several nodes have the same list
    waiting = iter(ready)
    tasks = [asyncio.create_task(_each(node, waiting)) for _ in range(AT_ONCE)]
    try:
        return sum(await asyncio.gather(*tasks))
    finally:
        for task in tasks:  # the first failure ends all; none is left behind
            await end(task)


async def _each(node: Node, waiting: Iterator[Next]) -> int:
    """Process one message after another, until none is left."""
    settled = 0
    for message in waiting:
        settled += await process(node, message)
    return settled


async def process(node: Node, message: Next) -> bool:
    """Give one message its effect, or put down why not; False when it was not ours to take."""
    actor = named(message.sender, effects.PERMISSIONS)
    try:
        async with work_as(node, actor, "hl7.apply") as work:
            row = await queue.claim(work, message.id)
            if row is None:
                return False
            effect = await effects.apply(work, row, await queue.facts(work, row))
            await queue.done(work, row, effect)
    except Waits as why:
        await queue.wait(node, message, why)
    except NotAllowed as refused:
        await queue.wait(node, message, of_rule(refused))
    except _AWAY:
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        await _failed(node, message, error)
    return True


async def _failed(node: Node, message: Next, error: Exception) -> None:
    cause = getattr(getattr(error, "orig", None), "__cause__", None) or error
    state = await queue.fail(node, message, cause)
    dead = state is MessageState.DEAD
    _log.error("hl7.dead" if dead else "hl7.failed", id=str(message.id), error=type(cause).__name__)
