"""Back for another stay: the summary of the one before is found, and amended as before."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from tests.medications.scene import as_person
from tests.summaries.left import Left
from tests.summaries.sheet import put
from ward.adt.admit import admit
from ward.summaries.parts import Words
from ward.summaries.service import write

AMEND = 'href="/stays/{stay}/summary"'


@pytest.fixture
async def back(left: Left) -> UUID:
    """The patient lies on the ward again since an hour; give the new stay."""
    async with left.scene.work() as work:
        came = work.now - timedelta(hours=1)
        return (await admit(work, left.patient, left.scene.beds["6E-03"], at=came)).id


async def test_page_and_chart_of_who_is_back_lead_to_the_earlier_summary(
    left, back, doctor
) -> None:
    page = (await doctor.get(left.page)).text
    assert AMEND.format(stay=back) in page  # of the stay that goes on, at the head
    (line,) = re.findall(r'<li data-state="signed">.*?</li>', page, re.DOTALL)
    assert AMEND.format(stay=left.encounter) in line
    assert f'href="/stays/{left.encounter}/discharge-summary"' in line
    assert re.search(r"Stay \d\d-\w{3}-\d{4} – \d\d-\w{3}-\d{4}", line)
    chart = (await doctor.get(f"/patients/{left.patient}")).text
    (panel,) = re.findall(
        r'<section class="panel" id="discharge_summary".*?</section>', chart, re.DOTALL
    )
    assert AMEND.format(stay=left.encounter) in panel


async def test_its_author_amends_and_signs_it_while_the_patient_is_back(left, back, doctor) -> None:
    async with as_person(left.scene, "doctor") as work:
        await write(work, back, Words("zqdnew", "zqdnew"), seen=None)
    sheet = (await doctor.get(f"/stays/{left.encounter}/summary")).text
    assert "zqdwrong" in sheet
    assert "zqdnew" not in sheet
    said = {"reason": "zqdreason", "course": "zqdright", "plan": "zqdplan", "why": "Wrong side"}
    written = await doctor.post(f"/stays/{left.encounter}/summary", **said)
    at = f"/stays/{left.encounter}/discharge-summary"
    assert (written.status_code, written.headers["hx-redirect"]) == (204, at)
    page = (await doctor.get(at)).text
    assert "zqdright" in page
    assert "zqdnew" not in page
    (draft,) = re.findall(r'href="/summaries/([0-9a-f-]+)/signature\?', page)
    signed = await put(doctor, draft)
    assert (signed.status_code, signed.headers["hx-redirect"]) == (204, at)
    states = "SELECT string_agg(state, ' ' ORDER BY number) FROM discharge_summary"
    where = " WHERE encounter_id = '{}'"
    assert await left.scene.scalar(states + where.format(left.encounter)) == "replaced signed"
    assert await left.scene.scalar(states + where.format(back)) == "draft"


async def test_what_is_begun_is_written_on_and_not_begun_again(left, back, doctor) -> None:
    async with as_person(left.scene, "doctor") as work:
        said = Words("zqdreason", "zqdbegun")
        await write(work, left.encounter, said, why="Wrong side", seen=None)
    at = f'href="/stays/{left.encounter}/discharge-summary"'
    for path in (left.page, f"/patients/{left.patient}"):
        found = (await doctor.get(path)).text
        assert AMEND.format(stay=left.encounter) not in found, path
        assert at in found, path
    assert "zqdbegun" not in (await doctor.get(left.page)).text


async def test_the_page_of_a_stay_is_for_its_author_and_who_treats(left, doctor, sign) -> None:
    at = f"/stays/{left.encounter}/discharge-summary"
    assert "zqdwrong" in (await doctor.get(at)).text
    for who in ("doctor2", "reception"):
        answer = await (await sign(who)).get(at)
        assert (answer.status_code, "zqd" in answer.text) == (403, False), who
