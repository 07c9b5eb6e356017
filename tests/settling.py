"""Settling: what follows by itself from what a test did has followed, by whichever hands."""

import asyncio

from sqlalchemy import select

from ward import clock, jobs
from ward.later import Job
from ward.node import Node

PATIENCE = 30  # seconds, for a machine that is busy with other tests


async def settled(node: Node) -> None:
    """Wait until every job that is due was tried; a serving node may have some of them in hand."""
    async with asyncio.timeout(PATIENCE):
        while await _due(node):
            await jobs.drain(node)
            await asyncio.sleep(0.01)


async def _due(node: Node) -> bool:
    ready = select(Job.id).where(Job.run_at <= clock.now(), Job.attempts == 0).limit(1)
    async with node.aside.connect() as connection:
        return (await connection.execute(ready)).first() is not None
