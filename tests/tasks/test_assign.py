"""Assigning: one task or a whole list in one action, seen at once wherever it counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.task_presets import ADMISSION
from domain.tasks import Priority
from realtime.topics import Topic
from ward.dev.cast import ZONE
from ward.tasks.models import TaskSource

COUNT = "SELECT count(*) FROM nursing_task"


def local(hours: float) -> str:
    """Write a time as the form of the ward does."""
    at = datetime.now(UTC) + timedelta(hours=hours)
    return at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M")


async def test_a_task_appears_on_list_board_roster_and_chart(shift, nurse, charge, doctor) -> None:
    east = shift.scene.east
    async with (
        charge.watch(Topic("tasks", east)) as listed,
        charge.watch(Topic("beds", east)) as board,
        doctor.watch(Topic("chart", shift.patient)) as chart,
    ):
        answer = await nurse.post(
            f"/patients/{shift.patient}/tasks/new",
            what="Weigh before breakfast",
            reason="Furosemide",
            priority="urgent",
            part="nurse",
            due_at=local(1),
        )
        assert answer.status_code == 200, answer.text
        line = await listed.until("Weigh before breakfast")
        assert "QUILLFEATHER, Ida" in line.content
        assert "Urgent" in line.content
        assert "1 task" in (await board.until("1 task")).content
        panel = await chart.until("Weigh before breakfast")
    piece = answer.text[answer.text.index("<section") : answer.text.index("</hx-partial>")]
    assert piece in panel.content
    assert piece in (await nurse.get(f"/patients/{shift.patient}")).text  # the three are one


async def test_a_preset_adds_eight_tasks_in_one_action(shift, nurse, charge) -> None:
    codes = ",".join(one.code for one in ADMISSION.tasks[:8])
    fields = {"preset": "admission", "due_at": local(4), "code": codes}
    path = f"/patients/{shift.patient}/tasks/preset"
    async with charge.watch(Topic("tasks", shift.scene.east)) as screen:
        answer = await nurse.post(path, **fields)
        assert answer.status_code == 200, answer.text
        frame = await screen.until("Nutrition screen")
    assert frame.content.count('class="task"') == 8
    assert await shift.scene.scalar(COUNT) == 8
    again = await nurse.post(path, **fields)
    assert again.status_code == 409
    assert "all of this stands already" in again.text
    rest = ",".join(one.code for one in ADMISSION.tasks)
    assert (await nurse.post(path, **(fields | {"code": rest}))).status_code == 200
    assert await shift.scene.scalar(COUNT) == len(ADMISSION.tasks)


async def test_medicines_are_due_within_a_day_of_admission(shift, nurse) -> None:
    path = f"/patients/{shift.patient}/tasks/preset"
    every = ",".join(one.code for one in ADMISSION.tasks)
    await nurse.post(path, preset="admission", due_at=local(2), code=every)
    late = await shift.scene.scalar(
        "SELECT count(*) FROM nursing_task WHERE due_at > now() + interval '13 hours'"
    )
    assert late == 2  # medicines reconciliation and VTE have a time of their own


async def test_what_is_missing_is_said_at_its_field(shift, nurse) -> None:
    path, good = (
        f"/patients/{shift.patient}/tasks/new",
        {"what": "Weigh", "priority": "routine", "due_at": local(1)},
    )
    for gone, sentence in (
        ("what", "Say what is to be done."),
        ("priority", "Choose how urgent it is."),
        ("due_at", "Say when it is due."),
    ):
        fields = {name: value for name, value in good.items() if name != gone}
        answer = await nurse.post(path, **fields)
        assert (answer.status_code, sentence in answer.text) == (422, True), gone
    past = await nurse.post(path, **(good | {"due_at": local(-2)}))
    assert (past.status_code, "in the past" in past.text) == (409, True)
    far = await nurse.post(path, **(good | {"due_at": local(24 * 500)}))
    assert far.status_code == 409
    long = await nurse.post(path, **(good | {"what": "x" * 300}))
    assert long.status_code == 422
    assert await shift.scene.scalar(COUNT) == 0


async def test_a_task_needs_a_bed_and_a_person_who_is_there(shift, nurse) -> None:
    bo = await shift.scene.patient("Bo")
    fields = {"what": "Weigh", "priority": "routine", "due_at": local(1)}
    answer = await nurse.post(f"/patients/{bo}/tasks/new", **fields)
    assert answer.status_code in {403, 409}
    florence = shift.staff.users["nurse2"]  # not on duty
    answer = await nurse.post(f"/patients/{shift.patient}/tasks/new", **fields, owner_id=florence)
    assert answer.status_code == 409
    assert "not on duty" in answer.text


async def test_every_sheet_opens(shift, nurse) -> None:
    task = await shift.task(priority=Priority.STAT, source=TaskSource.MANUAL)
    of = f"/patients/{shift.patient}/tasks"
    paths = [f"{of}/new", f"{of}/preset"]
    paths += [f"/tasks/{task}/{name}" for name in ("actions", "failure", "cancellation", "owner")]
    for path in paths:
        answer = await nurse.get(path, headers={"hx-request": "true"})
        assert answer.status_code == 200, (path, answer.text)
        assert "QUILLFEATHER" in answer.text, path
        assert (await nurse.get(path)).status_code == 200, path


async def test_reception_sees_no_task(shift, reception) -> None:
    await shift.task("Swab the canary")
    assert (await reception.get("/tasks")).status_code == 403
    chart = await reception.get(f"/patients/{shift.patient}")
    assert chart.status_code == 200
    assert "canary" not in chart.text
    board = await reception.get(f"/wards/{shift.scene.east}/beds")
    assert "1 task" not in board.text
