"""Receivers in two browsers: what one administrator does, and what a receiver does, both see."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.adt.scene import ANYBODY
from tests.browser import doings
from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.interop.hl7.listening import listening
from tests.interop.hl7.passing import Administration
from tests.settling import settled
from tests.stations import Running
from ward.interop.hl7.codes import ErrorCode, Fault
from ward.interop.hl7.outbound import receiving
from ward.interop.hl7.outbound.receivers import Kind
from ward.interop.hl7.outbound.receiving import Asked
from ward.interop.hl7.outbound.sender import Post
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
HERE = "/hl7/receivers"


@pytest_asyncio.fixture(loop_scope="session")
async def system(hospital: Running) -> AsyncIterator[Administration]:
    """A system that listens, and a post that sends to whoever is added."""
    made = Administration(hospital.node)
    hospital.node.parts = frozenset({"worker"})
    post = Post(hospital.node)
    await post.start()
    async with listening(made.handle) as listener:
        made.port = listener.port
        yield made
    await post.stop()


async def test_what_one_adds_pauses_and_removes_the_other_sees_at_once(
    hospital: Running, seat: Seat, system: Administration
) -> None:
    one, other = await seat(hospital.url, "admin"), await seat(hospital.url, "admin", "phone")
    here, there = await one.open(HERE), await other.open(HERE)
    await expect(there.locator("#hl7-nobody")).to_be_visible()
    await _add_by_keyboard(one, system.port)
    mine, theirs = here.locator("#receiver-beds"), there.locator("#receiver-beds")
    await expect(theirs).to_contain_text(f"127.0.0.1:{system.port}")
    await expect(there.locator("#hl7-nobody")).to_have_count(0)
    await one.press(mine.get_by_role("button", name="Pause"))
    await expect(theirs.locator(".chip")).to_have_text("Paused")
    await _push(hospital, 1)
    await expect(theirs.locator("[data-waiting]")).to_have_text("1")
    assert await found_by_axe(there) == []
    assert not (await shape_of(there))["wide"]
    await other.press(theirs.get_by_role("button", name="Resume"))
    await expect(mine.locator("[data-waiting]")).to_have_text("0")
    await expect(mine.get_by_role("button", name="Pause")).to_be_visible()
    assert system.events == ["A08"]
    await one.press(mine.get_by_role("button", name="Remove"))
    await one.press(one.sheet.get_by_role("button", name="Remove receiver"))
    await expect(there.locator("#hl7-nobody")).to_be_visible()
    assert [desk.asked.count(f"GET {HERE}") for desk in (one, other)] == [1, 1]


async def test_a_message_that_fails_shows_with_its_reason_on_every_open_page(
    hospital: Running, seat: Seat, system: Administration
) -> None:
    system.refuse = Fault(ErrorCode.REQUIRED_MISSING, "PID^1^3", "PID-3 is empty")
    await _have(hospital, "kitchen", system.port)
    await _have(hospital, "billing", 1)  # nobody listens there
    desks = [await seat(hospital.url, "admin"), await seat(hospital.url, "admin", "phone", "dark")]
    pages = [await desk.open(HERE) for desk in desks]
    await _push(hospital, 1)
    for page in pages:
        await expect(page.locator("#receiver-kitchen [data-problem]")).to_have_text(
            "AE 101 PID^1^3"
        )
        await expect(page.locator("#receiver-kitchen .chip")).to_have_text("1 refused")
        nobody = page.locator("#receiver-billing [data-problem]")
        await expect(nobody).to_have_text("Nobody listens there")
        assert await found_by_axe(page) == []
    assert [desk.asked.count(f"GET {HERE}") for desk in desks] == [1, 1]
    await desks[0].press(pages[0].get_by_role("link", name="1 waits for a decision"))
    await expect(pages[0].locator("#hl7-out-dead li")).to_contain_text("AE 101 PID^1^3")


async def test_who_uses_the_keyboard_alone_keeps_the_place(
    hospital: Running, seat: Seat, system: Administration
) -> None:
    desk = await seat(hospital.url, "admin")
    page = await desk.open(HERE)
    await _add_by_keyboard(desk, system.port)
    line = page.locator("#receiver-beds")
    await _walk_to(page, line.get_by_role("button", name="Pause"))
    for then in ("Resume", "Pause"):
        await page.keyboard.press("Enter")
        await expect(line.get_by_role("button", name=then)).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(line.get_by_role("button", name="Change")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(line.get_by_role("button", name=then)).to_be_focused()
    await _walk_to(page, line.get_by_role("button", name="Test"))
    await desk.settle()
    await page.keyboard.press("Space")
    await expect(desk.sheet.locator("#tried")).to_contain_text("Somebody listens at")
    await page.keyboard.press("Escape")
    await expect(desk.sheet).to_be_hidden()
    await expect(line.get_by_role("button", name="Test")).to_be_focused()


async def _add_by_keyboard(desk: Desk, port: int) -> None:
    """Add the receiver "beds", told of moves and changes, without a mouse."""
    page, sheet = desk.page, desk.sheet
    await _walk_to(page, page.get_by_role("button", name="Add a receiver"))
    await page.keyboard.press("Enter")
    for label, words in (("Name", "beds"), ("Host", "127.0.0.1"), ("Port", str(port))):
        await _walk_to(page, sheet.get_by_label(label))
        await page.keyboard.type(words)
    for words in ("Admissions, moves", "Changes of personal data"):
        await _walk_to(page, sheet.get_by_role("checkbox", name=words))
        await page.keyboard.press("Space")
    await _walk_to(page, sheet.get_by_role("button", name="Save receiver"))
    await page.keyboard.press("Enter")
    await desk.saved()


async def _walk_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus."""
    await expect(target).to_be_visible()
    for _ in range(60):
        if await target.evaluate("one => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"nobody comes to {target} by Tab")


async def _have(hospital: Running, name: str, port: int) -> None:
    asked = Asked("", "", "127.0.0.1", port, frozenset({Kind.UPDATES}))
    async with work_as(hospital.node, ANYBODY, "test.add") as work:
        await receiving.add(work, name, asked)


async def _push(hospital: Running, number: int) -> None:
    """Change what is told of somebody who lies in Six East."""
    encounter = await doings.encounter_in(hospital.node, "01")
    await doings.push(hospital.node, encounter, number)
    await settled(hospital.node)
