"""Settling: what follows by itself from what a test did has followed, by whichever hands."""

import asyncio
import time

from sqlalchemy import and_, or_, select, text

from ward import clock, jobs
from ward.interop.hl7 import queue, worker
from ward.interop.hl7.models import Hl7Message, MessageState
from ward.later import Job
from ward.node import Node

PATIENCE = 30  # seconds, for a machine that is busy with other tests
_WORK = 0.03  # seconds of a processor


def crowding() -> float:
    """Tell how many times as long as alone any work takes now: others want the processors too.

    What is promised in seconds is promised of a machine that has them to spare.
    """
    begun, worked = time.monotonic(), time.process_time()
    while time.process_time() - worked < _WORK:
        pass
    return max(1.0, (time.monotonic() - begun) / _WORK)


_MET = (
    "DeadlockDetectedError",
    "LockNotAvailableError",
    "QueryCanceledError",
    "SerializationError",
)
"""Two were at the same rows, or one was too slow: the next try, a second later, is what counts."""


async def settled(node: Node) -> None:
    """Wait until every job that is due was tried; a serving node may have some of them in hand.

    A try that PostgreSQL broke off is none.
    """
    async with asyncio.timeout(PATIENCE):
        while await _due(node):
            await jobs.drain(node)
            await asyncio.sleep(0.01)


async def worked_off(node: Node) -> None:
    """Wait until every message that may go has had its effect or waits for a person.

    What the node does by itself may have met one of them: its next try comes a second later.
    """
    await worker.drain(node)
    async with asyncio.timeout(PATIENCE):
        while await queue.due(node) or await _met(node):
            await asyncio.sleep(0.01)
            await worker.drain(node)


async def _met(node: Node) -> bool:
    waits = and_(Hl7Message.error.in_(_MET), Hl7Message.state == MessageState.RECEIVED)
    async with node.aside.connect() as connection:
        found = await connection.execute(select(Hl7Message.id).where(waits).limit(1))
        return found.first() is not None


async def _due(node: Node) -> bool:
    untried = and_(Job.run_at <= clock.now(), Job.attempts == 0)
    broken_off = and_(Job.error.in_(_MET), Job.parked_at.is_(None))
    ready = select(Job.id).where(or_(untried, broken_off)).limit(1)
    async with node.aside.connect() as connection:
        return (await connection.execute(ready)).first() is not None


async def somebody_waits(node: Node) -> None:
    """Wait until a transaction waits for a lock of another."""
    async with asyncio.timeout(PATIENCE), node.aside.connect() as connection:
        while not (await connection.execute(_WAITS)).scalar_one():
            await connection.rollback()  # what is active is asked anew
            await asyncio.sleep(0.01)


_WAITS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
""")
