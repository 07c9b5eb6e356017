"""Following: tasks go where the patient goes, and nobody who is gone has one."""

import asyncio

from domain.cancellations import CancelReason
from domain.encounters import Disposition
from domain.tasks import TaskStatus
from realtime.topics import Topic
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import gone
from ward.adt.transfer import transfer
from ward.duty.service import end_duty
from ward.tasks import service


async def become(shift, task, condition):
    async with asyncio.timeout(30):
        while not condition(row := await shift.of(task)):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.02)
    return row


async def test_tasks_go_along_to_the_other_ward_and_back(shift, nurse) -> None:
    scene = shift.scene
    task = await shift.task()
    async with scene.work() as work:
        await service.hand_over(work, task, shift.staff.users["nurse"])
    async with nurse.watch(Topic("tasks", scene.east)) as here:
        async with scene.work() as work:
            await transfer(work, shift.encounter, scene.beds["6W-01"])
        row = await become(shift, task, lambda row: row.ward_id == scene.west)
        assert (row.owner_id, row.status) == (None, TaskStatus.REQUESTED)
        await here.until_gone(f"task-{task}")
    async with scene.work() as work:
        await cancel_transfer(work, shift.encounter, CancelReason.WRONG_BED, "")
    await become(shift, task, lambda row: row.ward_id == scene.east)


async def test_a_move_within_the_ward_shows_the_new_bed(shift, nurse) -> None:
    scene = shift.scene
    await shift.task()
    async with nurse.watch(Topic("tasks", scene.east)) as screen:
        async with scene.work() as work:
            await transfer(work, shift.encounter, scene.beds["6E-03"])
        await screen.until('<span class="t-2">03</span>')


async def test_open_tasks_end_with_the_stay_and_return_with_it(shift, nurse) -> None:
    scene = shift.scene
    done, open_ = await shift.task("Weigh"), await shift.task("Swab")
    await shift.press(nurse, done, "done")
    async with scene.work() as work:
        await gone(work, shift.encounter, Disposition.HOME)
    row = await become(shift, open_, lambda row: row.status is TaskStatus.CANCELLED)
    assert row.ended_by is None
    chart = await nurse.get(f"/patients/{shift.patient}")
    assert "The patient has left the ward." in chart.text
    async with scene.work() as work:
        await cancel_discharge(work, shift.encounter, CancelReason.ENTERED_TWICE, "")
    await become(shift, open_, lambda row: row.status is TaskStatus.REQUESTED)
    assert (await shift.of(done)).status is TaskStatus.COMPLETED


async def test_who_goes_off_duty_leaves_tasks_to_everybody(shift) -> None:
    scene = shift.scene
    first, second = await shift.task("Weigh"), await shift.task("Swab")
    async with scene.work() as work:
        for task in (first, second):
            await service.hand_over(work, task, shift.staff.users["nurse"])
    duty = await scene.scalar(
        "SELECT id FROM duty WHERE user_id = :user", user=shift.staff.users["nurse"]
    )
    async with scene.work() as work:
        await end_duty(work, duty)
    for task in (first, second):
        row = await become(shift, task, lambda row: row.owner_id is None)
        assert row.status is TaskStatus.REQUESTED
