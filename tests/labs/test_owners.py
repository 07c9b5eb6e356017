"""Owners: before whom a report is laid; what follows when they are away or a patient moves."""

from datetime import timedelta

import pytest

from domain.duty import DutyRole
from domain.lab_orders import Urgency
from realtime.topics import Topic
from tests.labs.reports import report
from tests.settling import settled
from tests.stations import ids
from ward.adt.transfer import transfer
from ward.db import new_id
from ward.duty.service import begin
from ward.labs.details import LabOrder
from ward.labs.models import Cover, ServiceRequest
from ward.labs.order import order
from ward.labs.release import release


@pytest.fixture
async def people(open_scene) -> dict:
    return await ids(open_scene.node, "app_user", "username")


async def on_duty(scene, user, ward, part=DutyRole.REGISTRAR) -> None:
    async with scene.work() as work:
        await begin(work, ward, user, part, work.now + timedelta(hours=8))


async def asked_by(scene, patient, user) -> str:
    """Order as a doctor would; returns the number."""
    async with scene.work() as work:
        made = await order(work, patient, LabOrder(("U&E",)), Urgency.ROUTINE, work.now)
        made.ordered_by = user
        return made.number


async def away(scene, user, cover) -> None:
    async with scene.work() as work:
        until = work.now + timedelta(days=1)
        row = Cover(id=new_id(), user_id=user, cover_id=cover, since=work.now, until=until)
        await (await work.connection()).execute(
            Cover.__table__.insert().values(
                id=row.id, version=1, user_id=user, cover_id=cover, since=work.now, until=until
            )
        )


async def owner(scene, patient, number: str = "", filler: str = "L-1"):
    async with scene.work() as work:
        return (await release(work, report(patient, order=number, filler=filler))).owner_id


async def test_who_asked_owns_it_while_on_duty(open_scene, ida, people) -> None:
    number = await asked_by(open_scene, ida, people["doctor"])
    await on_duty(open_scene, people["doctor"], open_scene.west)
    await on_duty(open_scene, people["doctor2"], open_scene.east)
    assert await owner(open_scene, ida, number) == people["doctor"]


async def test_else_the_doctor_on_duty_does(open_scene, ida, people) -> None:
    number = await asked_by(open_scene, ida, people["doctor"])
    await on_duty(open_scene, people["doctor2"], open_scene.east)
    assert await owner(open_scene, ida, number) == people["doctor2"]


async def test_a_nurse_on_duty_owns_no_result_and_nobody_means_everybody(
    open_scene, ida, people
) -> None:
    await on_duty(open_scene, people["nurse"], open_scene.east, DutyRole.NURSE)
    assert await owner(open_scene, ida) is None


async def test_who_stands_in_owns_it(open_scene, ida, people) -> None:
    number = await asked_by(open_scene, ida, people["doctor"])
    await away(open_scene, people["doctor"], people["doctor2"])
    assert await owner(open_scene, ida, number) == people["doctor2"]


async def test_the_answer_completes_the_order(open_scene, ida, people) -> None:
    number = await asked_by(open_scene, ida, people["doctor"])
    await owner(open_scene, ida, number)
    status = "SELECT status FROM service_request WHERE number = :number"
    assert await open_scene.scalar(status, number=number) == "completed"
    states = "SELECT string_agg(state, ',') FROM specimen"
    assert await open_scene.scalar(states) == "resulted"


async def test_an_order_is_answered_for_its_own_patient_alone(open_scene, ida, people) -> None:
    other = await open_scene.patient("Ashgrove", "Ben")
    number = await asked_by(open_scene, ida, people["doctor"])
    with pytest.raises(Exception, match="for another patient"):
        await owner(open_scene, other, number)
    assert await open_scene.scalar("SELECT count(*) FROM lab_result") == 0


async def test_what_is_to_be_collected_follows_the_patient(open_scene, ida, nurse) -> None:
    async with open_scene.work() as work:
        await order(work, ida, LabOrder(("U&E",)), Urgency.ROUTINE, work.now)
    here = Topic("specimens", open_scene.east)
    async with nurse.watch(here) as desk:
        assert "QUILLFEATHER" in desk.first.content
        stays = await open_scene.stays(ida)
        async with open_scene.work() as work:
            await transfer(work, stays[0].encounter_id, open_scene.beds["6W-02"])
        await settled(open_scene.node)
        await desk.until_gone("QUILLFEATHER")
    where = "SELECT ward_id FROM specimen"
    assert await open_scene.scalar(where) == open_scene.west


async def test_numbers_are_given_once(open_scene, ida) -> None:
    async with open_scene.work() as work:
        made = [
            await order(work, ida, LabOrder(("U&E", "CBC")), Urgency.ROUTINE, work.now)
            for _ in range(3)
        ]
    assert len({one.number for one in made}) == 3
    assert all(isinstance(one, ServiceRequest) for one in made)
    assert await open_scene.scalar("SELECT count(DISTINCT number) FROM specimen") == 6
