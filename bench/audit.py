"""Audit: how fast the trail is sealed and verified, and asked who looked at whom."""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import text

from bench.figures import Figure, spread
from bench.hospital import Hospital, cookie, hospital, serving
from ward.audit.sealing import seal
from ward.audit.verifying import verify
from ward.node import Node, open_node

SEALED = int(os.environ.get("BENCH_SEALED", "200000"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
AT_ONCE = 50_000
ASKED = 20
INDEXES = ("ix_audit_event_actor", "ix_audit_event_patients", "ix_audit_event_xid")

# Thirty days of a hospital: 2,000 people, 50,000 patients, one to three of them a look.
_MADE = """
    INSERT INTO audit_event (version, id, at, actor_kind, actor_id, actor_name, session_id, ip,
        action, code, data_classes, patients, resource, resource_id, relation, outcome,
        request_id, items, detail)
    SELECT 1, gen_random_uuid(), now() - interval '30 days' * (n::float8 / $3),
        'person', md5('actor' || n % 2000)::uuid, 'nurse', md5('session' || n % 9000)::uuid,
        '10.0.' || n % 200 || '.7', 'R', 'patients.chart', '{D1,D3}',
        ARRAY[md5('patient' || n % 50000)::uuid], 'patient', md5('patient' || n % 50000)::uuid,
        'ward', '0', gen_random_uuid(), 1, '{}'
    FROM generate_series($1::bigint, $2::bigint) AS n
"""


def measure(_place: Hospital) -> list[Figure]:
    """Fill, seal, verify; fill more, and ask as the explorer asks.

    In a hospital of its own: elsewhere every node would judge a million invented looks for long.
    """
    with hospital() as place:
        figures = asyncio.run(_sealed(place))
        asyncio.run(_filled(place, SEALED, EVENTS))
        with _unsealed(place), serving(place) as node:
            figures += _explored(node.url, cookie(node.url, "privacy"))
    return figures


@contextlib.contextmanager
def _unsealed(place: Hospital) -> Iterator[None]:
    """Keep the node from sealing what was written behind its back: no hospital has such a day."""
    loop = asyncio.new_event_loop()
    url = place.stores.owner_url.replace("+asyncpg", "")
    connection = loop.run_until_complete(asyncpg.connect(url))
    held = "SELECT pg_advisory_lock(hashtext('ward.audit.seal'))"
    loop.run_until_complete(connection.execute(held))
    try:
        yield
    finally:
        loop.run_until_complete(connection.close())
        loop.close()


async def _sealed(place: Hospital) -> list[Figure]:
    await _filled(place, 0, SEALED)
    node = await open_node(place.settings)
    try:
        began = time.perf_counter()
        done = await seal(node)
        sealing = time.perf_counter() - began
        rates = [await _rate(node) for _ in range(3)]
        one = await _row(node)
    finally:
        await node.close()
    return [
        Figure("sealed, after a backlog", f"{done / sealing:,.0f} events/s (n={done:,})"),
        Figure("verified", f"{sorted(rates)[1]:,.0f} events/s (median of 3)", ">= 100,000"),
        Figure("one event, its line", f"{one} bytes"),
    ]


async def _rate(node: Node) -> float:
    began = time.perf_counter()
    report = await verify(node)
    assert report.faults == [], report.faults
    return report.events / (time.perf_counter() - began)


async def _row(node: Node) -> int:
    async with node.aside.connect() as connection:
        asked = text("SELECT avg(octet_length(t::text))::int FROM audit_event t LIMIT 1")
        return int(await connection.scalar(asked) or 0)


async def _filled(place: Hospital, done: int, wanted: int) -> None:
    """Write events until there are so many, without indexes for as long as that takes."""
    connection = await asyncpg.connect(place.stores.owner_url.replace("+asyncpg", ""))
    try:
        await _without_indexes(connection, lambda: _written(connection, done, wanted))
        await connection.execute("VACUUM (ANALYZE) audit_event")
    finally:
        await connection.close()


async def _written(connection: asyncpg.Connection, done: int, wanted: int) -> None:
    for first in range(done, wanted, AT_ONCE):
        last = min(first + AT_ONCE, wanted) - 1
        await connection.execute(_MADE, first, last, float(wanted))


async def _without_indexes(
    connection: asyncpg.Connection, write: Callable[[], Awaitable[None]]
) -> None:
    made = {
        name: await connection.fetchval("SELECT pg_get_indexdef($1::regclass)", name)
        for name in INDEXES
    }
    for name in INDEXES:
        await connection.execute(f"DROP INDEX {name}")
    await write()
    for statement in made.values():
        await connection.execute(statement.replace(" ON ONLY ", " ON "))


def _explored(url: str, session: str) -> list[Figure]:
    headers = {"cookie": session}
    asked = {
        "who looked at this patient, 30 days": lambda n: f"patient={_made_up('patient', n)}",
        "what did this person do, 30 days": lambda n: f"who={_made_up('actor', n)}",
        "what happened in this window, 30 days": lambda _: "",
    }
    figures = []
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for name, filters in asked.items():
            times = [_asked(client, filters(7 + 31 * nth)) for nth in range(ASKED)]
            figures.append(Figure(f"{name}, {EVENTS:,} events", spread(times), "< 1 s"))
    return figures


def _asked(client: httpx.Client, filters: str) -> float:
    since = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 30 * 86400))
    began = time.perf_counter()
    answer = client.get(f"/audit?{filters}&since={since}")
    took = time.perf_counter() - began
    assert answer.status_code == 200, answer.text[:300]
    return took


def _made_up(kind: str, number: int) -> UUID:
    from hashlib import md5

    return UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())
