"""Targets: on a phone and a tablet a finger has 44 pixels by 44 for whatever it presses."""

import pytest
from playwright.async_api import expect

from tests.browser import doings
from tests.browser.axe import out_of_reach
from tests.browser.conftest import Seat
from tests.browser.desk import SIZES, Desk
from tests.browser.test_calendar import Clinic, clinic  # noqa: F401 - the fixture
from tests.browser.test_own_password import GIVEN, given
from tests.browser.test_pages_axe import SHEETS
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = {
    "board": ("charge", "/"),
    "chart": ("charge", "/patients/{joan}"),
    "summary": ("doctor", "/patients/{joan}/discharge-summary"),
    "movements": ("charge", "/patients/{joan}/movements"),
    "receivers": ("admin", "/hl7/receivers"),
    "devices": ("admin", "/admin/devices"),
    "messages": ("admin", "/hl7"),
}


async def within_reach(desk: Desk) -> None:
    """Look at what is open as on a phone and on a tablet."""
    await desk.page.evaluate("document.fonts.ready")
    for size in ("phone", "tablet"):
        width, height = SIZES[size]
        await desk.page.set_viewport_size({"width": width, "height": height})
        assert await out_of_reach(desk.page) == [], size


@pytest.mark.parametrize("name", PAGES)
async def test_a_finger_finds_what_a_page_offers(shared: Running, seat: Seat, name: str) -> None:
    username, path = PAGES[name]
    desk = await seat(shared.url, username, "tablet")
    await desk.open(path.format(joan=await doings.patient_id(shared.node, "0012345")))
    await within_reach(desk)


@pytest.mark.parametrize("name", ["admit", "actions", "swap", "discharge"])
async def test_a_finger_finds_what_a_sheet_offers(shared: Running, seat: Seat, name: str) -> None:
    desk = await seat(shared.url, "charge", "tablet")
    await desk.open("/")
    await SHEETS[name](desk)
    await within_reach(desk)


async def test_a_finger_finds_what_a_calendar_offers(clinic: Clinic, seat: Seat) -> None:  # noqa: F811 - the fixture
    desk = await seat(clinic.url, "reception", "tablet")
    await desk.open(clinic.at())
    await within_reach(desk)


async def test_a_finger_chooses_a_password(hospital: Running, seat: Seat) -> None:
    await given(hospital, "nurse")
    desk = await seat(hospital.url, None, "tablet")
    await desk.page.goto(f"{hospital.url}/login")
    await within_reach(desk)
    await desk.page.get_by_label("User name").fill("nurse")
    await desk.page.get_by_label("Password").fill(GIVEN)
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text("Choose your password")
    await within_reach(desk)
