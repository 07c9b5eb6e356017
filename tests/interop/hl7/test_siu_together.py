"""SIU and desks at the same time: a time goes to one of them, and the other is told."""

import asyncio
from uuid import UUID

import pytest

from tests.adt.scene import person
from tests.interop.hl7.booking import MRN, booked, minutes, siu
from tests.interop.hl7.border import send, standing
from tests.scheduling.clinic import Clinic
from tests.settling import worked_off
from ward.interop.hl7.worker import drain
from ward.invariants import examine
from ward.patients.register import register
from ward.scheduling.in_the_way import Clashing

ROUNDS = 6


@pytest.fixture
async def ada(clinic: Clinic) -> UUID:
    async with clinic.work() as work:
        other = await register(work, person("Okafor", "Chidi", "700999"))
        await register(work, person("Testpatient", "Ada", MRN))
    return other.id


async def test_a_desk_and_a_message_want_the_same_time(clinic: Clinic, ada: UUID) -> None:
    """Whoever is second is refused with what is in the way; nobody is booked twice."""
    node = clinic.scene.node
    lost = 0
    for nth in range(ROUNDS):
        at = clinic.at(9) + nth * minutes(20)
        await send(node, siu("S12", f"{nth}", at, number=f"AP-{nth}"))
        told = await asyncio.gather(clinic.book(ada, at), worked_off(node), return_exceptions=True)
        refused = [one for one in told if isinstance(one, Exception)]
        assert all(isinstance(one, Clashing) for one in refused), refused
        waits = (await standing(node))[f"{nth}"] == ("review", "clash")
        assert waits is not bool(refused)
        lost += len(refused)
    assert len(await booked(clinic)) == ROUNDS
    assert 0 <= lost <= ROUNDS
    assert [one.sentence for one in await examine(node) if one.violations] == []


async def test_two_workers_carry_an_appointment_out_once(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    for nth in range(ROUNDS):
        at, number = clinic.at(9) + nth * minutes(20), f"AP-{nth}"
        first = siu("S12", f"a{nth}", at, number=number)
        await send(
            node,
            first,
            siu("S12", f"b{nth}", at, number=number),
            siu("S15", f"c{nth}", number=number),
        )
        await asyncio.gather(drain(node), drain(node))
        await worked_off(node)
    rows = await booked(clinic)
    assert [row.status for row in rows] == ["cancelled"] * ROUNDS
    assert {state for state, _ in (await standing(node)).values()} == {"done"}
