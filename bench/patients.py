"""Patients: synthetic people in every bed of a ward."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.sexes import Sex
from ward.adt.admit import admit
from ward.beds.models import Bed
from ward.node import Node
from ward.patients.person import Name, Number, Person, When
from ward.patients.register import register
from ward.security.actors import System
from ward.work import work_as

BENCH = System("job:bench", frozenset(Permission))


async def fill_ward(node: Node, ward_id: UUID) -> None:
    """Admit somebody to every bed of the ward."""
    async with work_as(node, BENCH, "bench.beds") as work:
        of_ward = select(Bed).where(Bed.ward_id == ward_id).order_by(Bed.position)
        beds = [bed.id for bed in await work.every(of_ward, Permission.VIEW_BEDS)]
    for number, bed_id in enumerate(beds):
        async with work_as(node, BENCH, "bench.admit") as work:
            patient = await register(work, person(number))
            await admit(work, patient.id, bed_id)


def person(number: int) -> Person:
    """Make somebody up."""
    return Person(
        name=Name(f"Benchfamily{number:02}", f"Given{number:02}"),
        born=When(date(1940, 1, 1) + timedelta(days=400 * number)),
        sex=(Sex.FEMALE, Sex.MALE)[number % 2],
        numbers=(Number(f"{4_000_000 + number:07}"),),
    )
