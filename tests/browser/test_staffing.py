"""Two boards side by side: the charge nurse says how many beds are staffed, the nurse sees it."""

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNT = text("""
    SELECT count(*) AS beds, count(*) FILTER (WHERE status IN ('O', 'I')) AS taken, w.staffed
    FROM ward w JOIN bed b ON b.ward_id = w.id AND b.ended_at IS NULL
    WHERE w.label = 'Six East' GROUP BY w.staffed
""")


async def counted(hospital: Running) -> tuple[int, int, int | None]:
    """Count beds, patients in them and staffed beds in the database."""
    async with hospital.node.aside.connect() as connection:
        row = (await connection.execute(COUNT)).one()
    return row.beds, row.taken, row.staffed


async def shown(desk: Desk) -> tuple[int, int]:
    """Read what a board says of its beds: occupied, and how many there are."""
    words = await desk.page.locator("#tile-occupied b").inner_text()
    taken, _, beds = words.partition("/")
    return int(taken), int(beds)


async def test_what_the_charge_nurse_sets_stands_on_the_other_screens(
    hospital: Running, seat: Seat
) -> None:
    charge, nurse = await seat(hospital.url, "charge"), await seat(hospital.url, "nurse")
    house, wall = await seat(hospital.url, "admin"), await seat(hospital.url, None)
    await charge.open("/")
    await nurse.open("/")
    await house.open("/wards")
    await wall.open(await doings.hang_wall(hospital.node))
    beds, taken, _ = await counted(hospital)
    await charge.press(charge.page.get_by_role("button", name="Staffed beds"))
    await charge.sheet.get_by_label("Beds that can be nursed now").fill(str(beds - 4))
    await charge.save()
    for desk in (charge, nurse):
        await expect(desk.page.locator("#tile-unstaffed b")).to_have_text("4")
    await expect(wall.page.locator("#wall-unstaffed b")).to_have_text("4")
    row = house.page.get_by_role("row").filter(has_text="Six East")
    await expect(row).to_contain_text("4 not staffed")
    assert await counted(hospital) == (beds, taken, beds - 4)
    assert await shown(nurse) == (taken, beds)
    await expect(row).to_contain_text(f"{taken}/{beds}")
    await charge.page.locator("#toasts").get_by_role("button", name="Undo").click()
    await expect(nurse.page.locator("#tile-unstaffed")).to_have_count(0)
    assert (await counted(hospital))[2] is None


async def test_a_board_is_called_otherwise_while_it_is_open(hospital: Running, seat: Seat) -> None:
    nurse, admin = await seat(hospital.url, "nurse"), await seat(hospital.url, "admin")
    await nurse.open("/")
    await admin.open("/admin/places")
    await admin.page.get_by_role("link", name="Six West").click()
    await admin.page.get_by_role("button", name="Rename", exact=True).first.click()
    await admin.sheet.get_by_label("Name").fill("Cedar")
    await admin.sheet.get_by_role("button", name="Save the name").click()
    await expect(admin.page.get_by_role("heading", name="Cedar")).to_be_visible()
    await nurse.open("/wards")
    await expect(nurse.page.get_by_role("row").filter(has_text="Cedar")).to_be_visible()
