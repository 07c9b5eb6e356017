"""Medicines in a browser: a tile turns elsewhere, nothing moves under a finger, a change locks."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from domain.doses import NotGiven, Status
from tests.browser import doings, rounds
from tests.browser.axe import found_by_axe
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.rounds import Round
from tests.browser.test_pages_axe import looks_right
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROWS = "rows => rows.map(row => row.id)"


@pytest_asyncio.fixture(loop_scope="session")
async def at_two(hospital: Running) -> AsyncIterator[Round]:
    """Joan's medicines at two in the afternoon."""
    with rounds.afternoon():
        yield await rounds.begin(hospital.node)


async def chart(
    hospital: Running, seat: Seat, at_two: Round, who: str = "nurse", size: str = "desk"
) -> Desk:
    desk = await seat(hospital.url, who, size)
    await desk.open(f"/patients/{at_two.patient}/medications")
    return desk


async def order(desk: Desk) -> list[str]:
    found: list[str] = await desk.page.locator("#mar-lines > tr[id]").evaluate_all(ROWS)
    return found


def line(desk: Desk, at_two: Round, name: str):
    return desk.page.locator(f"#line-{at_two.orders[name]}")


async def test_a_dose_given_on_one_tablet_turns_on_the_other_and_nothing_moves(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    other = await chart(hospital, seat, at_two, "nurse2", "tablet")
    mine = await chart(hospital, seat, at_two)
    before = await order(other)
    asked = len(other.asked)
    tile = line(other, at_two, "gabapentin").locator('[data-state="due"]')
    await expect(tile).to_have_attribute(
        "aria-label", re.compile(r"gabapentin 300.mg, due 14:00, due\. Record")
    )
    await at_two.given("gabapentin", 0, 14, at_two.at(0, 14, 2))
    for desk in (other, mine):
        given = line(desk, at_two, "gabapentin").locator('[data-state="given"]', has_text="14:02")
        await expect(given).to_be_visible()
        await expect(desk.page.locator("#mar-counts")).not_to_contain_text("Due")
    assert other.asked[asked:] == []  # it came by itself
    assert await order(other) == before  # another person's change moves nothing
    news = other.page.locator("[data-news]")
    await expect(news).to_contain_text("change")
    await other.press(news.get_by_role("button", name="Show"))
    await expect(news).to_be_hidden()
    assert await order(other) != before


async def test_the_worst_comes_first_or_as_it_is_chosen(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    desk = await chart(hospital, seat, at_two)
    ranks = await desk.page.locator("#mar-lines > tr[id]").evaluate_all(
        "rows => rows.map(row => Number(row.dataset.rank))"
    )
    assert ranks == sorted(ranks)
    await desk.press("[data-group-of=route]")
    await expect(desk.page.locator("#mar-lines .group")).to_have_text(["Intravenous", "Oral"])
    await at_two.given("gabapentin", 0, 14, at_two.at(0, 14, 2))
    await expect(line(desk, at_two, "gabapentin")).to_contain_text("Given 14:02")
    await expect(desk.page.locator("#mar-lines .group")).to_have_count(2)  # it survives a frame
    await desk.press("[data-group-of=fixed]")
    fixed = await order(desk)
    await desk.page.reload()
    assert await order(desk) == fixed
    await expect(desk.page).to_have_url(re.compile("group=fixed"))
    assert len(fixed) == len(at_two.orders) - 2  # all but those as required, and none hidden
    await expect(desk.page.locator("#mar-counts")).to_contain_text("9 lines, none hidden")


async def test_a_change_locks_the_line_until_a_nurse_has_read_it(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    other = await chart(hospital, seat, at_two, "nurse2")
    desk = await chart(hospital, seat, at_two)
    banner = desk.page.locator("#mar-changes")
    await expect(banner).to_contain_text("Prescription changed 14:01")
    await expect(banner).to_contain_text(re.compile("metoprolol 50.mg to 25.mg"))
    locked = line(desk, at_two, "metoprolol").locator(".cell.locked")
    await desk.press(locked)
    await expect(desk.sheet).to_contain_text("Heart rate 48")
    await desk.save()
    for one in (desk, other):
        await expect(one.page.locator("#mar-changes")).to_be_hidden()
        await expect(line(one, at_two, "metoprolol").locator(".cell.locked")).to_have_count(0)


async def test_every_state_says_itself_in_a_word(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    desk = await chart(hospital, seat, at_two)
    said = {
        "furosemide": ("Overdue", "Given"),
        "gabapentin": ("Due 14:00", "Given 08:04"),
        "metoprolol": ("Review change", "Changed, review first"),
        "doxycycline": ("Given late",),
        "docusate": ("Withheld", "Loose stools", "Patient refused"),
        "hydralazine": ("Not given", "Nil by mouth", "18:00"),
        "fluid": ("Running", "83", "bag empty 22:22"),
        "paracetamol": ("last 09:50 (4h 12min ago)", "2 of 4 in 24 h", "Give now"),
    }
    for name, words in said.items():
        for text in words:
            await expect(line(desk, at_two, name)).to_contain_text(text)
    shown = line(desk, at_two, "hydralazine").locator(".drug")
    await expect(shown.locator("[aria-hidden]")).to_have_text("hydrALAZINE")
    await expect(shown.locator(".vh")).to_have_text("hydralazine")


async def test_on_a_phone_it_is_a_list_and_what_is_due_comes_first(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    desk = await chart(hospital, seat, at_two, size="phone")
    rows = desk.page.locator("#mar-lines > tr[id]")
    await expect(rows.first).to_contain_text("furosemide")
    display = await rows.first.evaluate("row => getComputedStyle(row).display")
    assert display == "grid"
    cell = rows.first.locator(".cell.overdue")
    await expect(cell).to_be_visible()
    box = await cell.bounding_box()
    assert box is not None
    assert box["width"] >= 88
    assert box["height"] >= 48
    assert await desk.page.evaluate("document.documentElement.scrollWidth") == 390


async def test_arrow_keys_go_from_dose_to_dose(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    desk = await chart(hospital, seat, at_two)
    keys = desk.page.keyboard
    await line(desk, at_two, "furosemide").locator(".cell.overdue").focus()
    await keys.press("ArrowLeft")
    focused = desk.page.locator(":focus")
    await expect(focused).to_have_attribute("aria-label", re.compile("furosemide .* 06:04"))
    await keys.press("ArrowDown")
    await expect(focused).to_have_attribute("aria-label", re.compile("^gabapentin"))
    await keys.press("Enter")
    await expect(desk.sheet.locator("#sheet-title")).to_be_visible()


async def test_the_chart_is_for_everybody(hospital: Running, seat: Seat, at_two: Round) -> None:
    desk = await chart(hospital, seat, at_two)
    await looks_right(desk)
    await desk.press(f"#open-{at_two.orders['metoprolol']}")
    await expect(desk.sheet).to_contain_text("Prescribed")
    assert await found_by_axe(desk.page) == []
    await desk.page.keyboard.press("Escape")
    yesterday = at_two.today - timedelta(days=1)
    await desk.open(f"/patients/{at_two.patient}/medications?day={yesterday.isoformat()}")
    await expect(desk.page.locator(".mar-other")).to_contain_text("Given")
    await looks_right(desk)


async def test_the_care_view_shows_a_shift_and_follows_what_is_given(
    hospital: Running, seat: Seat, at_two: Round
) -> None:
    ward = await doings.working_ward(hospital.node)
    desk = await seat(hospital.url, "nurse")
    await desk.open(f"/wards/{ward}/care?only=all")
    row = desk.page.locator(f"#care-{at_two.patient}")
    first = desk.page.locator("#care-lines > tr").first
    await expect(first).to_have_attribute("id", f"care-{at_two.patient}")  # overdue comes first
    await expect(row).to_contain_text("1 overdue")
    await expect(row).to_contain_text("1 due")
    hours = desk.page.locator("#care-hours .hour:visible")
    await expect(hours).to_have_count(12)
    await desk.press("[data-shift-of=late]")
    await expect(hours).to_have_count(8)
    await expect(hours.first).to_contain_text("14:00")
    refused = {"status": Status.NOT_GIVEN, "reason": NotGiven.REFUSED}
    await at_two.given("furosemide", 0, 12, at_two.at(0, 14, 2), **refused)
    await expect(row).not_to_contain_text("1 overdue")
    await looks_right(desk)
    await desk.press(row.locator("th a"))
    await expect(desk.page.locator("#mar-lines")).to_be_visible()
