"""Verbal: a spoken order and its dose stand together, and wait for who said it."""

import pytest

from domain.doses import Status
from domain.orders import OrderSource
from tests.medications.bedside import at_bed
from tests.medications.scene import as_person, request_of
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail

SAID = {
    "generic": "furosemide",
    "dose": "40",
    "unit": "mg",
    "route": "IV",
    "why": "pulmonary oedema",
    "no_scan": "emergency",
}


@pytest.fixture
async def bed(open_scene, ida, nurse):
    return await at_bed(open_scene, nurse, ida)


@pytest.fixture
async def prescriber(open_scene):
    async with as_person(open_scene, "doctor") as work:
        return work.actor.id


async def say(bed, prescriber, **more):
    await bed.station.post("/bedside/scan", code=bed.worn)
    fields = {**SAID, "prescriber": prescriber, "read_back": "yes", **more}
    return await bed.station.client.post(
        f"/patients/{bed.patient}/spoken-dose",
        data={**{name: str(value) for name, value in fields.items() if value},
              "identifier": ["name", "born"]},
        headers={"hx-request": "true"},
    )  # fmt: skip


async def test_order_and_dose_stand_together_and_wait_for_the_prescriber(bed, prescriber) -> None:
    sheet = await bed.station.get(
        f"/patients/{bed.patient}/spoken-dose", headers={"hx-request": "true"}
    )
    assert "furosemide" in sheet.text
    answer = await say(bed, prescriber)
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert row.status is Status.GIVEN
    request = await request_of(bed.scene, row.request_id)
    assert (request.source, request.prescribed_by) == (OrderSource.VERBAL, prescriber)
    assert request.acknowledged_at is None
    assert request.recorded_by == row.recorded_by


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"read_back": ""}, "Say the order back"),
        ({"generic": "furosemite"}, "no medicine of the formulary"),
        ({"dose": "0"}, "above 0"),
        ({"given_at": "2099-01-01T08:00"}, "This time has not come yet"),
    ],
)
async def test_what_is_wrong_keeps_both_out(bed, prescriber, said, sentence) -> None:
    answer = await say(bed, prescriber, **said)
    assert answer.status_code in {409, 422}
    assert sentence in answer.text
    assert await bed.rows() == []


async def test_only_a_prescriber_of_the_ward_can_have_said_it(bed) -> None:
    async with as_person(bed.scene, "charge") as work:
        somebody = work.actor.id
    answer = await say(bed, somebody)
    assert "a prescriber of this ward" in answer.text
    assert await bed.rows() == []


async def test_the_rules_stop_a_spoken_order_too(bed, prescriber) -> None:
    async with bed.scene.work() as work:
        said = AllergySaid(detail=AllergyDetail("penicillin", ("anaphylaxis",)))
        await record_allergy(work, bed.patient, said)
    answer = await say(bed, prescriber, generic="amoxicillin", dose="500", route="PO")
    assert answer.status_code == 409
    assert "penicillin" in answer.text
    assert await bed.rows() == []


async def test_a_doctor_writes_an_order_and_says_none(bed, doctor, prescriber) -> None:
    answer = await doctor.post(f"/patients/{bed.patient}/spoken-dose", **SAID)
    assert answer.status_code == 403
    assert prescriber
