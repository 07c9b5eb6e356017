"""What must hold of medicines: each way it can be broken is found, and called by its name."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from domain.frequencies import Code
from tests.adt.scene import Scene
from tests.databases import Database
from tests.medications.bedside import at_bed
from tests.medications.scene import prescribed
from tests.settling import settled
from tests.stations import Station
from ward import clock
from ward.invariants import CHECKS
from ward.medications.as_required import give_as_required
from ward.medications.models import GivenSource
from ward.medications.said import GivenSaid
from ward.node import Node

MINE = tuple(name for name, _, _ in CHECKS if name.startswith("I3") or name in {"I4b", "I4c"})


def copied(table: str, where: str = "true", **other: str) -> str:
    """Copy one row under a new id."""
    said = ", ".join(f"'{name}', {value}" for name, value in other.items())
    made = f"jsonb_build_object('id', gen_random_uuid(){', ' + said if said else ''})"
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, {made})).* FROM {table} t"
        f" WHERE {where} LIMIT 1"
    )


GIVEN = "SELECT dose_id FROM medication_administration WHERE dose_id IS NOT NULL"
AN_HOUR = "tstzrange(now(), now() + interval '1 hour')"
BREAKS: dict[str, Sequence[str]] = {
    "I3a": (
        "DROP INDEX uq_medication_administration_dose",
        copied("medication_administration", "dose_id IS NOT NULL"),
    ),
    "I3b": (
        "DROP INDEX uq_scheduled_dose_once",
        copied("scheduled_dose", "status = 'given'"),
        copied(
            "medication_administration",
            "dose_id IS NOT NULL",
            dose_id="(SELECT max(id::text) FROM scheduled_dose WHERE status = 'given'"
            f" AND id NOT IN ({GIVEN}))",
        ),
    ),
    "I3c": (
        "ALTER TABLE ingredient_lockout DROP CONSTRAINT ex_ingredient_lockout_during",
        f"UPDATE ingredient_lockout SET reason = NULL, during = {AN_HOUR}",
        copied("ingredient_lockout"),
    ),
    "I3d": ("UPDATE ingredient_lockout SET ended_at = now()",),
    "I3e": ("UPDATE scheduled_dose SET status = 'planned' WHERE status = 'given'",),
    "I3e, nobody": ("UPDATE medication_administration SET dose_id = NULL",),
    "I3f": (
        "UPDATE medication_request SET status = 'stopped', ended_at = now() WHERE kind = 'regular'",
    ),
    "I3g": (
        "UPDATE medication_request SET planned_until = now() - interval '1 hour'",
        "DELETE FROM job WHERE name = 'medications.plan_ahead'",
    ),
    "I3h": ("UPDATE prescription SET dispensed_at = valid_until + interval '1 hour'",),
    "I4b": ("UPDATE medication_request SET source = 'pharmacy' WHERE kind = 'regular'",),
    "I4c": (
        "ALTER TABLE medication_request DROP CONSTRAINT uq_medication_request_source_hash",
        "UPDATE medication_request SET source_hash = '\\x01'",
    ),
}


@pytest.fixture
async def hospital(open_scene: Scene, ida: UUID, nurse: Station, doctor: Station) -> Node:
    """One dose given on time, one as required, and a paper for the pharmacy outside."""
    bedside = await at_bed(open_scene, nurse, ida)
    pack = await bedside.pack("amoxicillin")
    once, _ = await bedside.order("amoxicillin", Code.ONCE)
    answer = await bedside.given(once, pack)
    assert answer.status_code == 200, answer.text
    required, _ = await bedside.order("paracetamol", Code.PRN)
    said = GivenSaid(given_at=clock.now(), source=GivenSource.PAPER, why="pain")
    async with open_scene.work() as work:
        await give_as_required(work, required.id, said, revision=1)
    order = await prescribed(open_scene, ida, "metoprolol")
    chosen = {"request_id": [str(order.id)], f"days-{order.id}": "7"}
    answer = await doctor.client.post(
        f"/patients/{ida}/prescriptions", data=chosen, headers={"hx-request": "true"}
    )
    assert answer.status_code == 200, answer.text
    await settled(open_scene.node)
    return open_scene.node


async def broken(node: Node, connection: AsyncConnection) -> set[str]:
    found = {name: await check(node, connection) for name, _, check in CHECKS if name in MINE}
    return {name for name, culprits in found.items() if culprits}


async def test_whatever_breaks_it_is_called_by_its_name(hospital: Node, database: Database) -> None:
    engine = create_async_engine(database.owner_url)
    async with engine.connect() as connection:
        assert await broken(hospital, connection) == set()
        for name, statements in BREAKS.items():
            for one in statements:
                changed = await connection.execute(text(one))
                assert changed.rowcount, one
            assert name.partition(",")[0] in await broken(hospital, connection), name
            await connection.rollback()
        assert await broken(hospital, connection) == set()
    await engine.dispose()
    assert {name.partition(",")[0] for name in BREAKS} == set(MINE)
