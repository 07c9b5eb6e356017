"""Scan: a code leads to the right bedside and the right dose, or stops with its own sentence."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from domain.access import Permission
from domain.formulary import Route
from domain.frequencies import Code
from domain.prescribing import Tier
from domain.wristbands import Cause
from realtime.topics import Topic
from tests.medications.bedside import at_bed, banded, code, gtin
from tests.medications.conftest import admitted
from tests.medications.scene import answered, detailed
from ward import clock
from ward.medications.held import hold
from ward.medications.prescribe import check
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.wristbands.service import issue

VECTORS = Path("tests/data/clinical/mar_barcode_vectors.csv")
ROWS = list(csv.DictReader(VECTORS.read_text("utf-8").splitlines()))


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


async def test_a_wristband_opens_its_patient_and_shows_the_claim_elsewhere(bed, doctor) -> None:
    async with doctor.watch(Topic("medications", bed.patient)) as screen:
        answer = await bed.station.post("/bedside/scan", code=bed.worn)
        assert answer.headers["hx-redirect"] == f"/patients/{bed.patient}/medications"
        frame = await screen.until("at the bedside")
    assert "mar-claims" in frame.content


async def test_a_pack_opens_the_most_urgent_dose_it_is_for(bed) -> None:
    now = clock.now()
    await bed.order(detail=detailed("amoxicillin", Code.ONCE), at=now + timedelta(hours=1))
    _, due = await bed.order(frequency=Code.ONCE, overrides=await duplicate(bed))
    await bed.station.post("/bedside/scan", code=bed.worn)
    answer = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code())
    assert answer.headers["hx-retarget"] == "#sheet"
    assert f'action="/doses/{due.id}/give"' in answer.text
    assert "Wristband matches" in answer.text
    assert "Medicine matches" in answer.text


async def test_a_pack_is_for_now_before_it_is_for_tomorrow(bed) -> None:
    number = await bed.pack("paracetamol", "1000")
    later = detailed("paracetamol", Code.ONCE)
    await bed.order(detail=later, at=clock.now() + timedelta(hours=20))
    needed = detailed("paracetamol", Code.PRN)
    request, _ = await bed.order(detail=needed, overrides=await duplicate(bed, needed))
    answer = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code(number))
    assert f'action="/orders/{request.id}/give"' in answer.text, answer.text


async def duplicate(bed, detail=None):
    """Answer what the rules say of a second order of the same medicine."""
    async with bed.scene.work() as work:
        where = await hold(work, bed.patient, Permission.PRESCRIBE)
        findings = await check(work, where, detail or detailed("amoxicillin", Code.ONCE))
    return answered(*[one for one in findings if one.tier is Tier.REASON])


async def test_after_both_scans_one_press_is_left(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.station.post("/bedside/scan", code=bed.worn)
    opened = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code())
    assert "Cannot scan" not in opened.text
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert answer.status_code == 200, answer.text


async def test_a_pack_without_a_patient_asks_for_the_wristband(bed) -> None:
    answer = await bed.station.post("/bedside/scan", code=code())
    assert 'data-stop="rights.no-wristband"' in answer.text


async def test_what_is_not_ordered_stops_with_both_names(bed) -> None:
    await bed.pack("metoprolol", "50")
    await bed.order(frequency=Code.ONCE)
    answer = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code(2))
    assert answer.status_code == 409
    assert 'data-stop="rights.wrong-drug"' in answer.text
    assert "This is metoprolol; it is not ordered for QUILLFEATHER, Ida" in answer.text


async def test_another_patients_wristband_stops(bed) -> None:
    other = await admitted(bed.scene, "6E-02", "Otherwise")
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    worn = await banded(bed.scene, other)
    answer = await bed.station.post(f"/doses/{dose.id}/scan", code=worn)
    assert 'data-stop="rights.wrong-patient"' in answer.text
    assert "This wristband belongs to another patient." in answer.text


async def test_a_wristband_that_was_replaced_stops_also_when_it_was_read_before(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    async with bed.scene.work() as work:
        await issue(work, bed.patient, next(one for one in Cause if one is not Cause.FIRST))
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert 'data-stop="rights.old-wristband"' in answer.text
    again = await bed.band(f"/doses/{dose.id}")
    assert 'data-stop="rights.old-wristband"' in again.text


@pytest.mark.parametrize(
    ("scanned", "stop"),
    [
        (code(9), "rights.unknown-code"),
        (code(1, expires="200131"), "rights.expired"),
        (code(1)[:12], "gs1.half-scanned"),
        (f"01{gtin(1)[:-1]}{(int(gtin(1)[-1]) + 1) % 10}17491231", "gs1.check-digit"),
        ("10LOT1", "gs1.no-product"),
        ("hello", "gs1.not-gs1"),
    ],
)
async def test_each_broken_code_has_its_own_stop(bed, scanned, stop) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.station.post(f"/doses/{dose.id}/scan", code=scanned)
    assert answer.status_code == 409
    assert f'data-stop="{stop}"' in answer.text, answer.text
    given = await bed.give(f"/doses/{dose.id}", pack=scanned)
    assert given.status_code == 409
    assert await bed.rows() == []


async def test_the_wrong_drug_and_the_wrong_route_stop(bed) -> None:
    await bed.pack("metoprolol", "50")
    await bed.pack("paracetamol", "1000", route=Route.INTRAVENOUS)
    _, dose = await bed.order(frequency=Code.ONCE)
    _, other = await bed.order("paracetamol", Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    wrong = await bed.station.post(f"/doses/{dose.id}/scan", code=code(2))
    assert 'data-stop="rights.wrong-drug"' in wrong.text
    assert "This is metoprolol; ordered is amoxicillin." in wrong.text
    route = await bed.give(f"/doses/{other.id}", pack=code(3))
    assert 'data-stop="rights.route-of-product"' in route.text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
async def test_every_vector_of_codes_is_taken_or_refused_at_the_bedside(bed, row) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    scanned = row["scanned(<GS> = byte 0x1D)"].replace("<GS>", "\x1d")
    answer = await bed.station.post(f"/doses/{dose.id}/scan", code=scanned)
    assert answer.status_code == 409  # none of these is a pack of the tests, nor this patient
    stop = answer.text.partition('data-stop="')[2].partition('"')[0]
    assert stop in STOPS[row["id"]], (row, stop)


STOPS = {
    "B01": {"rights.unknown-code"},
    "B02": {"rights.unknown-code"},
    "B03": {"gs1.check-digit"},
    "B04": {"rights.unknown-code"},
    "B05": {"rights.wrong-patient", "rights.nobody"},
    "B06": {"rights.wrong-patient", "rights.nobody"},
    "B07": {"gs1.check-digit"},
    "B08": {"gs1.no-product", "gs1.not-a-wristband"},
    "B09": {"rights.unknown-code"},
    "B10": {"gs1.not-gs1", "rights.wrong-patient", "rights.nobody"},
}


async def test_without_scripts_each_scan_is_a_page(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}"
    banded = await bed.station.post(f"{at}/scan", htmx=False, code=bed.worn)
    assert banded.text.startswith("<!doctype html>")
    assert "Wristband matches" in banded.text
    answer = await bed.station.post(f"{at}/give", htmx=False, pack=code(), revision=1)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/patients/{bed.patient}/medications"


async def test_an_allergy_recorded_after_the_order_stops_the_dose_at_the_bedside(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    async with bed.scene.work() as work:
        said = AllergySaid(detail=AllergyDetail("penicillin", ("anaphylaxis",)))
        await record_allergy(work, bed.patient, said)
    await bed.station.post("/bedside/scan", code=bed.worn)
    opened = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code())
    assert "penicillin" in opened.text
    assert 'class="note critical" data-stop=' in opened.text
    assert " disabled>Record" in opened.text
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert 'data-stop="dose.hard-stop"' in answer.text
    held = await bed.station.post(
        f"/doses/{dose.id}/omission", reason="CONTRAINDICATED", text="Penicillin allergy"
    )
    assert held.status_code == 200, held.text


async def test_every_sheet_is_a_page_of_its_own_without_scripts(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    needed = detailed("paracetamol", Code.PRN)
    panel, _ = await bed.order(detail=needed)
    paths = [
        f"/doses/{dose.id}/administration",
        f"/doses/{dose.id}/omission",
        f"/doses/{dose.id}/missing",
        f"/orders/{panel.id}/administration",
        f"/patients/{bed.patient}/spoken-dose",
        f"/wards/{bed.scene.east}/register",
        f"/wards/{bed.scene.east}/register/new",
    ]
    await bed.given(request)
    row = (await bed.rows())[0]
    paths += [f"/administrations/{row.id}/correction", f"/doses/{row.dose_id}/administration"]
    for path in paths:
        answer = await bed.station.get(path)
        assert answer.status_code in {200, 409}, (path, answer.text[-300:])
        assert answer.text.startswith("<!doctype html>"), path
