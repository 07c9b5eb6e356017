"""Doing: one of many claims it, it is done or not, and for ten seconds it was a slip."""

import asyncio
from datetime import timedelta

from domain.tasks import TaskStatus
from realtime.topics import Topic
from ward import clock

OWNERS = "SELECT count(*) FROM nursing_task WHERE owner_id IS NOT NULL"


async def test_of_twenty_who_press_at_once_one_has_the_task(shift, nurse, charge, doctor) -> None:
    task = await shift.task()
    seen = (await shift.of(task)).version
    stations = [nurse, charge, doctor]
    async with doctor.watch(Topic("tasks", shift.scene.east)) as screen:
        answers = await asyncio.gather(
            *(stations[n % 3].post(f"/tasks/{task}/claim", version=seen) for n in range(20))
        )
        await screen.until("Taken: ")
    taken = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert (len(taken), len(refused)) == (1, 19)
    owner = (await shift.of(task)).owner_id
    others = [answer.text for answer in refused if "has this task already" in answer.text]
    assert others
    assert owner in {shift.staff.users[who] for who in ("nurse", "charge", "doctor")}
    assert await shift.scene.scalar(OWNERS) == 1


async def test_a_task_is_taken_begun_and_done_and_stays_to_be_undone(shift, nurse, charge) -> None:
    task = await shift.task()
    async with charge.watch(Topic("tasks", shift.scene.east)) as screen:
        for verb, word in (("claim", "Taken"), ("begin", "Begun"), ("done", "Done")):
            answer = await shift.press(nurse, task, verb)
            assert answer.status_code == 200, answer.text
            frame = await screen.until(f"{word}: Ada Lovelock")
            line = answer.text[answer.text.index("<li") : answer.text.index("</hx-partial>")]
            assert line in frame.content
        assert "/undo" in frame.content
        answer = await shift.press(nurse, task, "undo")
        assert answer.status_code == 200, answer.text
        await screen.until("Begun: Ada Lovelock")
        await shift.press(nurse, task, "done")
        await screen.until("Done: ")
        clock.shift(timedelta(seconds=10))
        await screen.until_gone(f'id="task-{task}"')  # it is off the list by itself
    clock.shift(timedelta(seconds=20))
    late = await shift.press(nurse, task, "undo")
    assert (late.status_code, "more than 10 seconds" in late.text) == (409, True)


async def test_only_who_did_it_undoes_it(shift, nurse, charge) -> None:
    task = await shift.task()
    await shift.press(nurse, task, "done")
    answer = await shift.press(charge, task, "undo")
    assert (answer.status_code, "Only who did this" in answer.text) == (409, True)
    assert (await shift.press(nurse, task, "undo")).status_code == 200
    assert (await shift.of(task)).status is TaskStatus.REQUESTED  # everybody's again


async def test_not_done_and_cancelled_need_a_reason_that_the_chart_shows(shift, nurse) -> None:
    for verb, word in (("failure", "Not done"), ("cancellation", "Cancelled")):
        task = await shift.task("Weigh")
        assert (await shift.press(nurse, task, verb)).status_code == 422
        answer = await shift.press(nurse, task, verb, reason=f"Asleep, {verb}")
        assert answer.status_code == 200, answer.text
        chart = await nurse.get(f"/patients/{shift.patient}")
        assert f"Asleep, {verb}" in chart.text
        assert word in chart.text


async def test_a_stale_form_says_how_the_task_stands(shift, nurse, charge) -> None:
    task = await shift.task()
    seen = (await shift.of(task)).version
    await shift.press(charge, task, "claim")
    answer = await nurse.post(f"/tasks/{task}/done", version=seen)
    assert answer.status_code == 409
    assert "Taken, Grace Hopwell" in answer.text
    assert (await shift.of(task)).status is TaskStatus.ACCEPTED


async def test_what_has_ended_is_not_done_again(shift, nurse) -> None:
    task = await shift.task()
    await shift.press(nurse, task, "failure", reason="Refused")
    for verb in ("claim", "begin", "done", "undo"):
        assert (await shift.press(nurse, task, verb)).status_code == 409, verb


async def test_a_task_is_handed_to_somebody_on_duty_and_back(shift, nurse, charge) -> None:
    task, grace = await shift.task(), shift.staff.users["charge"]
    await shift.press(nurse, task, "claim")
    async with charge.watch(Topic("tasks", shift.scene.east)) as screen:
        answer = await shift.press(nurse, task, "owner", to=grace)
        assert answer.status_code == 200, answer.text
        frame = await screen.until("To do: Grace Hopwell")
    assert f'data-for="{grace}"' in frame.content
    assert (await shift.press(nurse, task, "claim")).status_code == 409
    absent = await shift.press(nurse, task, "owner", to=shift.staff.users["nurse2"])
    assert absent.status_code == 409
    assert (await shift.press(charge, task, "owner", to="none")).status_code == 200
    assert (await shift.of(task)).owner_id is None


async def test_a_nurse_of_another_ward_may_not_touch_it(shift, sign) -> None:
    pharmacist = await sign("pharmacist")
    task = await shift.task()
    assert (await shift.press(pharmacist, task, "done")).status_code == 403
