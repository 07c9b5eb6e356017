"""A mother and her infant, in beds and linked."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from domain.sexes import Sex
from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from ward.adt.admit import admit
from ward.infants.service import link
from ward.patients.person import Name, Person, When
from ward.patients.register import register


@dataclass(frozen=True, slots=True)
class Two:
    """Mother and infant with their encounters."""

    scene: Scene
    mother: UUID
    infant: UUID
    mothers: UUID  # her encounter
    infants: UUID

    async def where(self) -> list[UUID]:
        """Tell in which beds they lie: mother, infant."""
        rows = [await self.scene.stays(one) for one in (self.mother, self.infant)]
        return [next(stay.bed_id for stay in row if stay.ended_at is None) for row in rows]

    async def seen(self, encounter: UUID) -> int:
        return (await self.scene.encounter(encounter)).version


def newborn(family: str = "Quillfeather") -> Person:
    return Person(name=Name(family, ""), born=When(date(2026, 11, 20)), sex=Sex.FEMALE)


async def two_in(scene: Scene, mothers: str, infants: str) -> Two:  # noqa: F811
    """Put a mother and her linked infant into these beds."""
    mother = await scene.patient("Quillfeather", "Ida")
    async with scene.work() as work:
        infant = (await register(work, newborn())).id
        await link(work, infant, mother)
    found = []
    for one, bed in ((mother, mothers), (infant, infants)):
        async with scene.work() as work:
            found.append((await admit(work, one, scene.beds[bed])).id)
    return Two(scene, mother, infant, *found)


@pytest.fixture
async def two(scene: Scene) -> Two:  # noqa: F811
    """Both on Six East, nobody is connected."""
    return await two_in(scene, "6E-01", "6E-02")


@pytest.fixture
async def open_two(open_scene: Scene) -> Two:  # noqa: F811
    """The same on a node that serves."""
    return await two_in(open_scene, "6E-01", "6E-02")
