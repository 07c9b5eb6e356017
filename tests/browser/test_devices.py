"""Devices in two browsers: what one administrator hangs, the other sees and renames."""

import pytest
from playwright.async_api import expect

from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_who_look_after_the_screens_see_each_other_at_work(
    hospital: Running, seat: Seat
) -> None:
    one, other = await seat(hospital.url, "admin"), await seat(hospital.url, "admin", "phone")
    here, there = await one.open("/admin/devices"), await other.open("/admin/devices")
    await expect(there.locator("#walls")).to_contain_text("None hangs.")
    await here.get_by_label("Where it hangs").fill("Corridor")
    await here.get_by_label("Shows").select_option(label="Six East")
    await one.press(here.get_by_role("button", name="Make its link"))
    await expect(here.locator("#wall-link")).to_be_visible()
    await expect(here.locator("#walls")).to_contain_text("Corridor")
    await expect(there.locator("#walls")).to_contain_text("Corridor")
    await one.live()
    assert await found_by_axe(there) == []
    assert await shape_of(there) == {"small": [], "wide": False}
    await other.press(there.get_by_role("button", name="Rename Corridor"))
    await expect(other.sheet.get_by_label("Where it hangs or lies")).to_have_value("Corridor")
    await one.press(here.get_by_role("button", name="Rename Corridor"))
    await one.sheet.get_by_label("Where it hangs or lies").fill("Day room")
    await one.press(one.sheet.get_by_role("button", name="Save the name"))
    await expect(here.locator("#walls")).to_contain_text("Day room")
    await expect(there.locator("#walls")).to_contain_text("Day room")
    await other.sheet.get_by_label("Where it hangs or lies").fill("Kitchen")
    await other.press(other.sheet.get_by_role("button", name="Save the name"))
    await expect(there.locator("#problem")).to_contain_text("changed while you were looking")
    await expect(other.sheet.get_by_label("Where it hangs or lies")).to_have_value("Kitchen")
    await expect(here.locator("#wall-link")).to_be_visible()
    await other.page.keyboard.press("Escape")
    await one.press(here.get_by_role("button", name="Take down Day room"))
    await expect(there.locator("#walls")).to_contain_text("None hangs.")
