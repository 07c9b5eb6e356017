"""Pages of signing in and of administration: for everyone, at any size; a proof in place."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.test_shared_tablet import enrolled
from tests.medications.test_step_up import long_ago
from tests.stations import Running, ids
from ward.dev.cast import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")
ADMIN = ["/admin/users", "/admin/roles", "/admin/staff", "/admin/devices", "/account/sign-in"]
STAFF = "username,name,role,branch,ward,from,until\nida.q,Ida Q,nurse,Northsite,Six East,,\nx,,,,,,"


async def fine(desk: Desk, where: str) -> None:
    assert await found_by_axe(desk.page) == [], where
    assert await shape_of(desk.page) == {"small": [], "wide": False}, where


@pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
async def test_everyone_can_use_the_pages_of_those_who_run_the_house(
    shared: Running, seat: Seat, size: str, theme: str
) -> None:
    desk = await seat(shared.url, "admin", size, theme)
    page = desk.page
    people = await ids(shared.node, "app_user", "username")
    for path in [*ADMIN, f"/admin/users/{people['nurse']}"]:
        await desk.open(path)
        await fine(desk, path)
    await desk.open("/admin/staff")
    await page.get_by_label("CSV").fill(STAFF)
    await desk.press(page.get_by_role("button", name="Show what would happen"))
    await expect(page.locator("#lines")).to_contain_text("1 of 2 lines cannot be entered")
    await fine(desk, "staff file")


@pytest.mark.parametrize(("size", "theme"), [("desk", "dark"), ("phone", "light")])
async def test_everyone_can_set_up_an_app_and_come_in_by_tile(
    hospital: Running, seat: Seat, size: str, theme: str
) -> None:
    desk = await seat(hospital.url, "doctor", size, theme)
    page = desk.page
    await desk.open("/account/sign-in")
    await desk.press(page.locator("#app").get_by_role("button", name="Turn on"))
    await page.wait_for_url("**/app/*")
    await fine(desk, "app")
    await page.get_by_role("textbox", name="Code").fill("000000")
    await desk.press(page.get_by_role("button", name="Turn on"))
    await expect(page.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    tablet = await enrolled(hospital, seat)
    await tablet.page.goto(f"{hospital.url}/login?other")
    await fine(tablet, "tiles")


async def test_a_proof_is_asked_above_the_form_and_the_form_stays(
    hospital: Running, seat: Seat
) -> None:
    desk = await seat(hospital.url, "nurse")
    page = desk.page
    await desk.open("/account/sign-in")
    await long_ago(hospital)
    await desk.press(page.locator("#app").get_by_role("button", name="Turn on"))
    await expect(page.get_by_role("heading", name="Confirm that it is you").first).to_be_attached()
    await fine(desk, "proof")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await desk.press(page.get_by_role("button", name="Save what I entered"))
    await page.wait_for_url(re.compile("/app/"))
