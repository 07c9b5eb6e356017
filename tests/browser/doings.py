"""Doings: what others do in the hospital while somebody looks at a screen."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from domain.allergies import Verification
from domain.beds import BedStatus
from domain.encounters import AdmitSource
from ward.adt.admit import admit
from ward.adt.home import expect_home
from ward.beds.service import change_status
from ward.dev import outpatients
from ward.dev.demo import FOUNDER, ward_called
from ward.dev.roster import keep_on_duty, leave_work
from ward.dev.summarised import DRAFTED, SIGNED, summarise_for_cast
from ward.node import Node
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.intake import of_mrn
from ward.patients.models import AllergyDetail
from ward.users import service
from ward.work import work_as

FIRST_DAY = date(2031, 1, 1)


async def ask(node: Node, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Look into the database (tests only)."""
    async with node.aside.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement), values)]


async def bed_id(node: Node, label: str, ward: str = "Six East") -> UUID:
    """Find a bed by what is written on it."""
    found = await ask(
        node,
        "SELECT b.id FROM bed b JOIN ward w ON w.id = b.ward_id"
        " WHERE b.label = :label AND w.label = :ward",
        label=label,
        ward=ward,
    )
    return UUID(str(found[0][0]))


async def encounter_in(node: Node, label: str) -> UUID:
    """Find the encounter of whoever lies in a bed of Six East."""
    bed = await bed_id(node, label)
    found = await ask(
        node,
        "SELECT encounter_id FROM stay WHERE bed_id = :bed AND ended_at IS NULL"
        " AND voided_at IS NULL",
        bed=bed,
    )
    return UUID(str(found[0][0]))


async def push(node: Node, encounter: UUID, number: int) -> str:
    """Change what a card shows, once; returns the words it shows then."""
    on = FIRST_DAY + timedelta(days=number)
    async with work_as(node, FOUNDER, "test.home") as work:
        await expect_home(work, encounter, on, reason="Round")
    return on.strftime("%d-%b")


async def clean(node: Node, label: str, to: BedStatus = BedStatus.UNOCCUPIED) -> None:
    """Move a bed of Six East to another state."""
    bed = await bed_id(node, label)
    async with work_as(node, FOUNDER, "test.clean") as work:
        await change_status(work, bed, to)


async def lay(node: Node, mrn: str, label: str) -> None:
    """Admit somebody who is known to a bed of Six East."""
    bed = await bed_id(node, label)
    async with work_as(node, FOUNDER, "test.admit") as work:
        patient = await of_mrn(work, mrn)
        assert patient is not None
        await admit(work, patient.id, bed, source=AdmitSource.EMERGENCY)


async def take_role(node: Node, username: str) -> None:
    """Take somebody's role away."""
    found = await ask(
        node,
        "SELECT g.id FROM user_grant g JOIN app_user u ON u.id = g.user_id WHERE username = :name",
        name=username,
    )
    async with work_as(node, FOUNDER, "test.revoke") as work:
        await service.revoke(work, UUID(str(found[0][0])))


async def patient_id(node: Node, mrn: str) -> UUID:
    """Find one of the cast by the record number."""
    async with work_as(node, FOUNDER, "test.find") as work:
        patient = await of_mrn(work, mrn)
        assert patient is not None
        return patient.id


async def hang_wall(node: Node, ward: str = "Six East") -> str:
    """Hang a wallboard and give its link."""
    async with work_as(node, FOUNDER, "test.wall") as work:
        place = (await ward_called(work, ward))[0]
        token = await service.hang_wall(work, "Corridor", place.branch_id, place.id)
    return f"/wall/{token}"


async def take_wall(node: Node) -> None:
    """Take every wallboard's right away."""
    for (grant,) in await ask(node, "SELECT id FROM user_grant WHERE device_id IS NOT NULL"):
        async with work_as(node, FOUNDER, "test.revoke") as work:
            await service.revoke(work, UUID(str(grant)))


async def allergic(node: Node, mrn: str, substance: str) -> None:
    """Record an allergy of one of the cast."""
    said = AllergySaid(
        detail=AllergyDetail(substance, ("rash",)),
        criticality=None,
        verification=Verification.CONFIRMED,
    )
    async with work_as(node, FOUNDER, "test.allergy") as work:
        patient = await of_mrn(work, mrn)
        assert patient is not None
        await record_allergy(work, patient.id, said)


async def summarise(node: Node) -> dict[str, UUID]:
    """Have a summary signed, one drafted, and the letter of a stay that the patient reads."""
    smithson = next(one for one in outpatients.visitors() if one.mrn == outpatients.SMITHSON)
    patient = await outpatients.enter(node, smithson)
    await summarise_for_cast(node)
    letter = "SELECT id FROM discharge_summary WHERE patient_id = :patient"
    return {
        "signed": await patient_id(node, SIGNED),
        "drafted": await patient_id(node, DRAFTED),
        "letter": UUID(str((await ask(node, letter, patient=patient))[0][0])),
    }


async def working_ward(node: Node) -> UUID:
    """Put the demo's people on duty on Six East, with tasks to do; give the ward."""
    await keep_on_duty(node)
    await leave_work(node)
    async with work_as(node, FOUNDER, "test.ward") as work:
        return (await ward_called(work, "Six East"))[0].id
