"""At once: mother and infant are moved by two people in the same moment; every board hears."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.errors import NotAllowed
from domain.sexes import Sex
from realtime.topics import Topic
from tests.infants.conftest import newborn
from tests.settling import somebody_waits
from ward.adt.admit import admit
from ward.adt.swap import swap
from ward.adt.together import To, transfer_together
from ward.adt.transfer import transfer
from ward.infants.service import link
from ward.patients.person import Name, Person
from ward.patients.register import register


async def test_the_second_tells_the_ward_on_which_the_other_lies_by_then(two) -> None:
    scene, moved, told = two.scene, asyncio.Event(), set()

    async def infant() -> None:
        async with scene.work() as work:
            await transfer(work, two.infants, scene.beds["6W-03"])
            moved.set()
            await somebody_waits(scene.node)

    async def mother() -> None:
        await moved.wait()
        async with scene.work() as work:
            await transfer(work, two.mothers, scene.beds["6E-05"])
            told.update(*(event.soon for event in work.events))

    await asyncio.gather(infant(), mother())
    assert Topic("beds", scene.west) in told


@pytest.fixture
async def twins(two) -> tuple[list[To], list[UUID]]:
    """Two infants of one mother, the one linked later first; and their links as they were made."""
    scene = two.scene
    async with scene.work() as work:
        second = (await register(work, newborn("Quillback"))).id
        await link(work, second, two.mother)
    async with scene.work() as work:
        seconds = (await admit(work, second, scene.beds["6E-03"])).id
    going = [To(seconds, scene.beds["6E-05"]), To(two.infants, scene.beds["6E-06"])]
    links = await scene.scalar("SELECT array_agg(id ORDER BY id) FROM infant_link")
    return going, links


async def together(scene, going) -> None:
    async with scene.work() as work:
        await transfer_together(work, going)


async def swapped(scene, going) -> None:
    async with scene.work() as work:
        await swap(work, *(one.encounter_id for one in going))


@pytest.mark.parametrize("step", [together, swapped])
async def test_steps_of_several_lock_links_in_one_order(two, twins, step) -> None:
    (going, links), scene = twins, two.scene
    lock = text("SELECT id FROM infant_link WHERE id = :id FOR UPDATE NOWAIT")
    async with scene.node.aside.begin() as other:
        await other.execute(lock, {"id": links[0]})
        moving = asyncio.create_task(step(scene, going))
        await somebody_waits(scene.node)
        await other.execute(lock, {"id": links[1]})  # nobody holds it who waits for the first
    await moving


async def test_two_links_at_once_close_no_circle(scene) -> None:
    async with scene.work() as work:
        said = [Person(name=Name(one, ""), sex=Sex.FEMALE) for one in ("Ash", "Elm", "Fir", "Oak")]
        ash, elm, fir, oak = [(await register(work, one)).id for one in said]  # of no known age
    for infant, mother in ((elm, fir), (oak, ash)):
        async with scene.work() as work:
            await link(work, infant, mother)

    async def other() -> None:
        async with scene.work() as work:
            await link(work, fir, oak)

    async with scene.work() as work:
        await link(work, ash, elm)
        late = asyncio.create_task(other())
        waiting = asyncio.create_task(somebody_waits(scene.node))
        await asyncio.wait({late, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    with pytest.raises(NotAllowed, match="The mother is a child of this patient"):
        await late
