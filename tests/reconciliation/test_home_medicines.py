"""What a patient takes at home is written down once, and decided about at every stage."""

import asyncio

import pytest

from domain.encounters import Disposition
from domain.errors import NotAllowed
from realtime.topics import Topic
from ward.adt.discharge import discharge
from ward.patients.allergies import state_no_allergies

TAKEN_BACK = (
    "WITH gone AS (UPDATE home_medicine SET voided_at = now(), voided_by = recorded_by RETURNING 1)"
    " SELECT count(*) FROM gone"
)
METOPROLOL = {"name": "metoprolol", "dose": "50 mg", "often": "twice a day", "source": "patient"}


async def _recorded(nurse, open_scene, ida, **more) -> str:
    answer = await nurse.post(f"/patients/{ida}/home-medicines", **(METOPROLOL | more))
    assert answer.status_code == 200, answer.text
    return str(await open_scene.scalar("SELECT max(id::text)::uuid FROM home_medicine"))


async def test_every_open_chart_shows_what_is_taken_at_home(ida, nurse, doctor) -> None:
    async with doctor.watch(Topic("chart", ida)) as screen:
        answer = await nurse.post(f"/patients/{ida}/home-medicines", **METOPROLOL)
        assert answer.status_code == 200, answer.text
        frame = await screen.until("metoprolol")
    assert "50 mg, twice a day" in frame.content
    chart = await doctor.get(f"/patients/{ida}")
    assert "metoprolol" in chart.text
    assert "Not decided" in chart.text


async def test_before_anybody_asks_the_chart_says_so(ida, nurse) -> None:
    chart = await nurse.get(f"/patients/{ida}")
    assert "Nobody has asked yet" in chart.text
    assert "Ask and decide by" in chart.text


async def test_none_taken_is_a_statement(ida, nurse) -> None:
    answer = await nurse.post(f"/patients/{ida}/home-medicines/none")
    assert "Takes no medicines at home" in answer.text
    later = await nurse.post(f"/patients/{ida}/home-medicines", **METOPROLOL)
    assert "Takes no medicines at home" not in later.text
    refused = await nurse.post(f"/patients/{ida}/home-medicines/none")
    assert refused.status_code == 409
    assert "Take them back first" in refused.text


async def test_a_doctor_decides_and_the_reason_stays(ida, nurse, doctor, open_scene) -> None:
    one = await _recorded(nurse, open_scene, ida)
    sheet = await doctor.get(f"/home-medicines/{one}/decisions/admission")
    assert "Not for now" in sheet.text
    path = f"/home-medicines/{one}/decisions/admission"
    unexplained = await doctor.post(path, decision="stop")
    assert unexplained.status_code == 409
    assert "Give a reason" in unexplained.text
    answer = await doctor.post(path, decision="stop", reason="Heart rate 44")
    assert "Heart rate 44" in answer.text
    shown = (await doctor.get(path)).text
    assert "Heart rate 44" in shown
    standing = shown.partition('name="after" value="')[2].partition('"')[0]
    blind = await doctor.post(path, decision="continue")
    assert blind.status_code == 409
    assert "decided about this medicine since" in blind.text
    again = await doctor.post(path, decision="continue", after=standing)
    assert again.status_code == 200
    assert "Heart rate 44" not in again.text
    kept = await open_scene.scalar("SELECT count(*) FROM home_decision")
    assert kept == 2  # what was decided before stays in the record


async def test_nobody_goes_home_with_a_medicine_left_undecided(
    ida, nurse, doctor, open_scene
) -> None:
    async with open_scene.work() as work:
        await state_no_allergies(work, ida)
    encounter = await open_scene.scalar("SELECT id FROM encounter")
    asked = (await nurse.get(f"/stays/{encounter}/discharge")).text
    assert "undecided</a>: nobody has asked what the patient takes" in asked
    one = await _recorded(nurse, open_scene, ida)
    with pytest.raises(NotAllowed, match="medicines from home are undecided"):
        async with open_scene.work() as work:
            await discharge(work, encounter, Disposition.HOME)
    paused = await doctor.post(
        f"/home-medicines/{one}/decisions/discharge", decision="pause", reason="Later"
    )
    assert paused.status_code == 409
    decided = await doctor.post(f"/home-medicines/{one}/decisions/discharge", decision="continue")
    assert decided.status_code == 200
    async with open_scene.work() as work:
        await discharge(work, encounter, Disposition.HOME)


async def test_a_nurse_may_write_down_but_not_decide(ida, nurse, open_scene) -> None:
    one = await _recorded(nurse, open_scene, ida)
    answer = await nurse.post(f"/home-medicines/{one}/decisions/admission", decision="continue")
    assert answer.status_code == 403


async def test_what_was_wrong_is_taken_back_with_a_reason(ida, nurse, open_scene) -> None:
    one = await _recorded(nurse, open_scene, ida)
    version = await open_scene.scalar("SELECT version FROM home_medicine")
    nameless = await nurse.post(f"/home-medicines/{one}/error", version=version, reason=" ")
    assert nameless.status_code == 422
    answer = await nurse.post(
        f"/home-medicines/{one}/error", version=version, reason="His brother's packs"
    )
    assert "metoprolol" not in answer.text
    twice = await nurse.post(f"/home-medicines/{one}/error", version=version, reason="Again")
    assert twice.status_code == 409


async def test_a_medicine_without_a_name_is_refused_at_its_field(ida, nurse) -> None:
    answer = await nurse.post(f"/patients/{ida}/home-medicines", **(METOPROLOL | {"name": ""}))
    assert answer.status_code == 422
    assert "Write the name of the medicine" in answer.text


async def test_two_who_decide_at_once_leave_one_decision(ida, nurse, doctor, open_scene) -> None:
    one = await _recorded(nurse, open_scene, ida)
    path = f"/home-medicines/{one}/decisions/admission"
    answers = await asyncio.gather(
        *(doctor.post(path, decision="continue") for _ in range(4)),
        *(doctor.post(path, decision="stop", reason="Bradycardia") for _ in range(4)),
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    standing = await open_scene.scalar(
        "SELECT count(*) FROM home_decision WHERE replaced_at IS NULL"
    )
    assert standing == 1


async def test_a_stage_that_does_not_exist_is_not_found(ida, nurse, doctor, open_scene) -> None:
    one = await _recorded(nurse, open_scene, ida)
    assert (await doctor.get(f"/home-medicines/{one}/decisions/sometime")).status_code == 404


async def test_nobody_takes_nothing_while_a_medicine_is_written_down(
    ida, nurse, charge, open_scene
) -> None:
    path = f"/patients/{ida}/home-medicines"
    await nurse.post(f"{path}/none")  # the list stands, so that only its lock keeps the two apart
    for _ in range(6):
        answers = await asyncio.gather(
            nurse.post(path, **METOPROLOL), *(charge.post(f"{path}/none") for _ in range(3))
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert await open_scene.scalar("SELECT state FROM home_list") == "recorded"
        await open_scene.scalar(TAKEN_BACK)


async def test_whoever_saw_an_older_decision_hears_of_the_newer(ida, nurse, doctor, open_scene):
    one = await _recorded(nurse, open_scene, ida)
    path = f"/home-medicines/{one}/decisions/admission"
    await doctor.post(path, decision="continue")
    first = (await doctor.get(path)).text.partition('name="after" value="')[2].partition('"')[0]
    changed = await doctor.post(path, decision="stop", reason="Slow pulse", after=first)
    assert changed.status_code == 200, changed.text
    stale = await doctor.post(path, decision="change", reason="Half of it", after=first)
    assert stale.status_code == 409
    standing = "SELECT decision FROM home_decision WHERE replaced_at IS NULL"
    assert await open_scene.scalar(standing) == "stop"
