"""Scanning: scanners that type, and where a code goes; typing by hand is left alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from domain import gs1
from tests.browser.scans import GS, PACK, Keys, Place, opened, scans, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def place() -> AsyncIterator[Place]:
    async with serving() as place:
        yield place


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, place: Place) -> AsyncIterator[Page]:
    async with opened(browser, place) as page:
        yield page


# -- scanners --------------------------------------------------------------------------


async def test_fast_keys_and_enter_are_a_scan_wherever_the_focus_is(
    page: Page, place: Place
) -> None:
    await (await Keys.of(page)).type("WB000123\n")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    assert await scans(page) == [["WB000123", "scanner"]]
    assert place.took == [("/found", "WB000123", "scanner")]


async def test_a_tab_ends_a_scan_and_the_focus_stays(page: Page) -> None:
    await page.focus("#pressed")
    await (await Keys.of(page)).type("WB000123\t")
    assert await scans(page) == [["WB000123", "scanner"]]


@pytest.mark.parametrize("gap", [45, 80, 150])
async def test_typing_by_hand_is_never_swallowed(page: Page, place: Place, gap: float) -> None:
    await page.focus("#note")
    await (await Keys.of(page)).type("given with food\n", gap=gap)
    await page.wait_for_url("**/other")
    assert place.took == [("/other", "", "")]


async def test_five_keys_are_no_scan(page: Page, place: Place) -> None:
    await page.focus("#note")
    await (await Keys.of(page)).type("12345\n")
    await page.wait_for_url("**/other")
    assert place.took == [("/other", "", "")]


async def test_a_held_key_is_no_scan(page: Page, place: Place) -> None:
    await page.focus("#note")
    keys = await Keys.of(page)
    await keys.type("a")
    await keys.type("aaaaaaaaaa", gap=30, repeat=True)
    await keys.type("\n", gap=30)
    await page.wait_for_url("**/other")
    assert place.took == [("/other", "", "")]


async def test_a_burst_that_does_not_end_stays_where_it_was_typed(page: Page) -> None:
    await page.focus("#note")
    await (await Keys.of(page)).type("0109506000134352")
    await expect(page.locator("#note")).to_have_value("0109506000134352")
    assert await scans(page) == []


async def test_a_scan_is_taken_out_of_the_field_it_was_typed_into(page: Page, place: Place) -> None:
    await page.fill("#note", "half a sentence")
    await page.evaluate("note.setSelectionRange(4, 4)")
    await (await Keys.of(page)).type("WB000123\n")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    await expect(page.locator("#note")).to_have_value("half a sentence")
    assert await page.evaluate("note.selectionStart") == 4
    assert place.took == [("/found", "WB000123", "scanner")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("#rate", ""),
        ("#rate", "25"),
        ("#when", ""),
        ("#when", "2026-11-20T14:02"),
        ("#why", "None"),
        ("#why", "Away"),
    ],
)
async def test_numbers_dates_and_lists_are_as_they_were(page: Page, field: str, value: str) -> None:
    box = page.locator(field)
    await (box.select_option(value) if field == "#why" else box.fill(value))
    await box.focus()
    await (await Keys.of(page)).type("0109506000134352\n")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    await expect(box).to_have_value(value)
    assert not await box.evaluate("one => one.validity.badInput")


async def test_what_was_typed_just_before_a_scan_stays(page: Page) -> None:
    await page.focus("#note")
    keys = await Keys.of(page)
    await keys.type("ab", gap=100)
    await keys.type("W", gap=100)
    await keys.type("B000123\n")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    await expect(page.locator("#note")).to_have_value("ab")
    assert await scans(page) == [["WB000123", "scanner"]]


async def test_a_second_enter_presses_nothing(page: Page) -> None:
    await page.evaluate(
        "window.clicks = 0; pressed.onclick = () => clicks++;"
        "document.addEventListener('ward:scan', e => e.preventDefault())"
    )
    await page.focus("#pressed")
    keys = await Keys.of(page)
    await keys.type("WB 00 0123\n\n")
    assert await page.evaluate("clicks") == 0
    assert await scans(page) == [["WB 00 0123", "scanner"]]
    await keys.type("\n", gap=400)
    assert await page.evaluate("clicks") == 1


async def test_a_trigger_held_down_scans_once(page: Page) -> None:
    await page.evaluate("document.addEventListener('ward:scan', e => e.preventDefault())")
    keys = await Keys.of(page)
    await keys.type("WB000123\n")
    keys.at += 0.5
    await keys.type("WB000123\n")
    assert len(await scans(page)) == 1
    keys.at += 2
    await keys.type("WB000123\n")
    assert len(await scans(page)) == 2


# -- separators ------------------------------------------------------------------------


@pytest.mark.parametrize("sent", ["itself", "F8", "Ctrl ]", "Alt 029", "written out"])
@pytest.mark.parametrize("focus", ["#note", "#pressed"])
async def test_the_separator_of_gs1_survives_every_way_a_scanner_sends_it(
    page: Page, place: Place, sent: str, focus: str
) -> None:
    await page.focus(focus)
    first, second = PACK.split(GS)
    keys = await Keys.of(page)
    await keys.type("]d2" + first)
    if sent == "Ctrl ]":
        await keys.with_ctrl("]", "BracketRight", 221)
    elif sent == "Alt 029":
        await keys.alt_number("029")
    else:
        await keys.type({"itself": GS, "F8": "\x00", "written out": "\\u001d"}[sent])
    await keys.type(second + "\n")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    [(_, code, _by)] = place.took
    assert code == "]d2" + PACK
    assert b"A1B2%1D21XYZ" in place.bodies[0]
    assert {one.ai: one.value for one in gs1.parse(code)}["10"] == "A1B2"
    await expect(page.locator("#note")).to_have_value("")


# -- where it goes ---------------------------------------------------------------------


async def test_an_open_sheet_takes_the_scan_and_the_next_one_goes_to_the_next_step(
    page: Page, place: Place
) -> None:
    place.answers.clear()
    await page.click("#open")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    keys = await Keys.of(page)
    await keys.type("WB000123\n")
    keys.at += 0.1
    await keys.type(f"]d2{PACK}\n")  # before the first is answered
    place.answers.set()
    await expect(page.locator("#sheet h2")).to_have_text("Step 3")
    assert place.took == [
        ("/step/1", "WB000123", "scanner"),
        ("/step/2", f"]d2{PACK}", "scanner"),
    ]


async def test_after_a_refusal_the_scan_that_waited_goes_nowhere(page: Page, place: Place) -> None:
    place.answers.clear()
    await page.click("#open")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    keys = await Keys.of(page)
    await keys.type("WRONG0123\n")
    keys.at += 0.1
    await keys.type(f"{PACK}\n")
    place.answers.set()
    await expect(page.locator("#problem")).to_contain_text("another patient")
    await page.wait_for_timeout(200)
    assert [code for _, code, _ in place.took] == ["WRONG0123"]
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")


async def test_a_form_that_does_not_submit_keeps_the_code_to_be_looked_at(
    page: Page, place: Place
) -> None:
    await page.evaluate("htmx.ajax('GET', '/step/3', { target: '#sheet', swap: 'innerHTML' })")
    await expect(page.locator("#sheet h2")).to_have_text("Step 3")
    keys = await Keys.of(page)
    await keys.type("WB000123\n")
    await expect(page.locator("#f-code")).to_have_value("WB000123")
    await expect(page.locator("[name=by]").last).to_have_value("scanner")
    await keys.type("4", gap=300)
    await expect(page.locator("#f-code")).to_have_value("WB0001234")
    await expect(page.locator("#sheet [name=by]")).to_have_value("typed")
    assert place.took == []


async def test_a_typed_code_is_sent_as_typed(page: Page, place: Place) -> None:
    await page.click("#open")
    await expect(page.locator("#f-code")).to_be_focused()
    await (await Keys.of(page)).type("WB000123\n", gap=90)
    await expect(page.locator("#sheet h2")).to_have_text("Step 2")
    assert place.took == [("/step/1", "WB000123", "typed")]


async def test_a_form_that_takes_no_code_is_not_lost_to_a_scan(page: Page, place: Place) -> None:
    await page.click("#plain")
    await page.fill("#f-dose", "25")
    await (await Keys.of(page)).type("WB000123\n")
    await expect(page.locator("#problem")).to_contain_text("takes no code")
    await expect(page.locator("#f-dose")).to_have_value("25")
    assert place.took == []


async def test_a_scan_over_the_open_search_closes_it(page: Page, place: Place) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.locator("#ask")).to_be_focused()
    await (await Keys.of(page)).type("WB000123\n")
    await expect(page.locator("#sheet h2")).to_have_text("Step 1")
    await expect(page.locator("#palette")).to_be_hidden()
    assert place.took == [("/found", "WB000123", "scanner")]
