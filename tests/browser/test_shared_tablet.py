"""Shared tablet: one locks half-way, another works, the first comes back to what was typed."""

import re
import time

import pytest
from playwright.async_api import expect

from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.settling import crowding
from tests.stations import Running, ids
from ward.dev.cast import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")
SOON = """addEventListener('DOMContentLoaded', () => {
  if (document.body.dataset.idle) document.body.dataset.idle = '9';
})"""
JOAN, PIN = "0012345", "830264"


async def enrolled(node: Running, seat: Seat) -> Desk:
    """Give a tablet of Six East on which both nurses have set a PIN."""
    desk = await seat(node.url, "admin", "tablet")
    page = desk.page
    await page.goto(f"{node.url}/admin/devices")
    await page.get_by_label("Name of the device").fill("Tablet 3")
    await page.get_by_label("Ward").select_option(label="Six East")
    await desk.press(page.get_by_role("button", name="Enrol this device"))
    await expect(page.locator("#enrol")).to_contain_text("This device is enrolled as Tablet 3")
    for name in ("nurse", "nurse2"):
        said = {"username": name, "password": PASSWORD}
        headers = {"origin": node.url}
        await desk.context.request.post(f"{node.url}/login", form=said, headers=headers)
        pins = {"pin": PIN, "again": PIN}
        await desk.context.request.post(
            f"{node.url}/account/sign-in/pin", form=pins, headers=headers
        )
    return desk


async def lock(desk: Desk) -> None:
    await desk.press("#user-menu summary")
    await desk.press(desk.page.get_by_role("button", name="Lock or switch user"))
    await desk.page.wait_for_url("**/login*")


async def come(desk: Desk, name: str) -> None:
    await desk.press(desk.page.get_by_text(name))
    await desk.page.keyboard.type(PIN)


async def test_a_half_typed_form_waits_until_its_writer_is_back(
    hospital: Running, seat: Seat
) -> None:
    desk = await enrolled(hospital, seat)
    page = desk.page
    await page.goto(f"{hospital.url}/login?other")
    await come(desk, "Ada Lovelock")
    await page.wait_for_url(re.compile(r"/(beds|wards)"))
    patient = await doings.patient_id(hospital.node, JOAN)
    await desk.open(f"/patients/{patient}")
    await desk.press(page.get_by_role("button", name="Record allergy"))
    await desk.sheet.get_by_label("Substance").fill("latex gloves")
    await page.evaluate("document.getElementById('lock').requestSubmit()")
    await page.wait_for_url("**/login*")
    assert "latex" not in await page.content()
    await expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    begun = time.monotonic()
    await come(desk, "Florence Okonjo")
    await page.wait_for_url(re.compile(r"/(beds|wards)"))
    assert time.monotonic() - begun < 2.0 * crowding()
    await desk.settle()
    await lock(desk)
    await come(desk, "Ada Lovelock")
    await page.wait_for_url(f"**/patients/{patient}")
    await expect(desk.sheet.get_by_label("Substance")).to_have_value("latex gloves")
    await expect(page.locator("#problem")).to_contain_text("It is not saved yet.")


async def test_a_screen_left_alone_locks_by_itself_and_keeps_what_was_typed(
    hospital: Running, seat: Seat
) -> None:
    desk = await seat(hospital.url, "nurse")
    page = desk.page
    patient = await doings.patient_id(hospital.node, JOAN)
    await page.add_init_script(SOON)
    await desk.open(f"/patients/{patient}")
    await desk.press(page.get_by_role("button", name="Record allergy"))
    await desk.sheet.get_by_label("Substance").fill("latex gloves")
    await expect(page.locator("#toasts")).to_contain_text("This screen locks in")
    await page.wait_for_url("**/login?next=*")
    assert "latex" not in await page.content()
    await page.get_by_label("Password").fill(PASSWORD)
    await desk.press(page.get_by_role("button", name="Unlock"))
    await page.wait_for_url(f"**/patients/{patient}")
    await expect(desk.sheet.get_by_label("Substance")).to_have_value("latex gloves")


async def test_a_badge_and_a_pin_come_in_from_the_keyboard(hospital: Running, seat: Seat) -> None:
    from ward.dev.demo import FOUNDER
    from ward.users import devices
    from ward.work import work_as

    desk = await enrolled(hospital, seat)
    people = await ids(hospital.node, "app_user", "username")
    async with work_as(hospital.node, FOUNDER, "test.badge") as work:
        await devices.give_badge(work, people["nurse"], "BADGE-0042")
    await desk.page.goto(f"{hospital.url}/login?other")
    await desk.page.keyboard.type("BADGE-0042\n")
    await desk.page.keyboard.type(PIN)
    await desk.page.wait_for_url(re.compile(r"/(beds|wards)"))
