"""Invariants of the waiting list: each way one can be broken is found, and called by its name."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tests.databases import Database
from tests.scheduling.clinic import Clinic
from tests.scheduling.queue import Queue
from ward.invariants import CHECKS
from ward.node import Node

MINE = tuple(name for name, _, _ in CHECKS if name.startswith("I16"))
BREAKS = {
    "I16a": "UPDATE reservation SET ended_at = now() WHERE hold_id IS NOT NULL",
    "I16b": "UPDATE waitlist_entry SET status = 'waiting' WHERE status = 'offered'",
    "I16c": "UPDATE waitlist_offer SET appointment_id = NULL WHERE status = 'accepted'",
    "I16d": "DELETE FROM job WHERE name LIKE '%pass_on'",
}


async def broken(node: Node, connection: AsyncConnection) -> set[str]:
    found = {name: await check(node, connection) for name, _, check in CHECKS if name in MINE}
    return {name for name, culprits in found.items() if culprits}


async def test_whatever_breaks_it_is_called_by_its_name(clinic: Clinic, database: Database) -> None:
    queue = Queue(clinic)
    people = await queue.waiting("Bell", "Khan")
    for hour, patient in zip((9, 10), people, strict=True):
        row = await clinic.book(await clinic.scene.patient(f"Reid{hour}"), clinic.at(hour, days=3))
        await queue.call_off(row)
        (offered,) = await queue.offers(patient)
        if hour == 9:
            await queue.accept(offered)
    engine = create_async_engine(database.owner_url)
    async with engine.connect() as connection:
        assert await broken(clinic.scene.node, connection) == set()
        for name, statement in BREAKS.items():
            assert (await connection.execute(text(statement))).rowcount, name
            assert name in await broken(clinic.scene.node, connection), name
            await connection.rollback()
    await engine.dispose()
    assert BREAKS.keys() == set(MINE)
