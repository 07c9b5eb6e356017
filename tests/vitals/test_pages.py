"""Pages: the sheet of the bedside, the live score, refusals that keep what was typed, the chart."""

import csv
import io
import re
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from domain.fluids import Fluid
from domain.news2 import Scale
from domain.vitals import Vital
from realtime.topics import Topic
from tests.vitals.bedsides import ILL, WELL, told
from tests.watchers import watching
from ward import clock
from ward.dev.cast import ZONE
from ward.render import render
from ward.vitals import chart, queries
from ward.vitals.chart import RANGES, THREE_DAYS
from ward.vitals.fluids import record_fluid
from ward.vitals.monitors import report
from ward.vitals.observe import correct, observe
from ward.vitals.page import author
from ward.vitals.plan import set_scale

TYPED = {"resp_rate": "16", "spo2": "98", "o2": "air", "sbp": "122", "dbp": "78", "pulse": "72",
         "consciousness": "A", "temp": "36.8"}  # fmt: skip
WORSE = TYPED | {"resp_rate": "26", "spo2": "91", "pulse": "118", "sbp": "98"}


def paths(patient) -> str:
    return f"/patients/{patient}/observations"


async def charted(scene, patient, said=None):
    async with scene.work() as work:
        return await observe(work, patient, said or told(), seen=None)


async def bedside(scene, patient):
    async with scene.work() as work:
        return await queries.bedside(work, patient)


async def test_a_set_typed_in_the_sheet_is_on_the_chart_of_another(
    open_scene, ida, nurse, doctor
) -> None:
    form = await nurse.get(f"{paths(ida)}/new", headers={"hx-request": "true"})
    assert 'name="version" id="obs-seen" value="0"' in form.text
    async with doctor.watch(Topic("observations", ida)) as screen:
        answer = await nurse.post(paths(ida), **TYPED, version=0)
        assert answer.status_code == 200, answer.text
        frame = await screen.until("0 low")
    assert "122/78" in frame.content
    page = await doctor.get(paths(ida))
    assert page.text.count('class="ln"') == len(RANGES)  # a pressure; one set joins nothing
    assert "NEWS2 © Royal College of Physicians 2017" in page.text


async def test_the_score_follows_the_typing_and_keeps_nothing(open_scene, ida, nurse) -> None:
    said = {"spo2": "91", "o2": "oxygen", "device": "nasal-cannula", "o2_flow": "2"}
    answer = await nurse.post(f"{paths(ida)}/score", **said)
    assert answer.status_code == 200
    assert "Incomplete score, at least 5" in answer.text
    assert "Missing: respiratory rate" in answer.text
    assert re.search(r'#at-spo2".*?scores 3', answer.text)
    assert re.search(r'#at-o2" hx-swap="innerMorph">.*?scores 2', answer.text)
    assert (await bedside(open_scene, ida)).last is None


async def test_asking_for_the_score_spends_no_key_of_the_form(open_scene, ida, nurse) -> None:
    key = str(uuid4())
    for typed in (WORSE, WORSE | {"pulse": "99"}):
        assert (await nurse.post(f"{paths(ida)}/score", key=key, **typed)).status_code == 200
    answer = await nurse.post(paths(ida), key=key, version=0, **WORSE)
    assert answer.status_code == 200, answer.text


async def test_the_score_of_the_sheet_is_the_score_that_is_charted(open_scene, ida, nurse) -> None:
    live = await nurse.post(f"{paths(ida)}/score", **WORSE)
    await nurse.post(paths(ida), **WORSE, version=0)
    assert f"NEWS2 {(await bedside(open_scene, ida)).last.total}" in live.text


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("temp", "98.6", "Fahrenheit"),
        ("temp", "36.85", "with one decimal"),
        ("resp_rate", "twenty", "as a number"),
        ("pulse", "400", "must be between"),
        ("dbp", "130", "must be lower than systolic"),
        ("o2", "oxygen", "Choose how the oxygen is given"),
        ("taken_at", "2100-01-01T10:00", "in the future"),
        ("taken_at", "1999-01-01T10:00", "before the patient was admitted"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(
    open_scene, ida, nurse, name, value, sentence
) -> None:
    answer = await nurse.post(paths(ida), **(TYPED | {name: value}), version=0)
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#problem"
    assert sentence in answer.text
    field = "device" if value == "oxygen" else name
    assert re.search(rf'#at-{field}" hx-swap="innerMorph"><span class="error">', answer.text)
    assert (await bedside(open_scene, ida)).last is None


async def test_what_is_unlikely_asks_and_counts_after_a_yes(open_scene, ida, nurse) -> None:
    said = TYPED | {"pulse": "190"}
    answer = await nurse.post(paths(ida), **said, version=0)
    assert answer.status_code == 422
    assert 'name="sure_pulse"' in answer.text
    again = await nurse.post(paths(ida), **said, version=0, sure_pulse="yes")
    assert again.status_code == 200, again.text
    assert (await bedside(open_scene, ida)).last.values["pulse"] == 190


async def test_without_scripts_the_form_comes_back_as_it_was_typed(open_scene, ida, nurse) -> None:
    said = TYPED | {"temp": "98.6", "note": "shivering"}
    answer = await nurse.post(paths(ida), htmx=False, **said, version=0)
    assert answer.status_code == 422
    assert 'value="98.6"' in answer.text
    assert "shivering" in answer.text
    assert "Fahrenheit" in answer.text
    fine = await nurse.post(paths(ida), htmx=False, **TYPED, version=0)
    assert fine.status_code == 303


async def test_a_form_that_is_late_shows_theirs_beside_mine_and_can_be_sent_again(
    open_scene, ida, nurse, charge
) -> None:
    earlier = clock.now() - timedelta(minutes=5)
    at = earlier.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M")
    await charge.post(paths(ida), **(TYPED | {"pulse": "81"}), taken_at=at, version=0)
    late = await nurse.post(paths(ida), **TYPED, version=0)
    assert late.status_code == 409
    assert "charted this patient at" in late.text
    assert "<td>81</td><td>72</td>" in late.text
    version = (await bedside(open_scene, ida)).version
    again = await nurse.post(paths(ida), **TYPED, version=version)
    assert again.status_code == 200


async def test_crossing_a_threshold_is_answered_with_what_to_do(open_scene, ida, nurse) -> None:
    await charted(open_scene, ida, told(at=clock.now() - timedelta(minutes=30)))
    version = (await bedside(open_scene, ida)).version
    answer = await nurse.post(paths(ida), **WORSE, version=version)
    assert answer.headers["hx-retarget"] == "#sheet"
    assert "Escalate now" in answer.text
    assert "Alerts call by the policy" in answer.text
    assert "Was 0 low" in answer.text


async def test_a_value_that_could_not_be_taken_is_never_a_zero(open_scene, ida, nurse) -> None:
    said = TYPED | {"sbp": "", "dbp": "", "absent_sbp": "not-recordable"}
    answer = await nurse.post(paths(ida), **said, version=0)
    assert "Escalate now" in answer.text
    page = await nurse.get(paths(ida))
    assert "Not recordable" in page.text


async def test_a_correction_keeps_the_old_values_struck_with_who_and_why(
    open_scene, ida, nurse
) -> None:
    made = await charted(open_scene, ida, told(WELL | {Vital.PULSE: "127"}))
    sheet = await nurse.get(f"/observations/{made.id}/correction", headers={"hx-request": "true"})
    assert 'value="127"' in sheet.text
    seen = re.search(r'name="set_version" value="(\d+)"', sheet.text)
    assert seen
    path = f"/observations/{made.id}/correction"
    silent = await nurse.post(path, **TYPED, set_version=seen[1])
    assert silent.status_code == 422
    answer = await nurse.post(path, **TYPED, set_version=seen[1], reason="Digits swapped")
    assert answer.status_code == 200, answer.text
    page = await nurse.get(paths(ida) + "?as=table")
    assert "<s>127</s>" in page.text
    assert "Digits swapped" in page.text
    assert (await bedside(open_scene, ida)).last.values["pulse"] == 72


async def test_a_set_of_another_patient_is_taken_back(open_scene, ida, nurse) -> None:
    made = await charted(open_scene, ida)
    path = f"/observations/{made.id}/correction"
    for said in ({"in_error": "yes"}, TYPED):
        blind = await nurse.post(path, **said, reason="Wrong patient")
        assert (blind.status_code, "version is missing" in blind.text) == (422, True)
    answer = await nurse.post(
        path, in_error="yes", reason="Wrong patient", set_version=made.version
    )
    assert answer.status_code == 200, answer.text
    page = await nurse.get(paths(ida))
    assert "Taken back: Wrong patient" in page.text
    assert "No observations in this stay" in page.text


async def test_a_monitor_is_drawn_hollow_and_counts_once_confirmed(open_scene, ida, nurse) -> None:
    async with open_scene.work() as work:
        sent = await report(work, ida, told(consciousness=None, device=None), "Bedside 01")
    page = await nurse.get(paths(ida))
    assert 'class="hole"' in page.text
    assert "Bedside 01 sent values" in page.text
    assert (await bedside(open_scene, ida)).last is None
    path = f"/observations/{sent.id}/confirmation"
    sheet = await nurse.get(path, headers={"hx-request": "true"})
    assert 'value="36.8"' in sheet.text
    for said in ({"in_error": "yes", "reason": "Lead off"}, TYPED):
        blind = await nurse.post(path, **said)
        assert (blind.status_code, "version is missing" in blind.text) == (422, True)
    answer = await nurse.post(path, **TYPED, set_version=sent.version)
    assert answer.status_code == 200, answer.text
    assert (await bedside(open_scene, ida)).last.total == 0


async def test_only_a_doctor_prescribes_the_scale_and_it_stays_to_be_seen(
    open_scene, ida, nurse, doctor
) -> None:
    path = f"{paths(ida)}/scale"
    assert (await nurse.get(path)).status_code == 403
    sheet = await doctor.get(path, headers={"hx-request": "true"})
    version = re.search(r'name="version" value="(\d+)"', sheet.text)[1]
    said = {"scale": "2", "reason": "Target 88 to 92 %", "version": version}
    assert (await doctor.post(path, **said)).status_code == 200
    page = await nurse.get(paths(ida))
    assert "SCALE 2" in page.text
    assert "Target 88 to 92 %" in page.text
    assert (await bedside(open_scene, ida)).scale is Scale.TWO


async def test_observations_are_made_due_more_often(open_scene, ida, nurse) -> None:
    await charted(open_scene, ida)
    version = (await bedside(open_scene, ida)).version
    answer = await nurse.post(f"{paths(ida)}/plan", every="30", version=version)
    assert answer.status_code == 200
    view = await bedside(open_scene, ida)
    assert view.due_at == view.last.taken_at + timedelta(minutes=30)


async def test_fluids_are_summed_by_shift_and_a_wrong_one_is_struck(open_scene, ida, nurse) -> None:
    path = f"/patients/{ida}/fluids"
    assert (await nurse.post(path, kind="oral", ml="250")).status_code == 200
    assert (await nurse.post(path, kind="urine", ml="1200")).status_code == 200
    assert (await nurse.post(path, kind="urine", ml="1.5")).status_code == 422
    page = (await nurse.get(paths(ida))).text
    assert "-950" in page
    entry = re.search(r'href="/fluids/([\w-]+)/correction"', page)[1]
    form = await nurse.get(f"/fluids/{entry}/correction", headers={"hx-request": "true"})
    version = re.search(r'name="version" value="(\d+)"', form.text)[1]
    gone = {"reason": "Wrong patient", "version": version}
    assert (await nurse.post(f"/fluids/{entry}/correction", **gone)).status_code == 200
    page = (await nurse.get(paths(ida))).text
    assert "Taken back: Wrong patient" in page
    assert "-950" not in page


async def test_the_file_says_what_the_table_says_and_runs_nothing(open_scene, ida, nurse) -> None:
    said = TYPED | {"note": "=HYPERLINK(1)"}
    await nurse.post(paths(ida), **said, version=0)
    answer = await nurse.get(f"{paths(ida)}.csv", params={"range": "72h"})
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0]["Blood pressure mmHg"] == "122/78"
    assert rows[0]["NEWS2"] == "0 low"
    assert rows[0]["Other"] == "'=HYPERLINK(1)"
    assert rows[0]["Algorithm"] == "NEWS2-2017"


async def test_the_whole_stay_is_drawn_for_whoever_asks(open_scene, ida, nurse) -> None:
    await charted(open_scene, ida, told(at=clock.now() - timedelta(minutes=50)))
    await charted(open_scene, ida, told(ILL))
    page = await nurse.get(f"{paths(ida)}?range=all")
    assert 'id="obs-all"' in page.text
    assert 'data-range="all"' in page.text


async def test_an_allergy_shows_on_the_open_chart_of_observations(
    open_scene, ida, nurse, doctor
) -> None:
    async with doctor.watch(Topic("observations", ida)) as screen:
        await nurse.post(f"/patients/{ida}/allergies", substance="Latex")
        assert "patient-banner" in (await screen.until("Latex")).content


async def test_the_office_sees_no_observations(open_scene, ida, reception) -> None:
    assert (await reception.get(paths(ida))).status_code == 403
    assert (await reception.get(f"{paths(ida)}.csv")).status_code == 403


async def test_a_scale_prescribed_while_the_form_was_open_refuses_it(
    open_scene, ida, nurse
) -> None:
    await charted(open_scene, ida, told(at=clock.now() - timedelta(minutes=30)))
    version = (await bedside(open_scene, ida)).version
    async with open_scene.work() as work:
        await set_scale(work, ida, Scale.TWO, "Target 88 to 92 %", seen=None)
    late = await nurse.post(paths(ida), **TYPED, version=version)
    assert late.status_code == 409


async def test_a_chart_left_open_and_its_frames_make_a_fresh_chart(
    open_scene, ida, nurse, doctor
) -> None:
    async with watching(nurse, paths(ida), f"observations/{ida}") as left_open:
        made = await charted(open_scene, ida, told(at=clock.now() - timedelta(minutes=50)))
        await charted(open_scene, ida, told(ILL))
        async with open_scene.work() as work:
            await correct(work, made.id, told(at=made.taken_at), "Wrong cuff", seen=None)
            await record_fluid(work, ida, Fluid.ORAL, 250, at=work.now)
            await report(work, ida, told(consciousness=None, device=None), "Bedside 01")
        await left_open.settled()
        assert left_open.frames


async def test_three_days_of_six_rows_are_drawn_within_20_ms(open_scene, ida) -> None:
    async with open_scene.work() as work:
        await observe(work, ida, told(ILL), seen=None)
        last = (await queries.bedside(work, ida)).last
    assert last is not None
    sets = [
        replace(last, taken_at=last.taken_at - timedelta(hours=hours))
        for hours in range(72, -1, -1)
    ]
    zone = ZoneInfo("Europe/London")
    context = {"range": "72h", "label": "72 h"}
    took = []
    for _ in range(7):
        begun = time.thread_time()  # of this work alone: others may have the machine
        html = render("vitals/_chart.html", chart=chart.draw(sets, THREE_DAYS, zone), **context)
        took.append(time.thread_time() - begun)
    assert html.count("h0") >= 4 * 73
    assert min(took) < 0.020, took


def test_what_charts_in_a_demo_is_named_in_words() -> None:
    one: Any = SimpleNamespace(by=None, monitor=None, role="simulator:nurse")
    assert author(one, {}) == "Simulated nurse"
