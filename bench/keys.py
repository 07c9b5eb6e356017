"""Keys: every data key is wrapped anew while people read; how much slower they are, who fails."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
from sqlalchemy import text

from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie, serving
from ward.db import new_id
from ward.keys.providers import provider_of
from ward.keys.rotation import Rotation, owner_engine, retire
from ward.node import open_node

KEYS = int(os.environ.get("BENCH_KEYS", "100000"))
READERS, WARM, BEFORE = 4, 3.0, 5.0  # at each node; seconds of reading before it is turned
_COLUMNS = ("id", "version", "subject_id", "key_version", "wrapped")


@dataclass
class Reads:
    """What the readers of one stretch of time saw."""

    took: list[float] = field(default_factory=list)
    failed: int = 0


def measure(place: Hospital) -> list[Figure]:
    """Make keys, read at two nodes, and rotate; one run, so that both stretches are alike."""
    asyncio.run(_filled(place))
    with ExitStack() as stack:
        nodes = [stack.enter_context(serving(place)) for _ in range(2)]
        return asyncio.run(_rotated(place, nodes))


async def _filled(place: Hospital) -> None:
    node = await open_node(place.settings)
    rows = [node.vault.new_key(new_id())[0] for _ in range(KEYS)]
    await node.close()
    connection = await asyncpg.connect(place.stores.owner_url.replace("+asyncpg", ""))
    try:
        listed = [(new_id(), 1, row.subject_id, 1, row.wrapped) for row in rows]
        await connection.copy_records_to_table("subject_key", records=listed, columns=_COLUMNS)
        await connection.execute("VACUUM (ANALYZE) subject_key")
    finally:
        await connection.close()


async def _rotated(place: Hospital, nodes: list[Serving]) -> list[Figure]:
    engine = owner_engine(place.settings)
    paths = await _paths(place)
    run = Rotation(engine, provider_of(place.settings))
    try:
        async with _reading(nodes, paths) as stretches:
            await asyncio.sleep(WARM)
            stretches.append(before := Reads())
            await asyncio.sleep(BEFORE)
            stretches.append(during := Reads())
            began = time.perf_counter()
            done = await run.run(lambda *_: None)
            took = time.perf_counter() - began
            stretches.append(after := Reads())
            await retire(engine, done.number - 1)
            await asyncio.sleep(BEFORE)
    finally:
        await engine.dispose()
    failed = sum(one.failed for one in stretches)
    return [
        Figure("keys wrapped anew while eight people read at two nodes", f"{done.wrapped:,}"),
        Figure("the whole rotation", f"{took:.1f} s ({done.wrapped / took:,.0f} keys/s)"),
        Figure("reads that failed, before, during, after", f"{failed}", "0"),
        Figure("reads before", f"{len(before.took) / BEFORE:,.0f}/s, {spread(before.took)}"),
        Figure("reads during", f"{len(during.took) / took:,.0f}/s, {spread(during.took)}"),
        Figure("reads with the old version destroyed", spread(after.took)),
        Figure("p95 of a read, during / before", f"{_ratio(during, before):.2f}", "<= 3"),
    ]


def _ratio(one: Reads, other: Reads) -> float:
    return percentile(one.took, 0.95) / percentile(other.took, 0.95)


async def _paths(place: Hospital) -> list[str]:
    node = await open_node(place.settings)
    async with node.aside.connect() as connection:
        rows = await connection.execute(text("SELECT patient_id FROM stay WHERE ended_at IS NULL"))
        patients = [f"/patients/{row[0]}" for row in rows]
    await node.close()
    return [f"/wards/{place.ward_id}/beds", *patients[:20]]


@asynccontextmanager
async def _reading(nodes: list[Serving], paths: list[str]) -> AsyncIterator[list[Reads]]:
    """Read at every node until the block ends; whoever reads notes it in the last stretch."""
    stretches, over = [Reads()], asyncio.Event()
    cookies = [await asyncio.to_thread(cookie, node.url, "charge") for node in nodes]

    async def read(node: Serving, session: str, first: int) -> None:
        async with httpx.AsyncClient(base_url=node.url, headers={"Cookie": session}) as client:
            nth = first
            while not over.is_set():
                now, began = stretches[-1], time.perf_counter()
                try:
                    answer = await client.get(paths[nth % len(paths)])
                    now.failed += answer.status_code != 200
                except httpx.HTTPError:
                    now.failed += 1
                now.took.append(time.perf_counter() - began)
                nth += 1

    async with asyncio.TaskGroup() as group:
        for node, session in zip(nodes, cookies, strict=True):
            for first in range(READERS):
                group.create_task(read(node, session, first))
        try:
            yield stretches
        finally:
            over.set()
