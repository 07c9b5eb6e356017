"""Sealing: whatever the owner of the database does to a sealed row, verifying names it."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.audit.conftest import Looks, look
from ward import clock
from ward.audit import anchors, leaves, proving
from ward.audit.notes import Forged, Public, Signer
from ward.audit.sealing import seal
from ward.audit.verifying import Report, verify
from ward.node import Node
from ward.trail import AuditEvent


async def sealed(node: Node, looks: Looks, *counts: int) -> list[UUID]:
    """Write looks and seal each lot under one checkpoint."""
    ids: list[UUID] = []
    for count in counts:
        ids += await looks(count)
        async with asyncio.timeout(60):  # another test's transaction may hold the snapshot back
            while not await _settled(node) or not await seal(node):  # noqa: ASYNC110 - its own
                await asyncio.sleep(0.05)
    return ids


async def _settled(node: Node) -> bool:
    """Tell whether nothing that began before the newest event is still under way."""
    now = "pg_snapshot_xmin(pg_current_snapshot())"
    late = f"SELECT EXISTS (SELECT FROM audit_event WHERE xid >= {now})"
    async with node.asking.connect() as connection:
        return not await connection.scalar(text(late))


def named(report: Report) -> list[tuple[str, UUID | None]]:
    return [(fault.what, fault.event) for fault in report.faults]


def test_every_column_of_the_trail_is_sealed() -> None:
    """A new column makes a new form; old events keep theirs."""
    assert set(leaves.FORMS[leaves.FORM]) == set(AuditEvent.__table__.c.keys())


async def test_what_was_sealed_verifies_and_what_was_not_waits(alone: Node, looks: Looks) -> None:
    before = await _whole(alone)
    await sealed(alone, looks, 3, 4)
    await looks(2)
    report = await verify(alone)
    assert report.faults == []
    assert (report.events - before, report.checkpoints, report.waiting) == (7, 2, 2)
    assert report.until is not None


async def _whole(node: Node) -> int:
    """Count what the copied database had already: it is sealed with the first lot."""
    async with node.aside.connect() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM audit_event")) or 0)


@pytest.mark.parametrize(
    "change",
    [
        "code = 'nothing'",
        "patients = '{}'",
        'detail = detail || \'{"why": "asked"}\'',
        "actor_id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "outcome = '4'",
        "xid = (xid::text::bigint - 1)::text::xid8",
        "query = '\\x01'",
    ],
)
async def test_an_altered_row_is_named_with_its_day(
    alone: Node, looks: Looks, owner: asyncpg.Connection, change: str
) -> None:
    ids = await sealed(alone, looks, 3, 3, 3)
    done = await owner.execute(f"UPDATE audit_event SET {change} WHERE id = $1", ids[4])
    assert done == "UPDATE 1"
    report = await verify(alone)
    assert named(report) == [("altered", ids[4])]
    day = report.faults[0].at
    assert day is not None
    assert day.date().isoformat() in str(report.faults[0])


async def test_a_removed_row_is_named(alone: Node, looks: Looks, owner: asyncpg.Connection) -> None:
    ids = await sealed(alone, looks, 3, 3)
    await owner.execute("DELETE FROM audit_event WHERE id = $1", ids[1])
    await owner.execute("DELETE FROM audit_event WHERE id = $1", ids[5])
    assert named(await verify(alone)) == [("removed", ids[1]), ("removed", ids[5])]


@pytest.mark.parametrize("nth", [0, 2, 5])  # 5: behind the last that was sealed
async def test_an_inserted_row_is_named(
    alone: Node, looks: Looks, owner: asyncpg.Connection, nth: int
) -> None:
    ids = await sealed(alone, looks, 3, 3)
    strange = uuid4()
    columns = [
        row["column_name"]
        for row in await owner.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'audit_event'"
        )
    ]
    copied = ", ".join("$2::uuid" if name == "id" else name for name in columns)
    into = f"INSERT INTO audit_event ({', '.join(columns)})"
    await owner.execute(f"{into} SELECT {copied} FROM audit_event WHERE id = $1", ids[nth], strange)
    assert named(await verify(alone)) == [("inserted", strange)]


async def test_a_row_of_a_transaction_that_has_not_been_is_named(
    alone: Node, looks: Looks, owner: asyncpg.Connection
) -> None:
    ids = await sealed(alone, looks, 2)
    (late,) = await looks(1)
    await owner.execute("UPDATE audit_event SET xid = '9000000000000' WHERE id = $1", late)
    assert named(await verify(alone)) == [("inserted", late)]
    assert ids


async def test_two_rows_that_changed_places_are_named(
    alone: Node, looks: Looks, owner: asyncpg.Connection
) -> None:
    ids = await sealed(alone, looks, 4)
    async with owner.transaction():
        for mine, theirs in ((ids[0], uuid4()), (ids[2], ids[0])):
            await owner.execute("UPDATE audit_event SET id = $2 WHERE id = $1", mine, theirs)
            if theirs != ids[0]:
                spare = theirs
        await owner.execute("UPDATE audit_event SET id = $2 WHERE id = $1", spare, ids[2])
    assert set(named(await verify(alone))) == {("altered", ids[0]), ("altered", ids[2])}


FORGERIES = {
    "root": "note = replace(note, split_part(note, E'\\n', 3), split_part(note, E'\\n', 4))",
    "size": "note = replace(note, E'\\n' || size || E'\\n', E'\\n' || size + 1 || E'\\n')",
    "leaf": "leaves = set_byte(leaves, 0, get_byte(leaves, 0) # 1)",
    "edge": "edge = set_byte(edge, 0, get_byte(edge, 0) # 1)",
    "end": "last_at = last_at + interval '1 second'",
    "settled": "settled = (settled::text::bigint - 1)::text::xid8",
    "gone": None,
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_checkpoint_is_named(
    alone: Node, looks: Looks, owner: asyncpg.Connection, forgery: str
) -> None:
    await sealed(alone, looks, 2, 2, 2)
    change = FORGERIES[forgery]
    if change:
        done = await owner.execute(f"UPDATE audit_checkpoint SET {change} WHERE number = 2")
    else:
        done = await owner.execute("DELETE FROM audit_checkpoint WHERE number = 2")
    assert done in {"UPDATE 1", "DELETE 1"}
    forged = [fault for fault in (await verify(alone)).faults if fault.what == "forged"]
    assert len(forged) == 1
    assert f"Checkpoint {2 if change else 3} of " in str(forged[0])


async def test_a_row_and_its_hash_altered_together_break_the_root(
    alone: Node, looks: Looks, owner: asyncpg.Connection
) -> None:
    """Whoever mends the hash as well still cannot sign."""
    from ward.audit import merkle

    ids = await sealed(alone, looks, 3)
    await owner.execute("UPDATE audit_event SET code = 'nothing' WHERE id = $1", ids[2])
    async with alone.aside.begin() as connection:
        await leaves.settle(connection)
        last = (await leaves.lines(connection, leaves.between(leaves.FIRST, "true")))[-1]
    changed = (await owner.fetchval("SELECT leaves FROM audit_checkpoint"))[: -merkle.HASH]
    await owner.execute("UPDATE audit_checkpoint SET leaves = $1", changed + merkle.leaf(last))
    (fault,) = (await verify(alone)).faults
    assert "do not make the root" in str(fault)


async def test_an_anchor_outside_shows_that_the_end_was_cut_off(
    alone: Node, looks: Looks, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    from dataclasses import replace as changed

    anchored = changed(alone, settings=alone.settings.model_copy(update={"audit_anchor": tmp_path}))
    await sealed(anchored, looks, 2, 2)
    told = (tmp_path / anchors.FILE).read_text("utf-8")
    assert len(anchors.split(told)) == 2
    assert (await verify(alone, anchor=told)).faults == []
    after = await owner.fetchrow("SELECT * FROM audit_checkpoint WHERE number = 1")
    await owner.execute("DELETE FROM audit_checkpoint WHERE number = 2")
    await owner.execute(
        "DELETE FROM audit_event WHERE (xid, at, id) > ($1, $2, $3)",
        after["last_xid"], after["last_at"], after["last_id"],
    )  # fmt: skip
    assert (await verify(alone)).faults == []  # nothing inside can tell
    for said in (await verify(alone, anchor=told), await verify(anchored)):  # given, or its own
        (fault,) = said.faults
        assert "The trail was cut off" in str(fault)


async def test_a_torn_anchor_is_no_fault_and_is_gone_on_with(
    alone: Node, looks: Looks, tmp_path: Path
) -> None:
    from dataclasses import replace as changed

    node = changed(alone, settings=alone.settings.model_copy(update={"audit_anchor": tmp_path}))
    await sealed(node, looks, 2)
    path = tmp_path / anchors.FILE
    whole = path.read_text("utf-8")
    path.write_text(whole[:-20], "utf-8")  # no power while it was written
    await sealed(node, looks, 2)
    told = path.read_text("utf-8")
    assert anchors.size_of(whole.lstrip()) in map(anchors.size_of, anchors.split(told))
    assert (await verify(alone, anchor=told)).faults == []


async def test_an_event_is_proven_to_whoever_has_the_public_key(alone: Node, looks: Looks) -> None:
    ids = await sealed(alone, looks, 5, 6)
    key = Public.read(str(Signer(alone.vault.signing).public))
    for event in (ids[0], ids[4], ids[5], ids[10]):
        proof = proving.read(json.dumps(await proving.prove(alone, event)))
        columns, _size = proving.check(proof, key)
        assert columns["id"] == str(event)
        assert columns["code"] == "patients.chart"
    other = await proving.prove(alone, ids[1])
    with pytest.raises(Forged, match="does not lead to the root"):
        proving.check(proof | {"event": other["event"]}, key)
    with pytest.raises(Forged, match="does not lead to the root"):
        proving.check(proof | {"position": proof["position"] - 1}, key)
    with pytest.raises(Forged, match="not signed by this key"):
        proving.check(proof, Signer(b"x" * 32).public)
    (waiting,) = await looks(1)
    with pytest.raises(proving.Unsealed):
        await proving.prove(alone, waiting)


async def test_the_application_can_only_add_checkpoints(alone: Node, looks: Looks) -> None:
    await sealed(alone, looks, 1)
    for statement in (
        "UPDATE audit_checkpoint SET size = 0",
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_retired",
        "INSERT INTO audit_retired DEFAULT VALUES",
    ):
        async with alone.engine.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))


async def test_a_row_that_commits_late_is_sealed_behind_those_that_came_first(
    alone: Node, looks: Looks
) -> None:
    """The order is that of settled transactions: a slow one is never left out."""
    from ward.trail import insert

    slow = look(clock.now() - timedelta(minutes=1))
    async with alone.engine.begin() as connection:
        await insert(connection, [slow])
        await looks(3)
        assert await seal(alone) <= await _whole(alone) - 3  # they wait for the slow one
    await sealed(alone, looks, 1)
    report = await verify(alone)
    assert (report.faults, report.waiting) == ([], 0)
    assert await proving.prove(alone, slow.id)


async def test_two_nodes_do_not_seal_the_same_events(alone: Node, looks: Looks) -> None:
    await looks(5)
    await asyncio.gather(*(seal(alone) for _ in range(4)))
    await sealed(alone, looks, 1)
    report = await verify(alone)
    assert report.faults == []
    assert report.events == await _whole(alone)
