"""Worker: processes stored messages, woken by a poke and at least once a second."""

import asyncio
import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

import structlog
from asyncpg.exceptions import PostgresConnectionError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import NotAllowed
from realtime.tasks import end
from ward.db import cause_of, collided
from ward.errors import Unavailable
from ward.interop.hl7 import effects, queue
from ward.interop.hl7.events import QUEUE
from ward.interop.hl7.intake import named
from ward.interop.hl7.models import MessageState
from ward.interop.hl7.queue import Claimed, Next, Taken
from ward.interop.hl7.waits import Waits, of_place, of_rule
from ward.node import Node
from ward.patients.intake import hold_still
from ward.work import Work, work_as

TICK = 1.0
AT_ONCE = 4  # groups of results; while one waits for the database another goes
TOGETHER = 4  # results of different patients in one commit: each raises up to seven topics
GOES = 3  # at once, where others are at the same rows; only then is it a try of the message
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
            settled += await (_each(node, listed) if alone else _some(node, listed))
        if settled == before:  # others are at these
            break
    return settled


async def _some(node: Node, ready: list[Next]) -> int:
    random.shuffle(ready)  # several nodes have the same list
    waiting = iter([ready[at : at + TOGETHER] for at in range(0, len(ready), TOGETHER)])
    tasks = [asyncio.create_task(_each_group(node, waiting)) for _ in range(AT_ONCE)]
    try:
        return sum(await asyncio.gather(*tasks))
    finally:
        for task in tasks:  # the first failure ends all; none is left behind
            await end(task)


async def _each_group(node: Node, waiting: Iterator[list[Next]]) -> int:
    """Settle one group after another, until none is left."""
    settled = 0
    for group in waiting:
        try:
            settled += await _together(node, group)
        except Taken:
            continue
        except Exception:  # noqa: BLE001 - what is wrong with one shows when each goes by itself
            settled += await _each(node, group)
    return settled


async def _together(node: Node, group: list[Next]) -> int:
    """Give several messages their effects in one commit, or none; each has its own trail."""
    async with work_as(node, queue.MINDER, "hl7.claim") as work:
        claimed = await queue.claim(work, [one.id for one in group])
        await hold_still(work, [mark for one in claimed for mark in one.subjects])
        for one in claimed:
            actor = named(one.message.msh3, effects.PERMISSIONS)
            try:
                await _settle(work.also(actor, "hl7.apply"), one)
            except Exception as error:
                raise _Apart from error
    return len(claimed)


class _Apart(Exception):
    """One of several cannot be settled with the others."""


async def _settle(work: Work, one: Claimed) -> None:
    effect = await effects.apply(work, one.message, await queue.facts(work, one))
    await queue.done(work, one.message, effect)


async def _each(node: Node, waiting: Iterable[Next]) -> int:
    """Process one message after another."""
    settled = 0
    for message in waiting:
        settled += await process(node, message)
    return settled


async def process(node: Node, message: Next) -> bool:
    """Give one message its effect, or put down why not; False when it was not ours to take."""
    try:
        await _apply(node, message)
    except Taken:
        return False
    except Waits as why:
        await queue.wait(node, message, why)
    except NotAllowed as refused:
        await queue.wait(node, message, of_rule(refused))
    except _AWAY:
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        if closed := of_place(error):
            await queue.wait(node, message, closed)
        else:
            await _failed(node, message, error)
    return True


async def _apply(node: Node, message: Next) -> None:
    """Give one message its effect; where others were at the same rows, once more and at once."""
    actor = named(message.sender, effects.PERMISSIONS)
    for go in range(1, GOES + 1):
        try:
            async with work_as(node, actor, "hl7.apply") as work:
                (claimed,) = await queue.claim(work, [message.id])
                await _settle(work, claimed)
        except DBAPIError as error:
            if go == GOES or not collided(error):
                raise
        else:
            return


async def _failed(node: Node, message: Next, error: Exception) -> None:
    cause = cause_of(error) or error
    state = await queue.fail(node, message, cause)
    dead = state is MessageState.DEAD
    _log.error("hl7.dead" if dead else "hl7.failed", id=str(message.id), error=type(cause).__name__)
