"""Two people at one ward: what one does by hand, the other sees without asking."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = pytest.mark.parametrize("size", ["phone", "tablet", "desk"])


async def ward(hospital: Running, seat: Seat, size: str) -> tuple[Desk, Desk]:
    """Seat a nurse and the nurse in charge before the board of Six East."""
    nurse = await seat(hospital.url, "nurse", size)
    charge = await seat(hospital.url, "charge", size)
    for desk in (nurse, charge):
        await desk.open("/")
        await desk.page.wait_for_url("**/beds")
    nurse.asked.clear()
    charge.asked.clear()
    return nurse, charge


@SIZES
async def test_admit_and_take_back(hospital: Running, seat: Seat, size: str) -> None:
    nurse, charge = await ward(hospital, seat, size)
    await nurse.press(nurse.bed("04").get_by_role("button", name="Admit to bed 04"))
    await nurse.sheet.get_by_label("Who").fill("sing")
    await nurse.choose("SINGH")
    await nurse.sheet.get_by_label("Comes from").select_option(label="Emergency department")
    await nurse.save()
    await expect(nurse.bed("04")).to_have_attribute("data-status", "O")
    await expect(charge.bed("04").get_by_role("heading")).to_have_text(re.compile("SINGH, "))
    await expect(charge.bed("04")).to_have_attribute("data-ui-changed", re.compile(r"changed \d"))
    await expect(charge.page.locator("#tile-occupied")).to_contain_text("27")
    assert charge.asked == []

    await charge.act("04", "Take back the last step")
    await charge.choose("Admission")
    await charge.choose("Wrong patient")
    await charge.save()
    await expect(charge.bed("04")).to_have_attribute("data-status", re.compile("[UH]"))
    nurse.asked.clear()
    await expect(nurse.bed("04")).not_to_have_attribute("data-patient", re.compile("."))
    await expect(nurse.page.locator("#tile-occupied")).to_contain_text("26")
    assert nurse.asked == []


@SIZES
async def test_transfer_swap_and_discharge(hospital: Running, seat: Seat, size: str) -> None:
    nurse, charge = await ward(hospital, seat, size)
    await nurse.act("05", "Transfer")
    await nurse.choose(re.compile(r"^\s*04"))
    await nurse.save()
    await expect(charge.bed("04").get_by_role("heading")).to_have_text("ADEYEMI, Folake")
    await expect(charge.bed("05")).to_have_attribute("data-status", "H")

    await nurse.act("01", "Swap")
    await nurse.choose("O'CONNOR, Siobhan")
    await nurse.save()
    await expect(charge.bed("01").get_by_role("heading")).to_have_text("O'CONNOR, Siobhan")
    await expect(charge.bed("02").get_by_role("heading")).to_have_text("SMITH, John")

    await nurse.act("07", "Discharge")
    await nurse.sheet.get_by_label("Goes to").select_option("home")
    await nurse.sheet.get_by_label("I compared two identifiers").check()
    await nurse.save()
    await expect(charge.bed("07")).to_contain_text("Cleaning")
    assert charge.asked == []
    await charge.press(charge.bed("07").get_by_role("button", name="Mark ready"))
    await expect(nurse.bed("07").get_by_role("button", name="Admit to bed 07")).to_be_visible()
    await expect(charge.page.locator("#toasts")).to_contain_text("Saved")


@SIZES
async def test_ask_accept_and_move_in(hospital: Running, seat: Seat, size: str) -> None:
    nurse, charge = await ward(hospital, seat, size)
    waiting = charge.page.locator("#main li").filter(has_text="Acute Admissions to Six East")
    name = (await waiting.locator("b").inner_text()).strip()
    await charge.press(waiting.get_by_role("button", name="Accept"))
    await charge.choose(re.compile(r"^\s*04"))
    await charge.save()
    await expect(nurse.bed("04")).to_have_attribute("data-overlay", "reserved")
    await expect(nurse.bed("04")).to_contain_text(f"For {name}")
    await expect(waiting).to_contain_text("Accepted")

    await charge.press(waiting.get_by_role("button", name="Move in"))
    await expect(charge.sheet.get_by_role("radio", name="04")).to_be_checked()
    await charge.save()
    await expect(nurse.bed("04").get_by_role("heading")).to_have_text(name)
    await expect(waiting).to_have_count(0)
    assert nurse.asked == []

    await nurse.act("08", "Ask for a bed elsewhere")
    await nurse.choose("Acute Admissions")
    await nurse.save()
    asked = charge.page.locator("#main li").filter(has_text="Six East to Acute Admissions")
    await expect(asked).to_contain_text("CHAUDHRY, Amina")
    await nurse.press(
        nurse.page.locator("#main li").filter(has_text="CHAUDHRY").get_by_text("Take back")
    )
    await nurse.sheet.get_by_label("Reason").fill("Better already")
    await nurse.save()
    await expect(asked).to_have_count(0)


async def test_the_order_stands_still_until_it_is_asked_for(hospital: Running, seat: Seat) -> None:
    nurse, charge = await ward(hospital, seat, "desk")
    await charge.press(charge.page.get_by_role("button", name="1 Free"))
    assert await charge.order() == ["04"]
    await nurse.press(nurse.bed("16").get_by_role("button", name="Mark ready"))
    await nurse.saved()
    news = charge.page.locator("#list-news")
    await expect(news).to_contain_text("1 change to the list")
    assert await charge.order() == ["04"]
    await nurse.act("05", "Transfer")
    await nurse.choose(re.compile(r"^\s*04"))
    await nurse.save()
    await expect(news).to_contain_text("2 changes to the list")
    await expect(charge.bed("04")).to_contain_text("ADEYEMI")  # the data is never held back
    assert await charge.order() == ["04"]
    await charge.press(news.get_by_role("button", name="Show"))
    assert await charge.order() == ["16"]
    await expect(news).to_be_hidden()
    kept = "/beds/choices"  # which counters are pressed
    assert {one for one in charge.asked if not one.endswith(kept)} <= {"POST /session/activity"}
