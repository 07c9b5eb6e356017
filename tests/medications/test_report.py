"""The report: how often rules are overridden, how much is scanned, and what came late or not."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import Permission
from domain.decisions import Finding, Judged, Step
from domain.doses import Status
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.prescribing import Tier
from domain.windows import Timing
from tests.adt.scene import Scene
from tests.medications.scene import doses_of, prescribed
from tests.stations import Sign, Station
from ward.db import new_id
from ward.medications import firings
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.models import Identified, MedicationAdministration, MedicationRequest
from ward.patients.models import Patient


@pytest.fixture
async def pharmacist(sign: Sign) -> Station:
    return await sign("pharmacist")


def found(rule: str) -> Finding:
    return Finding(rule, Tier.REASON, "Something.")


async def spoken(scene: Scene, rule: str, overridden: int, heeded: int) -> None:
    async with scene.work() as work:
        for _ in range(overridden):
            firings.count(work, Judged((found(rule),)), Step.SIGN, Permission.PRESCRIBE)
        firings.heeded(work, [found(rule)] * heeded, Step.SIGN, Permission.PRESCRIBE)


async def given(
    scene: Scene, order: MedicationRequest, *, late: bool, pack: Identified, nth: int = 0
) -> None:
    """Write a dose down as given, by whatever way it was identified."""
    dose, amount = (await doses_of(scene, order.id, Status.PLANNED))[nth]
    async with scene.work() as work:
        patient = await work.access(Patient, order.patient_id, Permission.VIEW_PATIENT)
        row = MedicationAdministration(
            id=new_id(),
            patient_id=order.patient_id,
            encounter_id=order.encounter_id,
            ward_id=patient.ward_id,
            request_id=order.id,
            dose_id=dose.id,
            status=Status.GIVEN,
            timing=Timing.LATE if late else Timing.ON_TIME,
            occurred_at=work.now - timedelta(minutes=1),
            recorded_at=work.now,
            recorded_as="nurse",
            band=Identified.SCANNED,
            pack=pack,
        )
        detail = GivenDetail(amount=GivenAmount(amount.value, Unit.MG), route=Route.ORAL)
        await work.seal(row, detail=detail)
        work.add(row, Permission.GIVE_MEDICATION)


async def test_a_rule_overridden_in_more_than_ninety_of_a_hundred_is_flagged(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    await spoken(open_scene, "D16", 10, 1)
    await spoken(open_scene, "D40", 9, 1)
    page = (await pharmacist.get("/medications/report")).text
    first = page[page.index('id="rule-D16"') : page.index('id="rule-D40"')]
    assert "91 %" in first
    assert "look at it" in first
    second = page[page.index('id="rule-D40"') :]
    assert "90 %" in second
    assert "look at it" not in second


async def test_a_rule_opens_to_each_time_it_spoke_and_names_nobody(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    await spoken(open_scene, "D16", 2, 1)
    page = await pharmacist.get("/medications/report/rules/D16")
    assert page.text.count("Overridden</td>") == 2
    assert page.text.count("Heeded</td>") == 1


async def test_scans_are_counted_for_each_ward_with_the_reasons_of_the_others(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    order = await prescribed(open_scene, ida, "amoxicillin", Code.TDS)
    await given(open_scene, order, late=False, pack=Identified.SCANNED)
    await given(open_scene, order, late=True, pack=Identified.DAMAGED, nth=1)
    page = (await pharmacist.get("/medications/report")).text
    assert "2 (100 %)" in page
    assert "1 (50 %)" in page
    assert "below 95 %" in page
    assert "Damaged" in page
    late = await pharmacist.get(f"/medications/report/wards/{open_scene.east}/late")
    assert late.status_code == 200
    assert late.text.count('role="rowheader"') == 1
    assert "Quillfeather".upper() not in late.text  # whose it is stands in the chart alone


async def test_the_report_is_a_file_that_no_spreadsheet_runs(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    await spoken(open_scene, "=HYPERLINK", 1, 0)
    answer = await pharmacist.get("/medications/report.csv?part=rules&days=7")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "'=HYPERLINK" in answer.text
    assert (await pharmacist.get("/medications/report.csv?part=scans")).status_code == 200
    assert (await pharmacist.get("/medications/report.csv?part=others")).status_code == 404


async def test_a_nurse_does_not_see_the_report(nurse: Station) -> None:
    assert (await nurse.get("/medications/report")).status_code == 403
