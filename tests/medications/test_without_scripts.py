"""Without scripts: a dose is opened as a page and recorded by a plain form; codes lead on."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest

from domain.frequencies import Code
from tests.medications.bedside import at_bed, code
from tests.medications.scene import detailed


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


def doors(page: str, key: str) -> str:
    """Where the button of this id leads without scripts: its own address, by the page's form."""
    assert '<form id="as-page" method="get" hidden>' in page
    button = re.search(rf'<button type="submit"[^>]* id="{key}"[^>]*>', page)
    assert button, key
    assert 'form="as-page"' in button[0]
    return re.search(r'formaction="([^"]+)"', button[0])[1]


async def test_a_dose_of_the_chart_is_recorded_without_a_script(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    chart = await bed.station.get(f"/patients/{bed.patient}/medications")
    path = doors(chart.text, f"dose-{dose.id}")
    page = await bed.station.get(path)
    assert page.text.startswith("<!doctype html>")
    action = re.search(r'<form id="dose-give"[^>]* action="([^"]+)"', page.text)[1]
    form = {
        "revision": "1",
        "idempotency_key": str(uuid4()),
        "no_scan": "damaged",
        "identifier": ["name", "born"],
    }
    answer = await bed.station.client.post(action, data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/patients/{bed.patient}/medications"
    assert len(await bed.rows()) == 1


async def test_what_is_given_as_required_opens_as_a_page(bed) -> None:
    request, _ = await bed.order(detail=detailed("paracetamol", Code.PRN))
    chart = await bed.station.get(f"/patients/{bed.patient}/medications")
    page = await bed.station.get(doors(chart.text, f"give-{request.id}"))
    assert page.text.startswith("<!doctype html>")
    assert 'id="dose-give"' in page.text


async def test_a_code_that_nobody_knows_leads_to_the_form_that_tells_it(bed, pharmacist) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    unknown = code(9)
    for answer in (
        await bed.station.post(f"/doses/{dose.id}/scan", code=unknown),
        await bed.give(f"/doses/{dose.id}", pack=unknown),
    ):
        assert 'data-stop="rights.unknown-code"' in answer.text
        assert 'data-needs="medications.set_formulary"' in answer.text
        path = re.search(r'href="(/products/new\?code=[^"]+)"', answer.text)[1]
        assert path == f"/products/new?code={quote(unknown)}"
    form = await pharmacist.get(path)
    assert f'value="{unknown}"' in form.text
    known = await bed.give(f"/doses/{dose.id}", pack=code(1), no_scan="damaged", amount="1")
    assert "/products/new" not in known.text
