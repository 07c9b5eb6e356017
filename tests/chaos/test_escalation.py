"""Escalation: whichever node dies while alerts climb, no step is lost and none is made twice."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.duty import DutyRole
from tests.chaos.hospital import ANYBODY, Hospital, hospital
from tests.vitals.bedsides import ILL, told
from ward.duty.service import begin
from ward.node import Node, open_node
from ward.testclock import advance
from ward.vitals.observe import observe
from ward.work import work_as

CALLS = """
    SELECT s.alert_id, array_agg(s.nth ORDER BY s.nth) AS made
    FROM alert_step s JOIN alert a ON a.id = s.alert_id
    WHERE s.happening = 'called' AND a.cause = 'news2-high' GROUP BY s.alert_id
"""
PATIENCE = 60.0  # seconds, on a machine that runs other tests beside this one


@pytest.fixture
def place() -> Iterator[Hospital]:
    """A hospital of its own: its clock is moved."""
    with hospital() as made:
        yield made


@contextlib.asynccontextmanager
async def hands(place: Hospital) -> AsyncIterator[Node]:
    """A node that only records: it runs nothing in the background."""
    node = await open_node(place.settings)
    try:
        yield node
    finally:
        await node.close()


async def staff(place: Hospital, node: Node) -> None:
    """Put a registrar, a consultant and a nurse in charge on duty for a day."""
    users = {row["username"]: row["id"] for row in await place.rows("SELECT * FROM app_user")}
    parts = {
        "doctor": DutyRole.REGISTRAR,
        "doctor2": DutyRole.CONSULTANT,
        "charge": DutyRole.IN_CHARGE,
    }
    standing = {
        (row["user_id"], row["part"])
        for row in await place.rows(
            "SELECT user_id, part FROM duty WHERE ward_id = $1 AND ended_at IS NULL", place.ward_id
        )
    }
    async with work_as(node, ANYBODY, "chaos.duty") as work:
        for username, part in parts.items():
            if (users[username], part.value) not in standing:
                until = work.now + timedelta(hours=12)
                await begin(work, place.ward_id, users[username], part, until)


async def until(place: Hospital, wanted: int) -> None:
    """Wait until every alert has been called so often."""
    end = time.monotonic() + PATIENCE
    made: list[list[int]] = []
    while time.monotonic() < end:
        made = [list(row["made"]) for row in await place.rows(CALLS)]
        if len(made) == len(place.lying) and all(len(calls) >= wanted for calls in made):
            break
        await asyncio.sleep(0.05)
    for calls in made:
        assert calls == list(range(1, wanted + 1)), made
    assert len(made) == len(place.lying) > 0


async def later(place: Hospital, minutes: int) -> None:
    engine = create_async_engine(place.stores.database_url)
    async with engine.begin() as connection:
        await advance(connection, timedelta(minutes=minutes))
    await engine.dispose()


async def test_a_killed_node_loses_no_step_and_repeats_none(place: Hospital) -> None:
    a, b = place.nodes
    async with hands(place) as node:
        await staff(place, node)
        for patient in place.lying:
            async with work_as(node, ANYBODY, "chaos.observe") as work:
                await observe(work, patient, told(ILL), seen=None)
    await until(place, 1)
    await later(place, 6)  # the registrar's five minutes are over
    a.kill()
    await until(place, 2)
    a.start()
    await asyncio.to_thread(a.ready)
    await later(place, 11)  # the consultant's ten
    b.kill()
    await until(place, 3)
    await later(place, 16)  # the nurse in charge's fifteen: she is called again, until she has it
    await until(place, 4)
    assert [
        row[0] for row in await place.rows("SELECT name FROM job WHERE parked_at IS NOT NULL")
    ] == []
