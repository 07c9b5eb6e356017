"""A ward for tests of stays: beds on Six East and Six West, and people to put into them."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select, text

from domain.access import Permission
from domain.beds import BedStatus
from domain.sexes import Sex
from ward.adt.admit import admit
from ward.adt.models import Encounter, MoveRequest, Stay
from ward.beds.models import Bed
from ward.beds.open import open_bed
from ward.beds.service import finish_clean, start_clean
from ward.node import Node
from ward.patients.models import Patient
from ward.patients.person import Name, Number, Person, When
from ward.patients.register import register
from ward.places.models import Ward
from ward.security.actors import System
from ward.work import Work, work_as

ANYBODY = System("job:test", frozenset(Permission))
VIEW = Permission.VIEW_BEDS
_NUMBERS = count(7_000_001)
FIRST = "6999999"  # the record number of whoever was there before the test: no test gives it


@dataclass
class Scene:
    """Two wards with beds, and a short way to commands and rows."""

    node: Node
    east: UUID
    west: UUID
    beds: dict[str, UUID]  # "6E-01"

    @asynccontextmanager
    async def work(self, code: str = "test"):
        async with work_as(self.node, ANYBODY, code) as work:
            yield work

    async def patient(
        self, family: str = "Quillfeather", given: str = "Ida", number: str | None = None
    ) -> UUID:
        """Register somebody."""
        async with self.work() as work:
            return (await register(work, person(family, given, number))).id

    async def lies(self) -> UUID:
        """Tell who lay on the wards before this test began: one patient."""
        return await self.scalar("SELECT patient_id FROM encounter")

    async def bed(self, label: str) -> Bed:
        async with self.work() as work:
            return await work.access(Bed, self.beds[label], VIEW)

    async def clean(self, label: str) -> None:
        """Make a bed ready again."""
        async with self.work() as work:
            bed = await work.access(Bed, self.beds[label], VIEW)
            if bed.status is BedStatus.CONTAMINATED:
                await start_clean(work, bed.id)
            await finish_clean(work, bed.id)

    async def encounter(self, encounter_id: UUID) -> Encounter:
        async with self.work() as work:
            return await work.access(Encounter, encounter_id, Permission.VIEW_STAYS)

    async def ward_of(self, patient_id: UUID) -> UUID | None:
        async with self.work() as work:
            return (await work.access(Patient, patient_id, Permission.VIEW_PATIENT)).ward_id

    async def stays(self, patient_id: UUID) -> list[Stay]:
        async with self.work() as work:
            mine = select(Stay).where(Stay.patient_id == patient_id).order_by(Stay.id)
            return await work.every(mine, Permission.VIEW_STAYS)

    async def requests(self) -> list[MoveRequest]:
        async with self.work() as work:
            return await work.every(select(MoveRequest), Permission.VIEW_STAYS)

    async def scalar(self, sql: str, **values):
        async with self.node.aside.connect() as connection:
            return (await connection.execute(text(sql), values)).scalar_one()


def person(family: str, given: str, number: str | None = None) -> Person:
    known = Person(
        name=Name(family, given),
        born=When(date(1950, 3, 4)),
        sex=Sex.FEMALE,
        numbers=(Number(number or str(next(_NUMBERS))),),
    )
    return replace(known)


async def six_east(node: Node) -> Scene:
    """Give the two wards six beds each; beds the demo brought are used as they are."""
    async with work_as(node, ANYBODY, "test.scene") as work:
        wards = {ward.label: ward for ward in await work.every(select(Ward), VIEW)}
        east, west = wards["Six East"], wards["Six West"]
        beds: dict[str, UUID] = {}
        for ward in (east, west):
            beds |= await _beds(work, ward)
    return Scene(node, east.id, west.id, beds)


async def lain(node: Node) -> None:
    """Ida lies in bed 01 of Six East since two hours."""
    scene = await six_east(node)
    patient = await scene.patient(number=FIRST)
    async with scene.work() as work:
        await admit(work, patient, scene.beds["6E-01"], at=work.now - timedelta(hours=2))


async def _beds(work: Work, ward: Ward) -> dict[str, UUID]:
    rows = await work.every(select(Bed).where(Bed.ward_id == ward.id), VIEW)
    known = {row.label: row.id for row in rows}
    for number in range(1, 7):
        label = f"{number:02}"
        if label not in known:
            known[label] = (await open_bed(work, ward, label, position=number)).id
    return {f"{ward.code}-{label}": bed for label, bed in known.items()}
