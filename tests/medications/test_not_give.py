"""Not give: a dose that is left out says why, and the prescriber and the pharmacy hear of it."""

from datetime import timedelta

import pytest

from domain.doses import NotGiven, Status
from domain.frequencies import Code
from realtime.topics import Topic
from tests.medications.bedside import at_bed, code
from tests.medications.scene import doses_of
from ward import clock
from ward.medications.missing import waiting
from ward.medications.stock import MissingState

HTMX = {"hx-request": "true"}


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


@pytest.mark.parametrize("reason", [one for one in NotGiven if one is not NotGiven.OTHER])
async def test_every_reason_is_kept_with_its_code(bed, reason) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    sheet = await bed.station.get(f"/doses/{dose.id}/omission", headers={"hx-request": "true"})
    assert reason.word in sheet.text
    answer = await bed.station.post(f"/doses/{dose.id}/omission", reason=reason.value)
    assert answer.status_code == 200, answer.text
    assert (await doses_of(bed.scene, request.id))[0][0].status is Status.NOT_GIVEN
    assert (await bed.said())[0].reason is reason
    assert (await bed.said())[0].amount is None


async def test_other_needs_words(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    answer = await bed.station.post(f"/doses/{dose.id}/omission", reason="OTHER")
    assert answer.status_code == 409
    assert "Write why the dose was not given." in answer.text
    said = await bed.station.post(f"/doses/{dose.id}/omission", reason="OTHER", text="At a wedding")
    assert said.status_code == 200, said.text


async def test_what_is_not_given_is_not_given_afterwards_without_a_correction(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.station.post(f"/doses/{dose.id}/omission", reason="ASLEEP")
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert answer.status_code == 409
    assert "that this dose was not given: Asleep" in answer.text


async def test_a_dose_that_is_not_due_yet_waits(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE, at=clock.now() + timedelta(hours=5))
    early = await bed.station.post(f"/doses/{dose.id}/omission", reason="ASLEEP")
    assert "This dose is not due before" in early.text
    known = await bed.station.post(f"/doses/{dose.id}/omission", reason="NBM")
    assert known.status_code == 200, known.text


async def test_a_missed_dose_is_never_given_but_says_why(bed) -> None:
    request, dose = await bed.order(frequency=Code.Q1H)
    clock.shift(clock.offset() + timedelta(minutes=61))
    await bed.sign_in_again()
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", pack=code(), late_choice="keep")
    assert answer.status_code == 409
    assert "missed" in answer.text or "too soon" in answer.text
    said = await bed.station.post(f"/doses/{dose.id}/omission", reason="ABSENT")
    assert said.status_code == 200, said.text
    assert (await doses_of(bed.scene, request.id))[0][0].status is Status.NOT_GIVEN


async def test_what_is_not_on_the_ward_is_asked_for_once(bed, sign) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    answer = await bed.station.post(
        f"/doses/{dose.id}/omission", reason="UNAVAILABLE", ask_pharmacy="yes", text="None left"
    )
    assert answer.status_code == 200, answer.text
    async with bed.scene.work() as work:
        asked = (await waiting(work, ward_id=bed.scene.east))[0]
    assert (asked.request_id, asked.state, asked.note) == (
        request.id,
        MissingState.ASKED,
        "None left",
    )
    assert "amoxicillin" in asked.medicine
    again = await bed.station.post(f"/doses/{dose.id}/missing")
    assert again.status_code == 409
    assert "asked for this medicine already" in again.text
    pharmacist = await sign("pharmacist")
    at = f"/missing-doses/{asked.id}"
    sent = await pharmacist.post(f"{at}/sent", version=asked.version)
    assert sent.status_code == 200, sent.text
    arrived = await bed.station.post(f"{at}/arrival", version=asked.version + 1)
    assert arrived.status_code == 200, arrived.text
    async with bed.scene.work() as work:
        assert await waiting(work, patients=[bed.patient]) == []


async def test_the_sheet_says_that_the_pharmacy_was_asked_and_takes_the_arrival(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}/administration"
    assert f"/doses/{dose.id}/missing" in (await bed.station.get(at, headers=HTMX)).text
    assert (await bed.station.post(f"/doses/{dose.id}/missing", note="Stat")).status_code == 200
    sheet = await bed.station.get(at, headers=HTMX)
    assert "Asked of the pharmacy" in sheet.text
    path = sheet.text.partition('id="dose-come"')[2].partition('action="')[2].partition('"')[0]
    assert (await bed.station.post(path, version=1)).status_code == 200
    assert "Asked of the pharmacy" not in (await bed.station.get(at, headers=HTMX)).text


async def test_every_station_shows_that_the_patient_refused(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    async with bed.station.watch(Topic("medications", bed.patient)) as screen:
        await bed.station.post(f"/doses/{dose.id}/omission", reason="REFUSED")
        frame = await screen.until("refused")
    assert f'id="dose-{dose.id}"' in frame.content
