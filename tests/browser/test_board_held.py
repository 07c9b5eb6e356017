"""A board that is set, kept and paused: what one does at one browser, seen at another."""

import re

import pytest
from playwright.async_api import expect

from domain.alerts import Cause
from tests.browser import doings
from tests.browser.axe import found_by_axe
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.stations import Running
from ward.alerts.sound import sound
from ward.beds.open import open_bed
from ward.dev.demo import FOUNDER, ward_called
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
HELD = """new Promise(done => {
  const ask = () => window.ward?.holds ? done() : setTimeout(ask, 20);
  ask();
})"""
BEGUN = """new MutationObserver((_, observer) => {
  const beds = document.querySelector("#beds");
  if (!beds) return;
  window.begun = getComputedStyle(beds).animationName;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true })"""
KEPT = re.compile(r"/beds/choices$")


async def board(seat: Seat, hospital: Running, who: str = "nurse", size: str = "desk") -> Desk:
    """Open the board of Six East with all that answers to presses."""
    desk = await seat(hospital.url, who, size)
    await desk.open(await path(hospital))
    await desk.settle()
    await desk.page.evaluate(HELD)
    return desk


async def path(hospital: Running) -> str:
    found = await doings.ask(hospital.node, "SELECT id FROM ward WHERE label = 'Six East'")
    return f"/wards/{found[0][0]}/beds"


async def chosen(desk: Desk, button: str) -> None:
    """Press what chooses, and wait until the server has kept it."""
    async with desk.page.expect_response(KEPT):
        await desk.press(desk.page.locator(button))


async def test_an_administrator_sets_the_cards_of_an_open_board(
    hospital: Running, seat: Seat
) -> None:
    nurse = await board(seat, hospital)
    admin = await seat(hospital.url, "admin", "desk")
    await admin.open(await path(hospital))
    await admin.press("#to-card")
    await expect(nurse.bed("07").locator(".due")).to_contain_text("Home")
    home = admin.page.get_by_label("Expected to go home")
    await expect(admin.page.locator("#card-preview")).to_contain_text("Home Not set")
    await home.uncheck()
    await expect(admin.page.locator("#card-preview")).not_to_contain_text("Home Not set")
    await expect(nurse.bed("07").locator(".due")).to_contain_text("Home")  # only looked at
    nurse.asked.clear()
    await admin.press(admin.page.get_by_role("button", name="Set for Six East"))
    await expect(nurse.bed("07").locator(".due")).not_to_contain_text("Home")
    await expect(home).not_to_be_checked()
    await admin.press(admin.page.get_by_role("button", name="Back to standard"))
    await expect(nurse.bed("07").locator(".due")).to_contain_text("Home")
    assert set(nurse.asked) <= {"POST /session/activity"}


async def test_a_filter_survives_reload_and_a_new_browser(hospital: Running, seat: Seat) -> None:
    here = await board(seat, hospital)
    await chosen(here, "#tile-isolation")
    isolated = await here.order()
    assert 0 < len(isolated) < 30
    await chosen(here, "[data-choice=density] [value=list]")
    there = await board(seat, hospital)
    assert await there.order() == isolated
    assert await there.page.evaluate("document.documentElement.dataset.density") == "list"
    await expect(there.page.locator("#shown")).to_contain_text(f"Showing {len(isolated)} of 30")
    phone = await board(seat, hospital, size="phone")
    assert await phone.order() == isolated
    assert "picked" not in await phone.page.evaluate("({...document.documentElement.dataset})")
    await there.open(f"{await path(hospital)}?show=home")
    assert await there.order() != isolated
    await there.settle()
    await there.page.evaluate(HELD)
    await chosen(there, "[data-unfilter]")
    await here.page.goto(here.url + await path(hospital))
    await here.live()
    assert len(await here.order()) == 30
    other = await board(seat, hospital, "charge")
    assert await other.page.evaluate("document.documentElement.dataset.density") == "cards"


async def test_a_paused_board_holds_still_and_lets_what_is_critical_through(
    hospital: Running, seat: Seat
) -> None:
    desk = await board(seat, hospital)
    encounter = await doings.encounter_in(hospital.node, "07")
    before = await desk.bed("07").locator(".due").inner_text()
    await desk.page.locator("#hold").focus()
    await desk.page.keyboard.press("Enter")
    held = desk.page.locator("#held")
    await expect(held).to_contain_text("no change waits")
    await expect(desk.page.locator("#pill")).to_have_text("Paused")
    await expect(desk.page.locator("#say")).to_contain_text("The board is paused")
    assert await found_by_axe(desk.page) == []
    words = await doings.push(hospital.node, encounter, 1)
    await expect(held).to_contain_text("1 change waits")
    await alert(hospital, "06")
    await expect(desk.bed("06").locator(".chip.critical").first).to_be_visible()
    await expect(desk.page.locator("#act-now")).to_contain_text("Nurse in charge called")
    assert await desk.bed("07").locator(".due").inner_text() == before
    await expect(held.get_by_role("button")).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await expect(desk.bed("07")).to_contain_text(words)
    await expect(desk.bed("07")).to_have_attribute("data-ui-changed", re.compile("changed"))
    await expect(held).to_be_hidden()
    await expect(desk.page.locator("#hold")).to_be_focused()
    await expect(desk.page.locator("#pill")).to_have_text("Live")
    again = await doings.push(hospital.node, encounter, 2)
    await expect(desk.bed("07")).to_contain_text(again)


async def test_what_is_kept_is_there_before_the_first_paint(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital)
    await chosen(desk, "#tile-isolation")
    isolated = await desk.order()
    await desk.page.add_init_script(BEGUN)
    await desk.page.goto(desk.url + await path(hospital))
    assert await desk.page.evaluate("begun") == "wait"  # none is seen before it is filtered
    await expect(desk.page.locator("#beds")).to_have_css("animation-name", "none")
    assert await desk.order() == isolated


async def test_a_bed_that_comes_while_paused_waits_and_a_lost_line_changes_nothing(
    hospital: Running, seat: Seat
) -> None:
    desk = await board(seat, hospital)
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.press("#hold")
    held = desk.page.locator("#held")
    await alert(hospital, "08")
    async with work_as(hospital.node, FOUNDER, "test.bed") as work:
        await open_bed(work, (await ward_called(work, "Six East"))[0], "31", position=31)
    await expect(held).to_contain_text("1 change waits")
    await expect(desk.bed("08").locator(".chip.critical").first).to_be_visible()
    await desk.page.evaluate("wardLive.link.socket.close(4000)")
    words = await doings.push(hospital.node, encounter, 4)
    await desk.live()
    await expect(held).to_contain_text("2 changes wait")
    await expect(desk.bed("07")).not_to_contain_text(words)
    await expect(desk.bed("31")).to_have_count(0)
    await desk.press(held.get_by_role("button"))
    await expect(desk.bed("07")).to_contain_text(words)
    await expect(desk.bed("31")).to_be_visible()
    await expect(desk.page.locator("#list-news")).to_be_hidden()


async def test_a_pause_ends_by_itself(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "nurse", "desk")
    await desk.page.clock.install()
    await desk.open(await path(hospital))
    await desk.page.clock.run_for(1100)
    await desk.page.evaluate(HELD)
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.press("#hold")
    words = await doings.push(hospital.node, encounter, 3)
    await expect(desk.page.locator("#held")).to_contain_text("1 change waits")
    await desk.page.clock.run_for(5 * 60_000)
    await expect(desk.page.locator("#toasts")).to_contain_text("paused for 5 minutes")
    await expect(desk.bed("07")).to_contain_text(words)


async def test_ones_own_deed_ends_a_pause(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital)
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.press("#hold")
    words = await doings.push(hospital.node, encounter, 5)
    await expect(desk.page.locator("#held")).to_contain_text("1 change waits")
    await desk.act("04", "Reserve")
    await desk.save()
    await expect(desk.bed("04")).to_contain_text("Reserved")
    await expect(desk.bed("07")).to_contain_text(words)
    await expect(desk.page.locator("#held")).to_be_hidden()


async def test_typing_loses_no_key_while_fifty_updates_come(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital)
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.act("06", "Discharge")
    note = desk.sheet.get_by_label("Note")
    await note.focus()
    typed = "The daughter comes at four and brings the walking frame"
    for number, letter in enumerate(typed):
        await desk.page.keyboard.type(letter)
        words = await doings.push(hospital.node, encounter, number)
    await expect(desk.bed("07")).to_contain_text(words)
    await expect(note).to_be_focused()
    assert await note.input_value() == typed


async def alert(hospital: Running, label: str) -> None:
    """Sound a critical alert for whoever lies in a bed of Six East."""
    found = await doings.ask(
        hospital.node,
        "SELECT patient_id FROM stay WHERE bed_id = :bed AND ended_at IS NULL",
        bed=await doings.bed_id(hospital.node, label),
    )
    async with work_as(hospital.node, FOUNDER, "test.alert") as work:
        await sound(work, found[0][0], Cause.NEWS_HIGH, "NEWS2 9")  # type: ignore[arg-type]
