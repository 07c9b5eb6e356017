"""A first version is signed later too, by whose words it has, over what was kept as they left."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.cancellations import CancelReason
from domain.encounters import Disposition
from tests.adt.scene import Scene
from tests.medications.scene import as_person
from tests.printed import words
from tests.settling import settled
from tests.summaries.left import Left
from tests.summaries.sheet import fields
from ward.adt.admit import admit
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.discharge import gone
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.summaries.parts import READ_BY, Words
from ward.summaries.service import write

SAID = {"reason": "zqdreason", "course": "zqdright", "plan": "zqdplan"}


async def allergic(scene: Scene, patient: UUID, substance: str) -> None:
    async with scene.work() as work:
        said = AllergySaid(detail=AllergyDetail(substance, ("rash",)))
        await record_allergy(work, patient, said)


@pytest.fixture
async def drafted(open_scene: Scene) -> Left:
    """A patient on the ward, of whom `doctor` has begun a summary."""
    patient = await open_scene.patient("Quillfeather", "Ida")
    found = Left(open_scene, patient)
    async with open_scene.work() as work:
        came = work.now - timedelta(days=3)
        found.encounter = (await admit(work, patient, open_scene.beds["6E-01"], at=came)).id
    async with as_person(open_scene, "doctor") as work:
        said = Words(reason="zqdreason", course="zqdbegun", plan="zqdplan")
        found.summary = (await write(work, found.encounter, said, seen=None)).id
    await allergic(open_scene, patient, "zqdallergen")
    return found


async def leaves(left: Left) -> None:
    async with left.scene.work() as work:
        await gone(work, left.encounter, Disposition.HOME, at=work.now - timedelta(days=2))
    await settled(left.scene.node)
    await allergic(left.scene, left.patient, "zqdlater")


async def changed(left: Left, statement: str) -> None:
    async with left.scene.node.aside.begin() as connection:
        await connection.execute(text(statement))


async def version(left: Left) -> int:
    return int(await left.scene.scalar("SELECT version FROM discharge_summary"))


async def test_who_drafted_it_signs_it_when_the_patient_is_no_longer_theirs(
    drafted: Left, doctor
) -> None:
    await leaves(drafted)
    assert (await doctor.get(f"/patients/{drafted.patient}/medications")).status_code == 403
    page = (await doctor.get(drafted.page)).text
    assert "zqdallergen" in page
    assert "zqdlater" not in page
    at = f"/stays/{drafted.encounter}/summary"
    written = await doctor.post(at, **SAID, version=await version(drafted))
    assert written.status_code == 204, written.text
    one = f"/summaries/{drafted.summary}"
    asked = (await doctor.get(f"{one}/signature")).text
    assert "stands as the record said when the patient left" in asked
    signed = await doctor.post(f"{one}/signature", **fields(asked))
    assert signed.status_code == 204, signed.text
    paper = words((await doctor.get(f"{one}.pdf")).content)
    for known in ("zqdright", "zqdallergen", "Left ", "Home"):
        assert known in paper, known
    assert "zqdbegun" not in paper
    assert "zqdlater" not in paper  # nobody read the record again
    assert (await doctor.get(f"/patients/{drafted.patient}/medications")).status_code == 403


async def test_another_doctor_does_not_sign_it(drafted: Left, sign) -> None:
    await leaves(drafted)
    other, seen = await sign("doctor2"), await version(drafted)
    for path in (drafted.page, f"/summaries/{drafted.summary}/signature"):
        answer = await other.get(path)
        assert (answer.status_code, "zqd" in answer.text) == (403, False), path
    answer = await other.post(f"/summaries/{drafted.summary}/signature", version=seen)
    assert answer.status_code == 403
    assert await drafted.scene.scalar("SELECT state FROM discharge_summary") == "draft"


async def test_what_is_kept_leaves_an_open_form_as_it_is(drafted: Left, doctor) -> None:
    seen = await version(drafted)
    await leaves(drafted)
    assert await drafted.scene.scalar("SELECT about IS NOT NULL FROM discharge_summary")
    assert await version(drafted) == seen


async def test_a_draft_of_old_with_nothing_kept_is_not_signed_and_says_why(
    drafted: Left, doctor
) -> None:
    await leaves(drafted)
    await changed(drafted, f"UPDATE discharge_summary SET {' = NULL, '.join(READ_BY)} = NULL")
    one = f"/summaries/{drafted.summary}/signature"
    answer = await doctor.post(one, version=await version(drafted))
    assert (answer.status_code, "was not kept with this draft" in answer.text) == (409, True)


async def test_written_on_after_they_left_it_keeps_what_the_record_says_then(
    drafted: Left, doctor
) -> None:
    async with drafted.scene.work() as work:
        await gone(work, drafted.encounter, Disposition.HOME, at=work.now - timedelta(hours=2))
    await settled(drafted.scene.node)
    await allergic(drafted.scene, drafted.patient, "zqdfound")
    at = f"/stays/{drafted.encounter}/summary"
    assert (await doctor.post(at, **SAID, version=await version(drafted))).status_code == 204
    ago = "- interval '2 days'"
    await changed(
        drafted, f"UPDATE stay SET started_at = started_at {ago}, ended_at = ended_at {ago}"
    )
    await changed(drafted, f"UPDATE encounter SET discharged_at = discharged_at {ago}")
    assert (await doctor.get(f"/patients/{drafted.patient}/medications")).status_code == 403
    assert "zqdfound" in (await doctor.get(drafted.page)).text


async def test_a_discharge_taken_back_has_the_record_read_again(drafted: Left, doctor) -> None:
    async with drafted.scene.work() as work:
        await gone(work, drafted.encounter, Disposition.HOME)
    await settled(drafted.scene.node)
    async with drafted.scene.work() as work:
        await cancel_discharge(work, drafted.encounter, CancelReason.WRONG_PATIENT)
    await settled(drafted.scene.node)
    await allergic(drafted.scene, drafted.patient, "zqdfound")
    assert "zqdfound" in (await doctor.get(drafted.page)).text
