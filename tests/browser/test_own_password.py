"""A given password: the first sign-in asks for one's own, by keyboard alone and on a phone."""

import pytest
from playwright.async_api import expect

from tests.adt.scene import ANYBODY
from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.stations import Running, ids
from ward.users import service
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
GIVEN, OWN = "given-over-the-counter", "only-the-nurse-knows"


async def given(hospital: Running, username: str) -> None:
    person = (await ids(hospital.node, "app_user", "username"))[username]
    async with work_as(hospital.node, ANYBODY, "tests") as work:
        await service.change_password(work, person, GIVEN)


@pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
async def test_a_given_password_is_changed_by_keyboard_and_leads_on(
    hospital: Running, seat: Seat, size: str, theme: str
) -> None:
    await given(hospital, "nurse")
    desk = await seat(hospital.url, None, size, theme)
    page, keys = desk.page, desk.page.keyboard
    await page.goto(f"{hospital.url}/login?next=/account")
    await page.get_by_label("User name").fill("nurse")
    await page.get_by_label("Password").fill(GIVEN)
    await keys.press("Enter")
    await page.wait_for_url("**/account/own-password?*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Choose your password")
    assert await found_by_axe(page) == []
    assert await shape_of(page) == {"small": [], "wide": False}
    await expect(page.get_by_label("New password", exact=True)).to_be_focused()
    await keys.type(GIVEN)
    await keys.press("Tab")
    await keys.type(GIVEN)
    await keys.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This is the password you were given.")
    field = page.get_by_label("New password", exact=True)
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    assert await found_by_axe(page) == []
    assert await shape_of(page) == {"small": [], "wide": False}
    await keys.type(OWN)
    await keys.press("Tab")
    await keys.type(OWN)
    await keys.press("Tab")
    await expect(page.get_by_role("button", name="Choose and go on")).to_be_focused()
    await keys.press("Enter")
    await page.wait_for_url("**/account")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelock")


async def test_what_is_typed_into_the_address_leads_back_until_it_is_chosen(
    hospital: Running, seat: Seat
) -> None:
    await given(hospital, "nurse2")
    desk = await seat(hospital.url, None)
    page = desk.page
    await page.goto(f"{hospital.url}/login")
    await page.get_by_label("User name").fill("nurse2")
    await page.get_by_label("Password").fill(GIVEN)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/account/own-password")
    await page.goto(f"{hospital.url}/tasks")
    await page.wait_for_url("**/account/own-password?next=%2Ftasks")
    await desk.press(page.get_by_role("button", name="Sign out"))
    await page.wait_for_url("**/login")
