"""Places in two browsers: what one administrator does, the other sees, and is not overwritten."""

import pytest
from playwright.async_api import expect

from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.stations import Running, ids

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_who_keep_the_same_ward_see_each_other_at_work(
    hospital: Running, seat: Seat
) -> None:
    ward = (await ids(hospital.node, "ward"))["Six West"]
    path = f"/admin/places/wards/{ward}"
    one, other = await seat(hospital.url, "admin"), await seat(hospital.url, "admin", "phone")
    here, there = await one.open(path), await other.open(path)
    await one.press(here.get_by_role("button", name="Open a room"))
    await one.sheet.get_by_label("Name").fill("Bay Z")
    await one.press(one.sheet.get_by_role("button", name="Open a room"))
    await expect(there.locator("#place-rooms")).to_contain_text("Bay Z")
    assert await found_by_axe(there) == []
    assert not (await shape_of(there))["wide"]
    await other.press(there.get_by_role("button", name="Rename Bay Z"))
    await expect(other.sheet.get_by_label("Name")).to_have_value("Bay Z")
    await one.press(here.get_by_role("button", name="Rename Bay Z"))
    await one.sheet.get_by_label("Name").fill("Bay 9")
    await one.press(one.sheet.get_by_role("button", name="Save the name"))
    await expect(there.locator("#place-rooms")).to_contain_text("Bay 9")
    await other.sheet.get_by_label("Name").fill("Bay 8")
    await other.press(other.sheet.get_by_role("button", name="Save the name"))
    await expect(there.locator("#problem")).to_contain_text("Bay 9, Renamed: Bay 9")
    await expect(other.sheet.get_by_label("Name")).to_have_value("Bay 8")
