"""What is signed is what the doctor was shown; what changed meanwhile is shown first."""

import re
from dataclasses import replace
from html import unescape
from uuid import UUID

from tests.medications.scene import as_person
from tests.printed import words
from tests.summaries.sheet import fields, opened, put
from tests.summaries.test_summary import draft, drafted
from ward.adt.models import Encounter
from ward.db import new_id
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.summaries import shown
from ward.summaries.gathering import gather
from ward.summaries.parts import Parts, Words
from ward.summaries.service import write

CHANGED = "Not signed. This changed while you were looking: "
ALLERGIES = f"{CHANGED}allergies and observations. Read it, then sign."


async def allergic(stayed, substance: str) -> None:
    async with stayed.scene.work() as work:
        said = AllergySaid(detail=AllergyDetail(substance, ("rash",)))
        await record_allergy(work, stayed.patient, said)


async def state(stayed) -> str:
    found: str = await stayed.scene.scalar("SELECT state FROM discharge_summary")
    return found


async def test_what_changed_after_the_sheet_was_drawn_is_shown_and_not_signed(
    stayed, doctor
) -> None:
    await drafted(stayed, doctor)
    found, _ = await draft(stayed)
    at, seen = f"/summaries/{found}/signature", await opened(doctor, found)
    await allergic(stayed, "zqdlate")
    refused = await doctor.post(at, **seen)
    assert refused.status_code == 409
    assert refused.headers["hx-retarget"] == "#problem"
    assert ALLERGIES in refused.text
    assert "zqdlate: rash" in refused.text
    assert "zqdtablet" not in refused.text  # what is as it was is not read again
    assert await state(stayed) == "draft"
    signed = await doctor.post(at, **fields(refused.text))
    assert signed.status_code == 204, signed.text
    assert "zqdlate" in words((await doctor.get(f"/summaries/{found}.pdf")).content)


async def test_without_script_the_sheet_comes_again_with_what_is_new(stayed, doctor) -> None:
    await drafted(stayed, doctor)
    found, _ = await draft(stayed)
    at, seen = f"/summaries/{found}/signature", await opened(doctor, found)
    await allergic(stayed, "zqdlate")
    refused = await doctor.post(at, htmx=False, **seen)
    assert (refused.status_code, ALLERGIES in refused.text) == (409, True)
    assert "zqdlate: rash" in refused.text
    signed = await doctor.post(at, htmx=False, **fields(refused.text))
    assert signed.status_code == 303, signed.text
    assert await state(stayed) == "signed"


async def test_the_sheet_shows_what_changed_since_the_page_that_led_to_it(stayed, doctor) -> None:
    await drafted(stayed, doctor)
    page = (await doctor.get(f"/patients/{stayed.patient}/discharge-summary")).text
    (link,) = re.findall(r'href="(/summaries/[^"]+/signature\?shown=[^"]+)"', page)
    asked = (await doctor.get(unescape(link))).text
    assert 'id="changed"' not in asked
    assert "zqdallergen" not in asked
    await allergic(stayed, "zqdlate")
    asked = (await doctor.get(unescape(link))).text
    assert "Changed while you were looking" in asked
    assert "zqdlate: rash" in asked
    assert "zqdtablet" not in asked
    found, _ = await draft(stayed)
    signed = await doctor.post(f"/summaries/{found}/signature", **fields(asked))
    assert signed.status_code == 204, signed.text


async def test_who_comes_past_the_page_reads_all_of_it_in_the_sheet(stayed, doctor) -> None:
    await drafted(stayed, doctor)
    found, version = await draft(stayed)
    asked = (await doctor.get(f"/summaries/{found}/signature")).text
    for word in stayed.WORDS.values():
        assert word in asked, word
    refused = await doctor.post(f"/summaries/{found}/signature", version=version)
    assert (refused.status_code, await state(stayed)) == (409, "draft")  # it showed nothing


async def test_words_that_another_doctor_kept_meanwhile_are_shown_and_not_signed(
    stayed, doctor
) -> None:
    await drafted(stayed, doctor)
    found, version = await draft(stayed)
    at, seen = f"/summaries/{found}/signature", await opened(doctor, found)
    async with as_person(stayed.scene, "doctor2") as work:
        said = Words("zqdreason", "zqdtheirs", "zqdplan")
        await write(work, stayed.encounter, said, seen=version)
    refused = await doctor.post(at, **seen)
    assert refused.status_code == 409
    assert f"{CHANGED}diagnoses and the doctor&#39;s words." in refused.text
    assert "zqdtheirs" in refused.text
    ahead = {**seen, "version": fields(refused.text)["version"]}  # its marks are of the old words
    assert (await doctor.post(at, **ahead)).status_code == 409
    assert (await doctor.post(at, **fields(refused.text))).status_code == 204
    refused = await doctor.post(at, **fields(refused.text))
    assert (refused.status_code, "zqdtheirs" in refused.text) == (409, False)  # it is signed


async def test_an_amended_version_is_signed_as_it_was_shown_too(stayed, doctor) -> None:
    await drafted(stayed, doctor)
    assert (await put(doctor, (await draft(stayed))[0])).status_code == 204
    await drafted(stayed, doctor, course="zqdright", why="Wrong side")
    found, _ = await draft(stayed)
    seen = await opened(doctor, found)
    await allergic(stayed, "zqdlate")
    refused = await doctor.post(f"/summaries/{found}/signature", **seen)
    assert (refused.status_code, "zqdlate: rash" in refused.text) == (409, True)
    signed = await doctor.post(f"/summaries/{found}/signature", **fields(refused.text))
    assert signed.status_code == 204, signed.text


async def parts(stayed) -> Parts:
    async with as_person(stayed.scene, "doctor") as work:
        stay: Encounter = await stayed.scene.encounter(stayed.encounter)
        return await gather(work, stay, Words("zqdreason", "zqdcourse"))


async def test_a_mark_tells_nothing_and_is_of_one_part_of_one_summary(stayed) -> None:
    node, now = stayed.scene.node, await parts(stayed)
    one, other = new_id(), new_id()
    marks = shown.marks_of(node, one, now).split(".")
    assert len(set(marks)) == len(marks) == 6
    assert not set(marks) & set(shown.marks_of(node, other, now).split("."))
    empty = shown.marks_of(node, one, Parts()).split(".")
    assert len(set(empty)) == 6  # nothing in one place is not nothing in another


async def test_a_patient_who_grows_older_is_the_same(stayed) -> None:
    node, now, one = stayed.scene.node, await parts(stayed), UUID(int=1)
    seen = shown.marks_of(node, one, now)
    older = replace(now, about=replace(now.about, age="103y"))
    assert shown.unlike(node, one, older, seen) == ()
    moved = replace(now, about=replace(now.about, ward="zqd"))
    assert shown.unlike(node, one, moved, seen) == ("about",)
    for forged in ("", ".", "....." * 9, seen[:-1], "é" * 32):
        assert shown.unlike(node, one, now, forged), forged
