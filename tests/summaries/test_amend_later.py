"""Whoever signed a summary amends it later too, when nothing else explains the patient to them."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.encounters import Disposition
from tests.adt.scene import Scene
from tests.medications.scene import as_person
from tests.printed import words
from tests.summaries.left import Left
from tests.summaries.sheet import fields
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.summaries.parts import Words
from ward.summaries.service import sign as sign_summary
from ward.summaries.service import write


async def amended(left: Left, doctor) -> UUID:
    said = {"reason": "zqdreason", "course": "zqdright", "plan": "zqdplan", "why": "Wrong side"}
    answer = await doctor.post(f"/stays/{left.encounter}/summary", **said)
    assert answer.status_code == 204, answer.text
    one = "SELECT id::text FROM discharge_summary WHERE state = 'draft'"
    found = await left.scene.scalar(one)
    asked = (await doctor.get(f"/summaries/{found}/signature")).text
    assert "all but your words stays as it was signed" in asked
    answer = await doctor.post(f"/summaries/{found}/signature", **fields(asked))
    assert answer.status_code == 204, answer.text
    return UUID(found)


async def test_the_author_amends_their_words_and_reads_no_more_of_the_record(left, doctor) -> None:
    chart = await doctor.get(f"/patients/{left.patient}/medications")
    assert chart.status_code == 403
    assert f'href="{left.page}"' in chart.text  # where the refusal leads an author
    page = (await doctor.get(left.page)).text
    assert "zqdwrong" in page
    assert "zqdallergen" in page
    assert "Not shown to your role" not in page
    paper = words((await doctor.get(f"/summaries/{await amended(left, doctor)}.pdf")).content)
    assert "Version 2, replaces what was signed before. Wrong side" in paper
    assert "zqdright" in paper
    assert "zqdwrong" not in paper
    assert "zqdallergen" in paper
    assert "zqdlater" not in paper  # nobody read the record again
    assert (await doctor.get(f"/patients/{left.patient}/medications")).status_code == 403
    states = "SELECT string_agg(state, ' ' ORDER BY number) FROM discharge_summary"
    assert await left.scene.scalar(states) == "replaced signed"


async def test_the_trail_says_that_an_author_came(left, doctor) -> None:
    await amended(left, doctor)
    seen = "SELECT count(*) FROM audit_event WHERE code = 'summaries.sign' AND relation = 'author'"
    assert await left.scene.scalar(seen) > 0


async def test_another_doctor_does_not(left, sign) -> None:
    other = await sign("doctor2")
    for path in (left.page, f"/summaries/{left.summary}.pdf", f"/stays/{left.encounter}/summary"):
        answer = await other.get(path)
        assert (answer.status_code, "zqd" in answer.text) == (403, False), path
    answer = await other.post(
        f"/stays/{left.encounter}/summary", reason="x", course="y", why="Mine"
    )
    assert answer.status_code == 403
    assert await left.scene.scalar("SELECT count(*) FROM discharge_summary") == 1


async def test_of_another_stay_the_author_reads_nothing(left, doctor, sign) -> None:
    scene = left.scene
    async with scene.work() as work:
        came = work.now - timedelta(hours=40)
        stay = (await admit(work, left.patient, scene.beds["6E-02"], at=came)).id
    async with as_person(scene, "doctor2") as work:
        row = await write(work, stay, Words("zqdother", "zqdother"), seen=None)
        theirs = (await sign_summary(work, row.id, seen=None, site="http://ward.test")).id
    async with scene.work() as work:
        await gone(work, stay, Disposition.HOME, at=work.now - timedelta(hours=30))
    page = (await doctor.get(left.page)).text
    assert "zqdwrong" in page
    assert "zqdother" not in page
    assert str(theirs) not in page
    assert (await doctor.get(f"/summaries/{theirs}.pdf")).status_code == 403


async def replaced(scene: Scene, encounter: UUID, by: str, course: str) -> UUID:
    async with as_person(scene, by) as work:
        row = await write(work, encounter, Words("zqdreason", course), why="Wrong", seen=None)
        return (await sign_summary(work, row.id, seen=None, site="http://ward.test")).id


@pytest.fixture
async def lying(open_scene: Scene) -> Left:
    """A patient who lies on the ward, with a summary that `doctor2` has signed."""
    patient = await open_scene.patient("Quillfeather", "Ida")
    found = Left(open_scene, patient)
    async with open_scene.work() as work:
        came = work.now - timedelta(days=3)
        found.encounter = (await admit(work, patient, open_scene.beds["6E-01"], at=came)).id
    found.summary = await replaced(open_scene, found.encounter, "doctor2", "zqdfirst")
    return found


async def goes(left: Left) -> None:
    async with left.scene.work() as work:
        await gone(work, left.encounter, Disposition.HOME, at=work.now - timedelta(days=2))


async def test_who_signed_over_another_doctors_version_amends_it_too(lying, doctor) -> None:
    await replaced(lying.scene, lying.encounter, "doctor", "zqdsecond")
    await goes(lying)
    said = {"reason": "zqdreason", "course": "zqdthird", "why": "Wrong side"}
    answer = await doctor.post(f"/stays/{lying.encounter}/summary", **said)
    assert answer.status_code == 204, answer.text
    numbers = "SELECT string_agg(number || ' ' || state, ', ' ORDER BY number)"
    found = await lying.scene.scalar(f"{numbers} FROM discharge_summary")
    assert found == "1 replaced, 2 signed, 3 draft"


async def test_what_another_doctor_signed_is_closed_to_who_only_began_it(lying, doctor) -> None:
    scene = lying.scene
    async with as_person(scene, "doctor") as work:
        row = await write(
            work, lying.encounter, Words("zqdreason", "zqdbegun"), why="Wrong", seen=None
        )
    async with as_person(scene, "doctor2") as work:
        said = Words("zqdreason", "zqdtheirs")
        await write(work, lying.encounter, said, seen=row.version)
    await goes(lying)
    for path in (lying.page, f"/stays/{lying.encounter}/summary"):  # a draft is whose words it has
        answer = await doctor.get(path)
        assert (answer.status_code, "zqd" in answer.text) == (403, False), path
    async with as_person(scene, "doctor2") as work:
        await sign_summary(work, row.id, seen=None, site="http://ward.test")
    for path in (lying.page, f"/summaries/{row.id}.pdf"):
        answer = await doctor.get(path)
        assert (answer.status_code, "zqd" in answer.text) == (403, False), path
