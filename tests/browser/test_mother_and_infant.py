"""Mother and infant in two browsers: linked in a chart, marked and moved on every board at once."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Seat
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_linked_in_a_chart_and_moved_together(hospital: Running, seat: Seat) -> None:
    nurse = await seat(hospital.url, "nurse", "phone")
    charge = await seat(hospital.url, "charge", "desk")
    for desk in (nurse, charge):
        await desk.open("/")
        await desk.page.wait_for_url("**/beds")
    charge.asked.clear()
    board = nurse.page.url
    await nurse.press(nurse.bed("05").get_by_role("link"))
    await nurse.page.wait_for_url("**/patients/*")
    await nurse.live()
    await nurse.press("#family-open")
    await nurse.press(nurse.sheet.get_by_role("button", name="Link"))
    await nurse.choose("CHAUDHRY")
    await nurse.save()
    await expect(nurse.page.locator("#patient-place")).to_contain_text(
        "Infant of a patient (bed 08)"
    )
    await expect(charge.bed("05")).to_contain_text("Infant")
    await expect(charge.bed("08")).to_contain_text("Mother")
    await expect(charge.page.locator("#tile-kin")).to_contain_text("1/1")

    await nurse.page.goto(board)
    await nurse.live()
    await nurse.press(nurse.bed("16").get_by_role("button", name="Mark ready"))
    await expect(charge.bed("16")).to_have_attribute("data-status", "U")
    await nurse.act("08", "Transfer")
    await expect(nurse.sheet).to_contain_text("Together with ADEYEMI, Folake")
    await nurse.choose(re.compile(r"^\s*04"))
    await nurse.sheet.get_by_label("Bed for ADEYEMI, Folake").select_option(label="16")
    await nurse.save()
    await expect(charge.bed("04").get_by_role("heading")).to_have_text("CHAUDHRY, Amina")
    await expect(charge.bed("16").get_by_role("heading")).to_have_text("ADEYEMI, Folake")
    for label in ("05", "08"):
        await expect(charge.bed(label)).to_have_attribute("data-status", "H")
    assert charge.asked == []
