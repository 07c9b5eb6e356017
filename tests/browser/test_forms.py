"""Forms on a real hospital: who was faster, dates in the ward's words, what is waited for."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def set_home(desk: Desk, day: str) -> None:
    await desk.act("05", "Going home")
    await desk.sheet.get_by_label("Expected home").fill(day)


async def test_a_form_that_comes_too_late_shows_theirs_beside_mine(
    hospital: Running, seat: Seat
) -> None:
    nurse, charge = await seat(hospital.url, "nurse"), await seat(hospital.url, "charge")
    await nurse.open("/")
    await charge.open("/")
    await set_home(nurse, "2031-12-23")
    await nurse.sheet.get_by_label("Why it changed").fill("Her daughter comes then")
    await set_home(charge, "2031-12-24")
    await charge.save()
    await nurse.press(nurse.sheet.locator("footer [type=submit]"))
    problem = nurse.page.locator("#sheet #problem")
    await expect(problem).to_contain_text(
        re.compile(r"Not saved\. .*Home expected, Charge nurse, \d\d-\w{3}-\d{4} \d\d:\d\d")
    )
    row = problem.locator("tbody tr")
    await expect(row).to_contain_text(["Expected home"])
    await expect(row.locator("td")).to_have_text(["Wed 24-Dec-2031", "Tue 23-Dec-2031"])
    await expect(problem).to_contain_text("What you entered is kept.")
    reason = nurse.sheet.get_by_label("Why it changed")
    await expect(reason).to_have_value("Her daughter comes then")
    await nurse.save()  # seen, and meant
    await expect(charge.bed("05")).to_contain_text("23-Dec")


async def test_a_date_is_read_as_the_ward_writes_it(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "charge")
    await desk.open("/")
    await desk.settle()
    await set_home(desk, "2026-02-01")
    said = desk.sheet.locator(".said").first
    await expect(said).to_have_text("Sun 01-Feb-2026")
    await expect(said).to_be_visible()
    await desk.sheet.get_by_label("Why it changed").focus()
    await expect(said).to_be_visible()
    native = desk.sheet.get_by_label("Expected home")
    await native.fill("")
    await expect(said).to_have_text("")
    await desk.sheet.get_by_label("Why it changed").focus()
    await expect(said).to_be_visible()  # "Not set" instead of the browser's own mask


async def test_a_field_that_is_wrong_is_marked_until_it_changes(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, "charge")
    await desk.open("/")
    await desk.settle()
    await desk.act("05", "Discharge")
    await desk.sheet.locator("form").evaluate("form => { form.noValidate = true; }")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    goes_to = desk.sheet.get_by_label("Goes to")
    await expect(goes_to).to_have_attribute("aria-invalid", "true")
    await goes_to.select_option(index=1)
    assert await goes_to.get_attribute("aria-invalid") is None


async def test_a_slow_sheet_is_drawn_empty_and_given_up_with_escape(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, "charge")
    await desk.open("/")
    await desk.settle()

    seen = asyncio.Event()

    async def slow(route: Route) -> None:
        await seen.wait()
        await route.continue_()

    await desk.page.route("**/actions", slow)
    await desk.press(desk.bed("06").locator(".more"))
    await expect(desk.sheet.locator(".skel")).to_be_visible()
    seen.set()
    await expect(desk.sheet.locator("li").first).to_be_visible()
    await expect(desk.sheet.locator(".skel")).to_have_count(0)
    await desk.page.keyboard.press("Escape")
    await expect(desk.sheet).to_be_hidden()
    seen.clear()
    await desk.press(desk.bed("06").locator(".more"))
    await expect(desk.sheet.locator(".skel")).to_be_visible()
    async with desk.page.expect_event("requestfinished", lambda one: "/actions" in one.url):
        await desk.page.keyboard.press("Escape")
        await expect(desk.sheet).to_be_hidden()
        seen.set()
    await expect(desk.sheet).to_be_hidden()
    await desk.page.wait_for_timeout(100)
    await expect(desk.sheet).to_be_hidden()


async def test_a_page_that_takes_its_time_hides_the_one_that_is_left(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, "charge")
    await desk.open("/")
    await desk.settle()
    await desk.page.evaluate(
        "document.addEventListener('click', (event) => event.preventDefault())"
    )
    await desk.bed("06").locator("h3 a").click()
    await expect(desk.page.locator("html")).to_have_attribute("data-ui-leaving", "page")
    await expect(desk.bed("06").locator("h3")).to_be_hidden()
    await desk.page.evaluate("dispatchEvent(new Event('pageshow'))")
    await expect(desk.bed("06").locator("h3")).to_be_visible()


async def test_beds_stand_by_bay(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "charge")
    await desk.open("/")
    page = desk.page
    await desk.press(page.get_by_role("button", name="Bays"))
    heads = page.locator("#beds > .bay h3")
    await expect(heads.first).to_contain_text(re.compile(r"Bay A \d of 6 occupied"))
    await expect(heads.last).to_contain_text("Single rooms")
    order = [label for label in await desk.order() if label.isdigit()]
    assert order[:6] == ["01", "02", "03", "04", "05", "06"]
    assert order[-3:] == ["09", "21", "27"]
    await doings.clean(hospital.node, "16")
    await expect(desk.bed("16")).to_contain_text("Ready")
    assert [label for label in await desk.order() if label.isdigit()] == order
    await desk.press("#tile-free")  # fewer are shown, as many lie there
    await expect(desk.bed("01")).to_be_hidden()
    await expect(heads.first).to_contain_text(re.compile(r"\d of 6 occupied"))
    await desk.press("#tile-free")
    await page.reload()
    await expect(heads.first).to_contain_text("Bay A")
    await desk.press(page.get_by_role("button", name="Cards"))
    await expect(heads).to_have_count(0)
    assert await desk.order() == sorted(order)


async def test_the_banner_stays_lit_and_uncovered_while_a_form_is_open(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, "reception", "tablet")
    joan = await doings.patient_id(shared.node, "0012345")
    await desk.open(f"/patients/{joan}")
    await desk.settle()
    await desk.press(desk.page.get_by_role("button", name="Amend"))
    await expect(desk.sheet.locator("h2")).to_contain_text("SMITH, Joan")
    banner = await desk.page.locator("#patient-banner").bounding_box()
    sheet = await desk.sheet.bounding_box()
    assert banner is not None
    assert sheet is not None
    assert sheet["y"] >= banner["y"] + banner["height"]
