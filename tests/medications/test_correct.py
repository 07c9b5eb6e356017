"""Correct: a wrong entry stays to read, the truth stands in its place, nothing is given twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.doses import Status
from domain.frequencies import Code
from realtime.topics import Topic
from tests.medications.bedside import at_bed, code
from tests.medications.scene import detailed, doses_of
from tests.settling import settled
from ward import clock


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


async def given(bed):
    request, dose = await bed.order(frequency=Code.ONCE)
    answer = await bed.given(request)
    assert answer.status_code == 200, answer.text
    return request, dose, (await bed.rows())[0]


async def test_what_was_not_given_is_due_again(bed, doctor) -> None:
    request, dose, row = await given(bed)
    async with doctor.watch(Topic("medications", bed.patient)) as screen:
        answer = await bed.station.post(
            f"/administrations/{row.id}/correction", what="not-given", reason="Wrong patient's row"
        )
        assert answer.status_code == 200, answer.text
        frame = await screen.until('data-state="due"')
    fresh = (await doses_of(bed.scene, request.id))[0][0]
    assert fresh.id != dose.id
    assert f'id="dose-{fresh.id}"' in frame.content
    assert (fresh.status, fresh.due_at) == (Status.PLANNED, dose.due_at)
    wrong = (await bed.rows(voided=True))[0]
    assert (wrong.id, wrong.voided_at is not None) == (row.id, True)
    await settled(bed.scene.node)  # an order that was complete is opened again
    again = await bed.give(f"/doses/{fresh.id}", pack=code())
    assert again.status_code == 200, again.text


async def test_another_dose_or_time_takes_the_place(bed) -> None:
    request, _, row = await given(bed)
    sheet = await bed.station.get(
        f"/administrations/{row.id}/correction", headers={"hx-request": "true"}
    )
    assert "Dose or time was another" in sheet.text
    answer = await bed.station.post(
        f"/administrations/{row.id}/correction",
        what="other",
        amount="250",
        unit="mg",
        reason="Half was spilled",
    )
    assert answer.status_code == 200, answer.text
    standing = (await bed.rows())[0]
    assert standing.replaces_id == row.id
    assert (await bed.said())[0].amount.value == Decimal(250)
    doses = await doses_of(bed.scene, request.id)
    assert [dose.status for dose, _ in doses] == [Status.GIVEN]
    assert standing.dose_id == doses[0][0].id


async def test_a_reason_is_needed_and_a_second_correction_is_late(bed) -> None:
    _, _, row = await given(bed)
    at = f"/administrations/{row.id}/correction"
    assert (await bed.station.post(at, what="not-given")).status_code == 422
    first = await bed.station.post(at, what="elsewhere", reason="Twice in the chart")
    assert first.status_code == 200
    second = await bed.station.post(at, what="not-given", reason="Again")
    assert "corrected or taken back already" in second.text


async def test_what_is_recorded_elsewhere_is_not_due_again(bed) -> None:
    request, _, row = await given(bed)
    at = f"/administrations/{row.id}/correction"
    await bed.station.post(at, what="elsewhere", reason="Recorded on the other line")
    assert await doses_of(bed.scene, request.id) == []


async def test_an_omission_that_was_wrong_leaves_the_dose_to_be_given(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    await bed.station.post(f"/doses/{dose.id}/omission", reason="ASLEEP")
    row = (await bed.rows())[0]
    answer = await bed.station.post(
        f"/administrations/{row.id}/correction", what="not-given", reason="She was awake"
    )
    assert answer.status_code == 200, answer.text
    assert (await bed.given(request)).status_code == 200


async def test_after_a_day_it_is_too_late_at_the_bedside(bed) -> None:
    _, _, row = await given(bed)
    clock.shift(clock.offset() + timedelta(hours=25))
    await bed.sign_in_again()
    answer = await bed.station.post(
        f"/administrations/{row.id}/correction", what="not-given", reason="Late thought"
    )
    assert "too late to correct" in answer.text


async def test_a_dose_as_required_that_was_taken_back_locks_nothing_out(bed) -> None:
    number = await bed.pack("paracetamol", "1000")
    request, _ = await bed.order(detail=detailed("paracetamol", Code.PRN))
    at = f"/orders/{request.id}"
    await bed.band(at)
    assert (await bed.give(at, pack=code(number), why="pain")).status_code == 200
    row = (await bed.rows())[0]
    await bed.station.post(
        f"/administrations/{row.id}/correction", what="not-given", reason="Spat out at once"
    )
    again = await bed.give(at, pack=code(number), why="pain")
    assert again.status_code == 200, again.text


async def test_the_sheet_of_a_dose_says_who_gave_it(bed) -> None:
    _, dose, row = await given(bed)
    sheet = await bed.station.get(
        f"/doses/{dose.id}/administration", headers={"hx-request": "true"}
    )
    assert f"/administrations/{row.id}/correction" in sheet.text
    assert "LOT42A" in sheet.text
