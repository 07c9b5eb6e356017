"""Rights: what each role may do with orders, specimens and results, and what it is shown."""

import pytest

from domain.encounters import Disposition
from domain.overrides import Approver, Override
from realtime.topics import Topic
from tests.labs.reports import report
from tests.labs.test_doors import now, ordered, specimens
from ward.adt.discharge import discharge
from ward.labs.release import release

ROLES = ("nurse", "charge", "doctor", "pharmacist", "lab", "reception", "biller", "admin",
         "privacy")  # fmt: skip
SEES = {"nurse", "charge", "doctor", "pharmacist", "lab", "admin"}
DOES = {
    "order": {"doctor"},
    "collect": {"nurse", "charge", "doctor"},
    "receive": {"lab"},
    "acknowledge": {"doctor"},
    "call": {"doctor", "lab"},
}


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_does_what_is_its_own(open_scene, ida, doctor, sign, role) -> None:
    await ordered(doctor, ida)
    async with open_scene.work() as work:
        made = await release(work, report(ida))
    specimen = (await specimens(open_scene))[0]
    result = await open_scene.scalar("SELECT id FROM lab_result WHERE rank = 3")
    someone = await sign(role)
    tries = {
        "order": (f"/patients/{ida}/labs", {"panel": "CBC", "urgency": "routine",
                                            "wanted_at": now()}),
        "collect": (f"/labs/specimens/{specimen.id}/collect", {"version": specimen.version}),
        "receive": (f"/labs/specimens/{specimen.id}/receive", {"version": specimen.version}),
        "call": (f"/labs/results/{result}/call", {}),
        "acknowledge": (f"/labs/reports/{made.id}/acknowledge",
                        {"plan": "going-to-see", "version": made.version}),
    }  # fmt: skip
    for what, (path, fields) in tries.items():
        answer = await someone.post(path, **fields)
        allowed = role in DOES[what]
        assert (answer.status_code == 403) is not allowed, (what, answer.text)
    for path in (f"/patients/{ida}/results", f"/patients/{ida}/results.csv"):
        page = await someone.get(path)
        sees = role in SEES - {"admin"}
        assert (page.status_code == 200 and "6.8" in page.text) is sees, (path, page.status_code)


async def test_the_laboratory_sees_only_whom_it_was_asked_about(open_scene, ida, laboratory):
    page = await laboratory.get(f"/patients/{ida}/results")
    assert page.status_code == 403
    async with open_scene.work() as work:
        await release(work, report(ida))
    page = await laboratory.get(f"/patients/{ida}/results")
    assert page.status_code == 200
    assert "QUILLFEATHER" in page.text
    assert "Six East" not in page.text  # not where somebody lies


async def test_who_lies_here_has_not_left_for_any_viewer(open_scene, ida, doctor, laboratory):
    """Who may not see beds does not conclude from it that there is none."""
    async with open_scene.work() as work:
        await release(work, report(ida))
    for viewer in (doctor, laboratory):
        page = await viewer.get(f"/results?ward={open_scene.east}")
        assert "QUILLFEATHER" in page.text
        assert "has left the ward" not in page.text, viewer.username
    (stay,) = await open_scene.stays(ida)
    async with laboratory.watch(Topic("results", open_scene.east)) as screen:
        async with open_scene.work() as work:
            why = Override(Approver.CHARGE_NURSE, "Goes to a bed elsewhere")
            await discharge(work, stay.encounter_id, Disposition.HOME, override=why)
        await screen.until("has left the ward")
