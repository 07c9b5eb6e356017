"""Who a sheet is about is told by name, birth date and number."""

import re
from uuid import uuid4

import pytest

from tests.adt.test_transfer import lying
from ward.adt.requests import request_move

KNOWN = r"Born \d\d-\w{3}-\d{4} \(\d+y\) · (MRN|NHS\xa0No\.)\xa0[\d\xa0]+"
HEAD = re.compile(rf"<h2[^>]*>[^<]*<span[^>]*>[A-Z]+, \w+[^<]*</span></h2><p[^>]*>{KNOWN}</p>")
BY_HTMX = {"hx-request": "true"}
OF_STAY = ("transfer", "swap", "request", "discharge", "cancel", "home", "isolation", "leave")


@pytest.mark.parametrize("sheet", OF_STAY)
async def test_a_sheet_of_a_stay_names_the_patient_and_what_tells_her_from_another(
    open_scene, charge, sheet
) -> None:
    _, encounter = await lying(open_scene, "6E-01")
    drawn = (await charge.get(f"/stays/{encounter}/{sheet}", headers=BY_HTMX)).text
    assert HEAD.search(drawn), drawn[:600]


@pytest.mark.parametrize("sheet", ["accept", "decline"])
async def test_who_waits_to_come_is_told_from_another(open_scene, nurse, sheet) -> None:
    bo, _ = await lying(open_scene, "6W-01", "Bo")
    async with open_scene.work() as work:
        move = await request_move(work, bo, open_scene.east)
    drawn = (await nurse.get(f"/moves/{move.id}/{sheet}", headers=BY_HTMX)).text
    assert HEAD.search(drawn), drawn[:600]


async def test_a_swap_tells_both_from_others(open_scene, charge) -> None:
    _, encounter = await lying(open_scene, "6E-01")
    await lying(open_scene, "6E-02", "Bo")
    drawn = (await charge.get(f"/stays/{encounter}/swap", headers=BY_HTMX)).text
    assert HEAD.search(drawn), drawn[:600]
    assert re.search(rf"BO, Ida <small>Bed 02 · {KNOWN}</small>", drawn), drawn[-900:]


async def test_the_actions_of_a_bed_tell_whose_they_are(open_scene, charge) -> None:
    await lying(open_scene, "6E-01")
    bed = open_scene.beds["6E-01"]
    assert HEAD.search((await charge.get(f"/beds/{bed}/actions", headers=BY_HTMX)).text)


async def test_the_page_of_movements_tells_whose_they_are(open_scene, nurse) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    page = (await nurse.get(f"/patients/{ida}/movements")).text
    assert re.search(rf"</h1>\s*<p[^>]*>{KNOWN}</p>", page)
    assert "Six East, bed 01" in page  # as everywhere else
    assert "6E-01" not in page


async def test_who_is_admitted_from_the_chart_is_told_from_another_and_is_somebody(
    open_scene, charge
) -> None:
    ida = await open_scene.patient()
    drawn = (await charge.get(f"/patients/{ida}/admit", headers=BY_HTMX)).text
    assert HEAD.search(drawn), drawn[:600]
    assert f'action="/patients/{ida}/admit"' in drawn
    nobody = await charge.get(f"/patients/{uuid4()}/admit", headers=BY_HTMX)
    assert nobody.status_code == 404


async def test_a_form_that_was_refused_without_scripts_leads_back_to_where_it_stood(
    open_scene, charge
) -> None:
    _, encounter = await lying(open_scene, "6E-01")
    sheet = f"/stays/{encounter}/home"
    answer = await charge.client.post(
        sheet,
        data={"home_on": "2031-01-05", "version": "999", "idempotency_key": str(uuid4())},
        headers={"referer": f"{charge.url}{sheet}"},
    )
    assert answer.status_code == 409
    assert re.search(r"<h1>Not saved</h1>\s*<p>[A-Z](?!ot saved)", answer.text)  # once is enough
    assert f'<a class="btn primary" href="{sheet}">Back to where you were</a>' in answer.text
