"""A burst: which message is next takes no longer when PostgreSQL counted the rows before it."""

import json

import asyncpg
from sqlalchemy.dialects import postgresql

from tests.databases import Database
from ward import clock
from ward.interop.hl7 import queue

BURST, OF_EACH = 400, 40  # messages at once; pages that may be looked at for each
_PUT = """
    WITH message AS (
        INSERT INTO hl7_message (id, version, received_at, peer, msh3, msh10, sha256, outcome, kept,
            flagged, state, recorded_at, attempts, next_at, remarks, acked_at, message_type, event)
        SELECT gen_random_uuid(), 1, $3, 'here', 'LAB', $2 || n, sha256(($2 || n)::bytea), 'A',
            false, false, 'received', $3, 0, $3, '{}', $3, 'ORU', 'R01'
        FROM generate_series(1, $1) n
        RETURNING id, msh10)
    INSERT INTO hl7_subject (id, version, message_id, hash, appointment)
    SELECT gen_random_uuid(), 1, id, sha256(CASE $2 WHEN 'one' THEN $2 ELSE msh10 END::bytea), false
    FROM message
"""


async def test_a_burst_is_looked_through_message_by_message(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    try:
        await owner.execute(_PUT, 30, "one", clock.now())  # of one patient, and all are done
        await owner.execute("UPDATE hl7_message SET state = 'done'")
        await owner.execute("ANALYZE hl7_message, hl7_subject")
        await owner.execute(_PUT, BURST, "many", clock.now())
        due = queue.DUE.params(now=clock.now())
        words = due.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        told = await owner.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {words}")
        plan = json.loads(told)[0]["Plan"]
        assert plan["Actual Rows"] == queue.MOST
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < BURST * OF_EACH
    finally:
        await owner.close()
