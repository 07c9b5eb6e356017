"""Leaving: the sheet names what is open and links to it; what is overridden stands in the trail."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.alerts import Cause
from domain.encounters import Disposition, EncounterStatus
from domain.lab_orders import Urgency
from tests.adt.leaving import leaves, settle
from tests.adt.test_transfer import lying
from tests.labs.reports import report
from tests.scheduling.clinic import LONDON
from ward import clock
from ward.adt.discharge import gone
from ward.adt.models import Movement, Step
from ward.alerts.sound import sound
from ward.labs.details import LabOrder
from ward.labs.order import order as ask_laboratory
from ward.labs.release import release
from ward.tasks.assign import TaskSaid, assign

WHY = "Consultant has seen her and agrees"


@pytest.fixture
async def burdened(open_scene):
    """Ida in bed 01 with a critical alert, a task, an order to the laboratory, and a report."""
    ida, encounter = await lying(open_scene, "6E-01")
    async with open_scene.work() as work:
        await sound(work, ida, Cause.NEWS_HIGH, "NEWS2 is 9.")
    async with open_scene.work() as work:
        await assign(
            work, ida, TaskSaid(what="Remove cannula", due_at=work.now + timedelta(hours=1))
        )
        await ask_laboratory(work, ida, LabOrder(("U&E",)), Urgency.ROUTINE, work.now)
    async with open_scene.work() as work:
        await release(work, report(ida, filler="leaving"))
    return ida, encounter


async def test_the_sheet_names_what_is_open_and_where(burdened, nurse) -> None:
    ida, encounter = burdened
    sheet = (await nurse.get(f"/stays/{encounter}/discharge")).text
    assert (
        f'<a class="lnk" href="/patients/{ida}#alerts">A critical alert is open</a>: NEWS2 is 9.'
        in sheet
    )
    assert f'<a class="lnk" href="/patients/{ida}/results">Orders are open</a>: ' in sheet
    assert (
        f'<a class="lnk" href="/patients/{ida}#tasks">Tasks are open</a>: Remove cannula' in sheet
    )
    assert f'<a class="lnk" href="/patients/{ida}#allergies">Nobody has recorded' in sheet
    assert sheet.index('data-item="critical-alert"') < sheet.index('data-item="tasks"')
    assert "override_reason" not in sheet  # a nurse sets nothing aside
    for link in (f"/patients/{ida}", f"/patients/{ida}/results"):
        assert (await nurse.get(link)).status_code == 200


async def test_whoever_has_nothing_open_is_told_so(open_scene, nurse) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    await settle(open_scene, ida)
    sheet = (await nurse.get(f"/stays/{encounter}/discharge")).text
    assert "Nothing is in the way." in sheet
    assert "Not settled yet" not in sheet


async def test_each_of_the_four_blocks_and_is_named(open_scene, nurse) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    path, seen = f"/stays/{encounter}/discharge", (await open_scene.encounter(encounter)).version
    sheet = (await nurse.get(path)).text
    assert f'href="/patients/{ida}#reconciliation">Medicines from home are undecided' in sheet
    assert f'href="/patients/{ida}#allergies">Nobody has recorded whether' in sheet
    refused = await nurse.post(path, disposition="home", version=seen)
    for said in (
        "medicines from home are undecided", "nobody has recorded whether there are allergies",
        "nobody has confirmed who leaves", "the time of departure is not recorded",
    ):  # fmt: skip
        assert said in refused.text
    await settle(open_scene, ida)
    one = await nurse.post(path, **leaves(seen, identity=""))
    assert "Not discharged: nobody has confirmed who leaves." in one.text
    other = await nurse.post(path, **leaves(seen, discharged_at=""))
    assert "Not discharged: the time of departure is not recorded." in other.text
    assert (await open_scene.encounter(encounter)).discharged_at is None
    assert (await nurse.post(path, **leaves(seen))).status_code == 200


async def test_the_form_shows_whose_wristband_and_now(open_scene, nurse) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    sheet = (await nurse.get(f"/stays/{encounter}/discharge")).text
    assert "QUILLFEATHER, Ida, born 04-Mar-1950" in sheet
    at = sheet.partition('type="datetime-local" value="')[2].partition('"')[0]
    drawn = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    assert timedelta(0) <= clock.now() - drawn < timedelta(minutes=2)
    await settle(open_scene, ida)
    seen = (await open_scene.encounter(encounter)).version
    sent = leaves(seen, discharged_at=at)  # as a browser sends it: came within this minute
    answer = await nurse.post(f"/stays/{encounter}/discharge", **sent)
    assert answer.status_code == 200, answer.text
    ended = await open_scene.encounter(encounter)
    assert ended.admitted_at <= ended.discharged_at <= clock.now()


@pytest.mark.parametrize(
    ("hours", "said"),
    [(1, "This time is in the future."), (-1, "before the patient came into the bed")],
)
async def test_nobody_leaves_tomorrow_or_before_they_came(open_scene, nurse, hours, said) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    await settle(open_scene, ida)
    seen = (await open_scene.encounter(encounter)).version
    at = (clock.now() + timedelta(hours=hours)).isoformat()
    answer = await nurse.post(f"/stays/{encounter}/discharge", **leaves(seen, discharged_at=at))
    assert answer.status_code == 409
    assert said in answer.text


async def test_the_step_says_that_the_wristband_was_compared_and_by_whom(open_scene, nurse) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    await settle(open_scene, ida)
    seen = (await open_scene.encounter(encounter)).version
    await nurse.post(f"/stays/{encounter}/discharge", **leaves(seen))
    row, note = await _step(open_scene)
    assert note == "Two identifiers of the wristband were compared."
    assert row.actor_id == await open_scene.scalar("SELECT id FROM app_user WHERE username='nurse'")
    assert (await _detail(open_scene))["identity"] == "wristband"


async def test_what_another_system_tells_is_a_fact(burdened, open_scene) -> None:
    _, encounter = burdened
    async with open_scene.work("adt.discharge") as work:
        ended = await gone(work, encounter, Disposition.HOME)
    assert ended.status is EncounterStatus.FINISHED
    _, note = await _step(open_scene)
    assert note.startswith("Gone although a critical alert is open, ")
    assert "allergies" in (await _detail(open_scene))["open"]


async def test_who_has_died_is_let_go_without_medicines_or_allergies(open_scene, nurse) -> None:
    _, encounter = await lying(open_scene, "6E-01")
    seen = (await open_scene.encounter(encounter)).version
    answer = await nurse.post(f"/stays/{encounter}/discharge", **leaves(seen, disposition="exp"))
    assert answer.status_code == 200, answer.text


async def test_an_open_critical_alert_refuses_with_a_list(burdened, open_scene, nurse) -> None:
    _, encounter = burdened
    seen = (await open_scene.encounter(encounter)).version
    for reason in ({}, {"override_reason": WHY}):
        answer = await nurse.post(
            f"/stays/{encounter}/discharge", disposition="home", version=seen, **reason
        )
        assert answer.status_code in {403, 409}
    refused = await nurse.post(f"/stays/{encounter}/discharge", disposition="home", version=seen)
    assert "Not discharged: a critical alert is open" in refused.text
    assert "orders are open" in refused.text
    assert "tasks" not in refused.text  # told, and not in the way


async def test_the_charge_nurse_overrides_with_a_reason_that_is_kept(
    burdened, open_scene, charge
) -> None:
    _, encounter = burdened
    assert "override_reason" in (await charge.get(f"/stays/{encounter}/discharge")).text
    seen = (await open_scene.encounter(encounter)).version
    answer = await charge.post(
        f"/stays/{encounter}/discharge", disposition="home", version=seen, override_reason=WHY
    )
    assert answer.status_code == 200, answer.text
    _, note = await _step(open_scene)
    assert note.startswith("Discharged although a critical alert is open, ")
    assert "nobody has confirmed who leaves" in note
    assert note.endswith(f"Charge nurse: {WHY}.")
    detail = await _detail(open_scene)
    assert detail["override"] == "charge"
    assert {"critical-alert", "allergies", "reconciled", "identity"} <= set(detail["open"])
    assert WHY not in str(detail)  # words about a patient are sealed


async def _step(scene) -> tuple[Movement, str]:
    async with scene.work() as work:
        steps = select(Movement).where(Movement.step == Step.DISCHARGED)
        (row,) = await work.every(steps, Permission.VIEW_STAYS)
        return row, (await work.open([row], Movement.note))[row.id]


async def _detail(scene) -> dict:
    code = "SELECT detail FROM audit_event WHERE code = 'adt.discharge' AND action = 'U'"
    return await scene.scalar(code)
