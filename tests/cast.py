"""Cast: the people of the demo for tests that need patients, in the beds of the pictures."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from ward.audit import signals
from ward.dev.admissions import lay
from ward.dev.demo import FOUNDER
from ward.dev.people import Member, enter, everybody, member
from ward.node import Node
from ward.work import work_as

JOAN, JOHN, JURGEN, CHIDI = "0012345", "55001001", "55001003", "55001011"
LYING = {"joan": JOAN, "john": JOHN, "jurgen": JURGEN, "chidi": CHIDI}
WAITING = {"harpreet": "55001078"}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there, by given name in small letters; beds as they are spoken."""

    members: dict[str, Member]
    patients: dict[str, UUID]
    encounters: dict[str, UUID]
    beds: dict[str, UUID]  # "6E-06"

    def bed_of(self, name: str) -> UUID:
        """Give the bed somebody lies in when the test begins."""
        return self.beds[self.members[name].bed]


async def spoken_beds(node: Node) -> dict[str, UUID]:
    """List the beds of the hospital: 6E-01 to 6E-30, 6W-01 …, AAU-01 …, HB-01 …"""
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT ward.code || '-' || bed.label, bed.id"
                " FROM bed JOIN ward ON ward.id = bed.ward_id"
            )
        )
        return {row[0]: row[1] for row in rows}


async def fill(node: Node, *numbers: str) -> dict[str, UUID]:
    """Lay these of the cast into their beds, or register those who wait; by record number."""
    beds, found = await spoken_beds(node), {}
    for number in numbers or [one.mrn for one in everybody() if one.bed.startswith("6E")]:
        one = member(number)
        async with work_as(node, FOUNDER, "test.cast") as work:
            lies = one.bed in beds
            found[number] = (
                await lay(work, one, beds[one.bed]) if lies else (await enter(work, one)).id
            )
    return found


@pytest.fixture
async def cast(node: Node) -> Cast:
    """Joan and John Smith, Jürgen Müller and Chidi Okafor on Six East; Harpreet Singh waits."""
    wanted = LYING | WAITING
    ids = await fill(node, *wanted.values())
    patients = {name: ids[number] for name, number in wanted.items()}
    async with node.aside.connect() as connection:
        rows = await connection.execute(text("SELECT patient_id, id FROM encounter"))
        encounters = {row[0]: row[1] for row in rows}
    return Cast(
        members={name: member(number) for name, number in wanted.items()},
        patients=patients,
        encounters={name: encounters[one] for name, one in patients.items() if one in encounters},
        beds=await spoken_beds(node),
    )


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hour is night: whoever looks without being on duty is not odd for that."""
    monkeypatch.setattr(signals, "NIGHT_FROM", 24)
    monkeypatch.setattr(signals, "NIGHT_UNTIL", 0)
