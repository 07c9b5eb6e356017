"""An alert goes where its patient goes, and to whoever looks after that patient."""

import pytest

from domain.alerts import AlertState, Cause, Outcome
from domain.duty import DutyRole
from domain.encounters import Disposition
from domain.overrides import Approver, Override
from realtime.topics import Topic
from ward.adt.discharge import discharge
from ward.adt.transfer import transfer
from ward.alerts.models import Happening
from ward.duty.give import give_beds
from ward.duty.service import end_duty

OVERDUE = Cause.OBS_OVERDUE


@pytest.fixture
async def nursed(calls):
    """Ada has the bed, Florence and Grace are there."""
    calls.duty = {who: await calls.staff.on(who) for who in ("nurse", "nurse2")}
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    await give(calls, "nurse")
    return calls


async def give(calls, who: str | None) -> None:
    async with calls.scene.work() as work:
        user = calls.staff.users[who] if who else None
        await give_beds(work, calls.scene.east, calls.staff.beds("6E-01"), user)
    await calls.settled()


async def test_the_nurse_of_the_bed_is_called_and_no_other(nursed, nurse) -> None:
    alert = await nursed.sound(OVERDUE, "Observations due 13:30")
    console = await nurse.get("/alerts")
    card = console.text.partition(f'id="alert-{alert}"')[2].partition(">")[0]
    assert str(nursed.staff.users["nurse"]) in card
    assert str(nursed.staff.users["nurse2"]) not in card


async def test_a_bed_without_a_nurse_calls_all_nurses(nursed, nurse) -> None:
    await give(nursed, None)
    alert = await nursed.sound(OVERDUE, "Observations due 13:30")
    card = (await nurse.get("/alerts")).text.partition(f'id="alert-{alert}"')[2].partition(">")[0]
    assert str(nursed.staff.users["nurse"]) in card
    assert str(nursed.staff.users["nurse2"]) in card


async def test_reassignment_moves_what_the_nurse_of_the_bed_had(nursed, nurse) -> None:
    alert = await nursed.sound(OVERDUE, "Observations due 13:30")
    await nurse.post(f"/alerts/{alert}/response", response="going")
    async with nurse.watch(Topic("alerts", nursed.scene.east)) as screen:
        await give(nursed, "nurse2")
        await screen.until("Florence Okonjo has it")
    assert (await nursed.row(alert)).owner_id == nursed.staff.users["nurse2"]
    assert (Happening.HANDED, None, "no-nurse") in await nursed.steps(alert)


async def test_a_doctor_keeps_what_the_doctor_took(nursed, doctor) -> None:
    alert = await nursed.sound()
    await doctor.post(f"/alerts/{alert}/response", response="going")
    await give(nursed, "nurse2")
    assert (await nursed.row(alert)).owner_id == nursed.staff.users["doctor"]


async def test_a_bed_taken_from_everybody_calls_again(nursed, nurse) -> None:
    alert = await nursed.sound(OVERDUE, "Observations due 13:30")
    await nurse.post(f"/alerts/{alert}/response", response="going")
    await give(nursed, None)
    row = await nursed.row(alert)
    assert (row.state, row.called, row.step) == (AlertState.OPEN, DutyRole.NURSE, 2)


async def test_who_goes_off_duty_leaves_no_alert_behind(nursed, charge) -> None:
    alert = await nursed.sound()
    await nursed.settled()
    await charge.post(f"/alerts/{alert}/response", response="going")
    here = await nursed.scene.scalar(
        "SELECT id FROM duty WHERE user_id = :user AND ended_at IS NULL",
        user=nursed.staff.users["charge"],
    )
    async with nursed.scene.work() as work:
        await end_duty(work, here)
    await nursed.settled()
    row = await nursed.row(alert)
    assert (row.state, row.owner_id) == (AlertState.OPEN, None)
    assert (Happening.REOPENED, None, "off-duty") in await nursed.steps(alert)
    assert (await nursed.called(alert))[-1] == "-nurse-in-charge"  # nobody: all of the ward hears


async def test_when_the_last_of_the_called_part_goes_others_are_called_at_once(nursed) -> None:
    alert = await nursed.sound(OVERDUE, "Observations due 13:30")
    for duty in nursed.duty.values():
        async with nursed.scene.work() as work:
            await end_duty(work, duty)
    await nursed.settled()
    assert await nursed.called(alert) == ["nurse", "-nurse", "nurse-in-charge"]


async def test_it_goes_with_the_patient_to_another_ward(nursed, nurse, doctor) -> None:
    alert = await nursed.sound(OVERDUE, "Observations due 13:30")
    await nurse.post(f"/alerts/{alert}/response", response="going")
    async with nurse.watch(Topic("alerts", nursed.scene.east)) as east:
        assert "QUILLFEATHER" in east.first.content
        async with nursed.scene.work() as work:
            await transfer(work, nursed.encounter, nursed.scene.beds["6W-02"])
        await nursed.settled()
        await east.until_gone("QUILLFEATHER")
    row = await nursed.row(alert)
    assert (row.ward_id, row.state, row.owner_id) == (nursed.scene.west, AlertState.OPEN, None)
    there = await doctor.get(f"/wards/{nursed.scene.west}/alerts")
    assert "QUILLFEATHER" in there.text


async def test_another_bed_of_the_ward_is_written_on_the_console(nursed, nurse) -> None:
    await nursed.sound(OVERDUE, "Observations due 13:30")
    async with nurse.watch(Topic("alerts", nursed.scene.east)) as screen:
        async with nursed.scene.work() as work:
            await transfer(work, nursed.encounter, nursed.scene.beds["6E-05"])
        await screen.until("<b>05</b>")


async def test_who_has_left_the_hospital_calls_nobody(nursed) -> None:
    alert = await nursed.sound()
    async with nursed.scene.work() as work:
        why = Override(Approver.CHARGE_NURSE, "Goes to a bed elsewhere")
        await discharge(work, nursed.encounter, Disposition.HOME, override=why)
    await nursed.settled()
    row = await nursed.row(alert)
    assert (row.state, row.outcome) == (AlertState.CLOSED, Outcome.LEFT)
