"""Whose: by bed, by duty and by the clock; reassigning moves the work at once."""

from datetime import timedelta

from realtime.topics import Topic
from tests.adt.test_transfer import lying
from ward import clock
from ward.duty.give import give_beds


async def given(shift, who: str | None, *labels: str) -> None:
    scene, staff = shift.scene, shift.staff
    async with scene.work() as work:
        user = staff.users[who] if who else None
        await give_beds(work, scene.east, staff.beds(*labels), user)


def line_of(text: str, task) -> str:
    at = text.index(f'id="task-{task}"')
    return text[at : text.index("</li>", at)]


async def test_reassigning_a_bed_moves_its_tasks_without_a_request(shift, nurse) -> None:
    ada, florence = shift.staff.users["nurse"], shift.staff.users["nurse2"]
    await shift.staff.on("nurse2")
    task = await shift.task()
    await given(shift, "nurse", "6E-01")
    async with nurse.watch(Topic("tasks", shift.scene.east)) as screen:
        assert f'data-for="{ada}"' in line_of(screen.first.content, task)
        await given(shift, "nurse2", "6E-01")
        frame = await screen.until(f'data-for="{florence}"')
    assert f'data-for="{ada}"' not in line_of(frame.content, task)


async def test_without_a_nurse_it_is_every_nurses_on_duty(shift, nurse) -> None:
    ada = shift.staff.users["nurse"]
    florence = shift.staff.users["nurse2"]
    await shift.staff.on("nurse2")
    task = await shift.task()
    page = await nurse.get("/tasks")
    line = line_of(page.text, task)
    assert str(ada) in line
    assert str(florence) in line


async def test_it_is_overdue_at_the_second_and_the_charge_nurses_half_an_hour_later(
    shift, nurse
) -> None:
    grace = shift.staff.users["charge"]
    await given(shift, "nurse", "6E-01")
    task = await shift.task(minutes=5)
    async with (
        nurse.watch(Topic("tasks", shift.scene.east)) as screen,
        nurse.watch(Topic("beds", shift.scene.east)) as board,
    ):
        clock.shift(timedelta(minutes=5, seconds=1))
        late = await screen.until("overdue", timeout=30)
        assert str(grace) not in line_of(late.content, task)
        assert "overdue" in (await board.until("task-late")).content
    clock.shift(timedelta(minutes=14))
    async with nurse.watch(Topic("tasks", shift.scene.east)) as screen:
        await nurse.post("/session/activity")
        clock.shift(timedelta(minutes=28))
        await nurse.post("/session/activity")
        clock.shift(timedelta(minutes=35, seconds=1))
        very = await screen.until("Charge nurse", timeout=30)
    assert str(grace) in line_of(very.content, task)


async def test_a_nurse_with_six_patients_sees_one_list_by_time(shift, nurse, charge) -> None:
    scene, staff = shift.scene, shift.staff
    for n in range(2, 7):
        await lying(scene, f"6E-0{n}", f"Crowd{n}")
    beds = [f"6E-0{n}" for n in range(1, 7)]
    await given(shift, "nurse", *beds)
    patients = [
        await scene.scalar(
            "SELECT patient_id FROM stay WHERE bed_id = :bed AND ended_at IS NULL",
            bed=scene.beds[bed],
        )
        for bed in beds
    ]
    tasks = []
    for n, patient in enumerate(reversed(patients)):
        shift.patient = patient
        tasks.append(await shift.task(f"Do {n}", minutes=10 + n))
    page = (await nurse.get("/tasks")).text
    at = [page.index(f'id="task-{task}"') for task in tasks]
    assert at == sorted(at)
    assert page.count(f'data-for="{staff.users["nurse"]}"') == 6
    async with charge.watch(Topic("duty", scene.east)) as roster:
        assert "6 to do" in roster.first.content
        await shift.press(nurse, tasks[0], "done")  # ticking updates the charge nurse's view
        await roster.until("5 to do")
