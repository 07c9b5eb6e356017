"""Issue: a band is printed, read back, and takes the place of all before it."""

import asyncio
import re
from functools import partial

import pytest

from domain import gs1, rights, wristbands
from domain.errors import NotAllowed
from domain.wristbands import Cause
from realtime.topics import Topic
from tests.adt.scene import person
from tests.printed import scanned, words
from tests.turns import in_turn
from ward import clock
from ward.config import Env
from ward.patients.amend import amend
from ward.patients.register import register
from ward.wristbands.queries import band_of, patient_of
from ward.wristbands.service import issue


async def band(station, patient, on: str = "sheet") -> bytes:
    answer = await station.get(f"/patients/{patient}/wristband.pdf?on={on}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


async def issued(station, patient, seen: int = 0, cause: str | None = None):
    return await station.post(f"/patients/{patient}/wristband", seen=seen, cause=cause)


async def asked(scene, patient) -> rights.Patient:
    async with scene.work() as work:
        return await band_of(work, patient)


async def found(scene, code: str):
    async with scene.work() as work:
        return await patient_of(work, code)


@pytest.mark.parametrize("on", ["sheet", "roll"])
async def test_a_printed_band_is_read_back_as_its_patient(open_scene, nurse, ida, on) -> None:
    assert (await issued(nurse, ida)).status_code == 200
    (code,) = scanned(await band(nurse, ida, on))
    theirs = await asked(open_scene, ida)
    assert theirs.issue == "1"
    assert rights.identify(code, theirs, clock.now()).wristband == gs1.Wristband(theirs.gsrn, "1")
    assert await found(open_scene, code) == ida


async def test_a_band_says_who_it_is_and_nothing_more(nurse, ida) -> None:
    await issued(nurse, ida)
    text = words(await band(nurse, ida, "roll"))
    assert re.fullmatch(
        r"QUILLFEATHER, Ida \d\d-\w{3}-\d{4} (MRN \d+|NHS No\. [\d ]{12}) DEMO", text
    )


async def test_the_sheet_carries_identity_page_time_and_demo(nurse, ida) -> None:
    await issued(nurse, ida)
    text = words(await band(nurse, ida))
    assert text.startswith("DEMO QUILLFEATHER, Ida Born ")  # what lies behind comes first
    assert re.search(r"As of \d\d-\w{3}-\d{4} \d\d:\d\d\. Printed by .+, .+ page 1 of 1", text)
    assert text.count("DEMO") == 3


async def test_another_patients_band_is_refused(open_scene, nurse, ida) -> None:
    otto = await open_scene.patient("Oldcastle", "Otto")
    async with open_scene.work() as work:
        await issue(work, otto)
    await issued(nurse, ida)
    (code,) = scanned(await band(nurse, ida))
    with pytest.raises(NotAllowed) as refusal:
        rights.identify(code, await asked(open_scene, otto), clock.now())
    assert refusal.value.code == rights.Stop.WRONG_PATIENT


async def test_a_replaced_band_is_refused_everywhere(open_scene, nurse, ida) -> None:
    await issued(nurse, ida)
    (old,) = scanned(await band(nurse, ida))
    assert (await issued(nurse, ida, 1, "damaged")).status_code == 200
    (new,) = scanned(await band(nurse, ida))
    theirs = await asked(open_scene, ida)
    with pytest.raises(NotAllowed) as refusal:
        rights.identify(old, theirs, clock.now())
    assert refusal.value.code == rights.Stop.OLD_WRISTBAND
    with pytest.raises(NotAllowed, match="has been replaced"):
        await found(open_scene, old)
    assert rights.identify(new, theirs, clock.now())
    assert await found(open_scene, new) == ida


async def test_nobodys_band_and_a_pack_are_no_patient(open_scene) -> None:
    stranger = gs1.encode(wristbands.elements(wristbands.gsrn("952", 999_999), 1))
    assert await found(open_scene, stranger) is None
    with pytest.raises(NotAllowed, match="This is a medicine"):
        await found(open_scene, "]d20109521101530018")


async def test_without_a_reason_no_second_band(nurse, ida) -> None:
    await issued(nurse, ida)
    for cause in (None, "first"):
        answer = await issued(nurse, ida, 1, cause)
        assert answer.status_code == 409
        assert "Say why another is needed" in answer.text


async def test_two_who_replace_the_same_band_issue_one(open_scene, nurse, charge, ida) -> None:
    await issued(nurse, ida)
    tries = [partial(issued, who, ida, 1, "lost") for who in (nurse, charge) * 3]
    answers = await asyncio.gather(*map(in_turn, tries))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert (await asked(open_scene, ida)).issue == "2"
    valid = "SELECT count(*) FROM wristband WHERE patient_id = :p AND replaced_at IS NULL"
    assert await open_scene.scalar(valid, p=ida) == 1


async def test_two_first_bands_at_once_are_one_number_and_one_valid_band(open_scene, ida) -> None:
    async def one() -> None:
        async with open_scene.work() as work:
            await issue(work, ida, Cause.LOST)

    await asyncio.gather(*(in_turn(one) for _ in range(4)))
    assert (await asked(open_scene, ida)).issue == "4"
    assert await open_scene.scalar("SELECT count(*) FROM recipient_number") == 1
    assert await open_scene.scalar("SELECT count(*) FROM wristband WHERE replaced_at IS NULL") == 1


async def test_a_band_that_no_longer_says_who_it_is_is_not_printed(open_scene, nurse, ida) -> None:
    await issued(nurse, ida)
    async with open_scene.work() as work:
        await amend(work, ida, person("Quillfeather-Jones", "Ida"), seen=None)
    answer = await nurse.get(f"/patients/{ida}/wristband.pdf")
    assert answer.status_code == 409
    assert "changed since wristband 1 was issued" in answer.text
    assert "<h1>Not possible as it is now</h1>" in answer.text  # nothing was to be saved
    assert "It no longer says who this is" in (await nurse.get(f"/patients/{ida}")).text
    await issued(nurse, ida, 1, "changed")
    assert "QUILLFEATHER-JONES, Ida" in words(await band(nurse, ida)).replace("\ufffe", "-")


async def test_every_open_chart_shows_which_band_is_valid(nurse, doctor, ida) -> None:
    async with doctor.watch(Topic("chart", ida)) as screen:
        answer = await issued(nurse, ida)
        assert "No. 1, since" in (await screen.until("No. 1, since")).content
    assert answer.text.strip() in (await doctor.get(f"/patients/{ida}")).text


async def test_the_sheet_asks_why_from_the_second_on(nurse, ida) -> None:
    first = await nurse.get(f"/patients/{ida}/wristband", headers={"hx-request": "true"})
    assert "Issue wristband 1" in first.text
    assert "Why another is needed" not in first.text
    await issued(nurse, ida)
    second = await nurse.get(f"/patients/{ida}/wristband", headers={"hx-request": "true"})
    assert "Issue wristband 2" in second.text
    assert "Why another is needed" in second.text


async def test_who_was_never_given_a_band_has_none_to_print(nurse, ida) -> None:
    assert (await nurse.get(f"/patients/{ida}/wristband.pdf")).status_code == 404


async def test_reception_issues_and_a_doctor_does_not(reception, doctor, ida) -> None:
    assert (await issued(doctor, ida)).status_code == 403
    assert (await doctor.get(f"/patients/{ida}/wristband.pdf")).status_code == 403
    assert (await issued(reception, ida)).status_code == 200


async def test_without_a_prefix_a_band_carries_the_record_number(
    open_scene, nurse, ida, monkeypatch
) -> None:
    production = open_scene.node.settings.model_copy(update={"env": Env.PRODUCTION})
    monkeypatch.setattr(open_scene.node, "settings", production)
    await issued(nurse, ida)
    pdf = await band(nurse, ida)
    assert "DEMO" not in words(pdf)
    (code,) = scanned(pdf, prefix=False)
    theirs = await asked(open_scene, ida)
    assert (theirs.gsrn, theirs.issue, theirs.mrn) == (None, None, code)
    assert rights.identify(code, theirs, clock.now(), plain=True)
    assert await found(open_scene, code) == ida
    assert await found(open_scene, "X9999999") is None
    async with open_scene.work() as work:  # begins like the number of a parcel (AI 00)
        early = (await register(work, person("Oldcastle", "Otto", "0012399"))).id
    assert await found(open_scene, "0012399") == early


async def test_a_print_is_in_the_trail(open_scene, nurse, ida) -> None:
    await issued(nurse, ida)
    await band(nurse, ida)
    printed = "SELECT count(*) FROM audit_event WHERE :p = ANY(patients) AND code = :code"
    for code in ("wristbands.issue", "wristbands.print_band"):
        assert await open_scene.scalar(printed, p=ida, code=code) == 1


async def test_without_scripts_the_chart_comes_back(nurse, ida) -> None:
    answer = await nurse.post(f"/patients/{ida}/wristband", htmx=False, seen=0)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{ida}")
    alone = await nurse.get(f"/patients/{ida}/wristband")
    assert "Issue wristband 2" in alone.text


async def test_what_is_printed_is_stored_sealed(open_scene, nurse, ida) -> None:
    await issued(nurse, ida)
    rows = "FROM wristband w JOIN recipient_number r USING (patient_id)"
    stored = await open_scene.scalar(f"SELECT string_agg(w::text || r::text, '') {rows}")
    theirs = await asked(open_scene, ida)
    assert theirs.gsrn.encode().hex() not in stored
    assert b"QUILLFEATHER".hex() not in stored
