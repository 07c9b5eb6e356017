"""At once: mother and infant are moved by two people in the same moment; every board hears."""

import asyncio

import pytest

from domain.errors import NotAllowed
from domain.sexes import Sex
from realtime.topics import Topic
from tests.settling import somebody_waits
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
