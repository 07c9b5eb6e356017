"""Discharge summaries in a browser: what is signed was read, and an earlier one is found again."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import expect

from domain.encounters import Disposition
from tests.browser import doings
from tests.browser.conftest import Seat
from tests.stations import Running
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.adt.visits import open_encounter
from ward.dev.demo import FOUNDER
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def allergic(hospital: Running, patient: UUID, substance: str) -> None:
    async with work_as(hospital.node, FOUNDER, "test.allergy") as work:
        said = AllergySaid(detail=AllergyDetail(substance, ("rash",)))
        await record_allergy(work, patient, said)


async def test_what_changed_while_the_doctor_read_is_read_before_it_is_signed(
    hospital: Running, seat: Seat
) -> None:
    patient = (await doings.summarise(hospital.node))["drafted"]
    desk = await seat(hospital.url, "doctor")
    await desk.open(f"/patients/{patient}/discharge-summary")
    await desk.settle()
    await desk.press("#summary-sign")
    await expect(desk.sheet.locator("#signing")).to_be_visible()
    await expect(desk.sheet.locator("#changed")).to_have_count(0)
    await allergic(hospital, patient, "zqdlatex")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    problem = desk.page.locator("#sheet #problem")
    await expect(problem).to_contain_text("changed while you were looking: allergies")
    await expect(problem).to_contain_text("press Sign for")
    await expect(desk.sheet.locator("#changed")).to_contain_text("zqdlatex: rash")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await expect(desk.page.locator("#signed")).to_contain_text("zqdlatex: rash")
    await expect(desk.page.locator("#preview")).to_have_count(0)
    await desk.fine()


async def returned(hospital: Running, patient: UUID) -> UUID:
    """Send the patient home and have them come back; give the stay that is over."""
    async with work_as(hospital.node, FOUNDER, "test.stay") as work:
        stay = await open_encounter(work, patient)
        assert stay is not None
        await gone(work, stay.id, Disposition.HOME, at=work.now - timedelta(minutes=10))
    async with work_as(hospital.node, FOUNDER, "test.stay") as work:
        await admit(work, patient, await doings.bed_id(hospital.node, "04"))
    return stay.id


async def test_of_who_is_back_the_earlier_summary_is_amended_and_signed(
    hospital: Running, seat: Seat
) -> None:
    patient = (await doings.summarise(hospital.node))["signed"]
    earlier = await returned(hospital, patient)
    desk = await seat(hospital.url, "doctor", "phone")
    await desk.open(f"/patients/{patient}")
    await desk.settle()
    await desk.press(desk.page.locator("#discharge_summary").get_by_role("button", name="Amend"))
    await desk.sheet.get_by_label("Why it is amended").fill("Wrong side")
    await desk.sheet.get_by_label("What was done").fill("zqdright")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await desk.page.wait_for_url(f"**/stays/{earlier}/discharge-summary")
    await expect(desk.page.locator("#preview")).to_contain_text("zqdright")
    await desk.settle()
    await desk.press("#summary-sign")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await expect(desk.page.locator("#signed")).to_contain_text("zqdright")
    await desk.fine()
