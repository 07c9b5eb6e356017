"""Tour and installed app in a real browser: keys, focus, alerts first, and nothing kept offline."""

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from domain.access import Permission
from tests.adt.scene import ANYBODY
from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.browser.doings import patient_id
from tests.stations import Running, ids
from ward.node import Node
from ward.patients.models import PatientAccount
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
STEP = ".driver-popover"
MOVING = "document.querySelector('.driver-popover').getAnimations({ subtree: true }).length"
CLEAR = """() => {
  const [two, one] = ['.driver-popover', '.driver-active-element'].map(
    each => document.querySelector(each).getBoundingClientRect());
  return two.top >= one.bottom || two.bottom <= one.top || two.left >= one.right
    || two.right <= one.left;
}"""
POINTS = """() => [...document.querySelectorAll('#tour > li')].map(item => {
  const at = [...document.querySelectorAll(item.dataset.at)].filter(
    one => one.getClientRects().length && getComputedStyle(one).visibility === 'visible');
  return at.length ? '' : item.dataset.at;
})"""
KEPT = """caches.keys().then(names => Promise.all(names.map(async name =>
  (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname))))
  .then(all => all.flat())"""


@pytest.mark.parametrize("size", ["desk", "phone"])
async def test_a_tour_is_walked_by_keys_and_gives_the_focus_back(
    shared: Running, seat: Seat, size: str
) -> None:
    desk = await seat(shared.url, "nurse", size)
    page = await desk.open("/")
    await desk.press("#user-menu > summary")
    await desk.press(page.get_by_role("link", name="Show me around"))
    step = page.locator(STEP)
    await expect(step).to_contain_text("This page is live")
    await desk.live()
    assert await page.evaluate(MOVING) == 0
    assert await found_by_axe(page) == []
    assert not (await shape_of(page))["wide"]
    seen = [await page.locator(".driver-popover-title").inner_text()]
    while not await page.locator(".driver-popover-done-btn").count():
        await expect(page.locator(".driver-popover-next-btn")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".driver-popover-title")).not_to_have_text(seen[-1])
        seen.append(await page.locator(".driver-popover-title").inner_text())
        assert await page.evaluate(CLEAR)
    assert 4 <= len(seen) <= 7
    assert seen[-1] == "Your menu"
    await page.keyboard.press("Escape")
    await expect(step).to_have_count(0)
    await expect(page.locator("#user-menu > summary")).to_be_focused()
    assert "tour" not in page.url


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("username", ["admin", "biller", "patient"])
async def test_each_step_of_a_tour_is_about_something_that_is_there(
    shared: Running, seat: Seat, username: str, size: str
) -> None:
    if username == "patient":
        await joined(shared.node)
    desk = await seat(shared.url, username, size)
    page = await desk.open("/tour")
    await expect(page.locator(STEP)).to_be_visible()
    found = await page.evaluate(POINTS)
    assert 4 <= len(found) <= 7
    assert [one for one in found if one] == []
    assert await found_by_axe(page) == []


async def joined(node: Node) -> None:
    """Make the sign-in `patient` one of the cast, once."""
    user = (await ids(node, "app_user", "username"))["patient"]
    patient = await patient_id(node, "0012345")
    async with work_as(node, ANYBODY, "test.tour") as work:
        mine = select(PatientAccount).where(PatientAccount.user_id == user)
        if not await work.every(mine, Permission.REGISTER_PATIENT):
            row = PatientAccount(user_id=user, patient_id=patient, since=work.now)
            work.add(row, Permission.REGISTER_PATIENT)


async def test_an_alert_and_a_form_come_before_a_tour(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "charge")
    page = await desk.open("/tour")
    step = page.locator(STEP)
    await expect(step).to_be_visible()
    await page.evaluate("document.getElementById('shout').textContent = 'Bed 07 needs you'")
    await expect(step).to_have_count(0)
    await desk.open("/tour")
    await expect(step).to_be_visible()
    await desk.press(desk.bed("04").get_by_role("button", name="Admit"))  # nothing is in the way
    await expect(desk.sheet).to_be_visible()
    await expect(step).to_have_count(0)


async def test_offline_there_is_one_page_and_it_knows_nobody(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "nurse")
    page = await desk.open("/")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = await page.evaluate(KEPT)
    assert "/offline" in kept
    assert all(path == "/offline" or path.startswith("/static/") for path in kept)
    manifest = await page.evaluate("fetch('/static/manifest.webmanifest').then(one => one.json())")
    assert manifest["display"] == "standalone"
    await desk.context.set_offline(True)
    await page.goto(f"{desk.url}/patients", wait_until="domcontentloaded")
    await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    await expect(page.locator(".mark")).to_contain_text("invented patients")
    await desk.context.set_offline(False)


async def test_the_account_page_offers_what_the_browser_offers(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "nurse", "phone")
    page = await desk.open("/account")
    panel = page.locator("#install")
    await expect(panel).to_contain_text("Your browser does not offer it")
    await page.evaluate(
        """() => {
          const offer = new Event('beforeinstallprompt');
          offer.prompt = async () => { window.prompted = true; };
          offer.userChoice = Promise.resolve({ outcome: 'accepted' });
          dispatchEvent(offer);
        }"""
    )
    await desk.press(panel.get_by_role("button", name="Install"))
    await expect(panel).to_contain_text("Ward is among your apps now")
    assert await page.evaluate("window.prompted")
