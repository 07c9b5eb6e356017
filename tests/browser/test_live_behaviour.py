"""A screen in a bad world: it keeps what is typed, says how old it is, and becomes current."""

import json
import re
import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import doings
from tests.browser.conftest import Seat, serving
from tests.browser.desk import Desk
from tests.browser.line import line_to
from tests.settling import crowding
from tests.stations import Running
from ward import clock
from ward.dev.embedded import Stores

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONFIG = {
    "includeIndicatorCSS": False,
    "morphIgnore": ["data-htmx-powered", "open", "data-ui", "style"],
    "defaultTimeout": 15000,
}
CARET = "() => { const e = document.activeElement; return [e.id, e.selectionStart, e.value]; }"
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
CLOSED = """new Promise(done => {
  const ask = () => wardLive.link?.socket?.readyState === 1 ? setTimeout(ask, 20) : done();
  ask();
})"""


async def board(seat: Seat, url: str, username: str = "nurse", size: str = "desk") -> Desk:
    desk = await seat(url, username, size)
    await desk.open("/")
    return desk


async def shows(page: Page, text: str) -> None:
    await expect(page.locator("#main")).to_contain_text(text, timeout=60_000)


async def within(seconds: float, desk: Desk, selector: str, pattern: str) -> None:
    """Wait for words; they must have come no later than that."""
    words = f"document.querySelector({json.dumps(selector)}).textContent"
    plain = f"{words}.replace(/\\s+/g, ' ').trim()"
    begun = await desk.note(f"new RegExp({json.dumps(pattern)}).test({plain})")
    assert await desk.noted() - begun <= seconds * crowding()


async def test_the_settings_of_htmx_are_read_as_meant(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    said = await desk.page.locator("meta[name=htmx-config]").get_attribute("content")
    assert json.loads(said or "") == CONFIG
    read: dict[str, Any] = await desk.page.evaluate("({...htmx.config})")
    assert {name: read[name] for name in CONFIG} == CONFIG


async def test_typing_in_a_sheet_survives_twenty_pushes(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.act("06", "Discharge")
    note = desk.sheet.get_by_label("Note")
    await note.fill("Daughter comes at four")
    await note.evaluate("e => e.setSelectionRange(8, 8)")
    await desk.sheet.get_by_label("Goes to").select_option("home")
    await note.focus()
    await desk.page.keyboard.insert_text("kindly ")
    before = await desk.page.evaluate(CARET)
    assert before[1:] == [15, "Daughterkindly  comes at four"]
    for number in range(20):
        words = await doings.push(hospital.node, encounter, number)
        await expect(desk.bed("07")).to_contain_text(words)
    assert await desk.page.evaluate(CARET) == before
    assert await desk.sheet.get_by_label("Goes to").input_value() == "home"
    await expect(desk.sheet).to_be_visible()


async def test_menus_and_focus_survive_pushes(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.press("#user-menu summary")
    await desk.bed("07").locator("h3 a").focus()
    top = (await desk.bed("07").bounding_box() or {})["y"]
    for number in range(3):
        words = await doings.push(hospital.node, encounter, number)
        await expect(desk.bed("07")).to_contain_text(words)
    assert await desk.page.evaluate("document.querySelector('#user-menu').open")
    await expect(desk.bed("07").locator("h3 a")).to_be_focused()
    assert (await desk.bed("07").bounding_box() or {})["y"] == top


async def test_a_lost_network_is_shown_and_heals(hospital: Running, seat: Seat) -> None:
    encounter = await doings.encounter_in(hospital.node, "07")
    async with line_to(hospital.port) as line:
        desk = await board(seat, line.url)
        line.freeze()
        await within(6, desk, "#pill", r"Reconnecting.*last confirmed \d\d:\d\d")
        words = await doings.push(hospital.node, encounter, 1)
        line.mend()
        await shows(desk.page, words)
        await within(8, desk, "#pill", "^Live$")


async def test_offline_nothing_can_be_recorded(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    ready = desk.bed("16").get_by_role("button", name="Mark ready")
    await desk.settle()
    await desk.context.set_offline(True)
    await within(2, desk, "#stale", "No connection. Nothing you enter now can be saved.")
    await expect(ready).to_be_disabled()
    await desk.press(desk.bed("04").get_by_role("button", name="Admit"))
    await expect(desk.page.locator("#problem")).to_contain_text("No connection")
    await desk.context.set_offline(False)
    await within(8, desk, "#pill", "^Live$")
    await expect(ready).to_be_enabled()
    await desk.press(ready)
    await desk.saved()


async def test_a_hidden_page_returns_to_current_data(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "nurse")
    await desk.page.clock.install()
    await desk.open("/")
    encounter = await doings.encounter_in(hospital.node, "07")
    await desk.page.evaluate(HIDE, True)
    await desk.page.clock.fast_forward(61_000)
    await desk.page.evaluate(CLOSED)
    words = await doings.push(hospital.node, encounter, 1)
    await desk.page.evaluate(HIDE, False)
    await shows(desk.page, words)
    await within(8, desk, "#pill", "^Live$")


async def test_a_server_that_starts_again_is_found_again(
    stores: Stores, filled: str, seat: Seat
) -> None:
    async with serving(stores, filled) as begin, begin() as first, line_to(first.port) as line:
        desk = await board(seat, line.url)
        await first.app.state.hub.drain(over=0.1)
        async with begin() as second:
            line.target = second.port
            line.hang_up()
            encounter = await doings.encounter_in(second.node, "07")
            words = await doings.push(second.node, encounter, 1)
            await shows(desk.page, words)
            await within(8, desk, "#pill", "^Live$")
            await desk.press(desk.bed("16").get_by_role("button", name="Mark ready"))
            await desk.saved()


async def test_signed_out_elsewhere_the_screen_is_blank(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    await desk.act("06", "Discharge")
    await expect(desk.sheet).to_contain_text("SMITH, Joan")
    await desk.context.request.post(
        f"{hospital.url}/logout", headers={"origin": hospital.url}, max_redirects=0
    )
    await within(2, desk, "#stale", "Your session has ended. Sign in again.")
    await expect(desk.sheet).to_be_hidden()
    await expect(desk.sheet).to_be_empty()
    assert "SMITH" not in await desk.page.content()
    again = desk.page.get_by_role("link", name="Sign in again")
    await expect(again).to_have_attribute("href", re.compile(r"/login\?next=%2Fwards%2F"))


async def test_a_lost_role_blanks_the_screen(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    await doings.take_role(hospital.node, "nurse")
    lost = time.time()
    await desk.note("!document.querySelector('#main').textContent.includes('SMITH')")
    assert await desk.noted() - lost <= 2 * crowding()
    assert "SMITH" not in await desk.page.content()


async def test_without_a_socket_the_page_asks(hospital: Running, seat: Seat) -> None:
    encounter = await doings.encounter_in(hospital.node, "07")
    async with line_to(hospital.port) as line:
        line.sockets = False
        desk = await seat(line.url, "nurse")
        await desk.page.goto(f"{line.url}/")
        words = await doings.push(hospital.node, encounter, 1)
        await shows(desk.page, words)
        assert any(asked.startswith("GET /live/beds/") for asked in desk.asked)
        await expect(desk.page.locator("#pill")).to_contain_text(re.compile("Live|Catching"))
        line.sockets = True
        words = await doings.push(hospital.node, encounter, 2)
        await shows(desk.page, words)


async def test_a_double_tap_has_one_effect(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url, size="tablet")
    await desk.press(desk.bed("04").get_by_role("button", name="Admit"))
    await desk.sheet.get_by_label("Who").fill("sing")
    await desk.choose("SINGH")
    button = desk.sheet.locator("footer [type=submit]")
    await button.evaluate("e => { e.click(); e.form.requestSubmit(e); e.click(); }")
    await desk.saved()
    await expect(desk.page.locator("#problem")).to_be_empty()
    bed = await doings.bed_id(hospital.node, "04")
    stays = "SELECT count(*) FROM stay WHERE bed_id = :bed"
    assert (await doings.ask(hospital.node, stays, bed=bed))[0][0] == 1


async def test_a_repeated_request_has_one_effect(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url)
    encounter = await doings.encounter_in(hospital.node, "06")
    seen = await doings.ask(
        hospital.node, "SELECT version FROM encounter WHERE id = :one", one=encounter
    )
    key = "01a1fc2e-0000-7000-8000-000000000001"
    form = {"idempotency_key": key, "disposition": "home", "version": str(seen[0][0])}
    form |= {"identity": "yes", "discharged_at": clock.now().isoformat()}
    headers = {"origin": hospital.url, "hx-request": "true"}
    for _ in range(2):
        answer = await desk.context.request.post(
            f"{hospital.url}/stays/{encounter}/discharge", form=form, headers=headers
        )
        assert answer.status == 200, await answer.text()
    moves = "SELECT count(*) FROM movement WHERE encounter_id = :one AND step = 'discharged'"
    assert (await doings.ask(hospital.node, moves, one=encounter))[0][0] == 1


async def test_a_refusal_keeps_what_was_typed(hospital: Running, seat: Seat) -> None:
    desk = await board(seat, hospital.url, size="phone")
    await desk.press(desk.bed("04").get_by_role("button", name="Admit"))
    await desk.sheet.get_by_label("Who").fill("sing")
    await desk.choose("SINGH")
    await desk.sheet.get_by_label("Comes from").select_option(label="Emergency department")
    await doings.lay(hospital.node, "55001079", "04")
    await expect(desk.bed("04")).to_contain_text("ALDERSHAW")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    problem = desk.page.locator("#sheet #problem")
    await expect(problem).to_contain_text(re.compile(r"\w+ .*\."))
    await expect(problem).to_be_focused()
    await expect(desk.sheet.get_by_label("Who")).to_have_value("sing")
    await expect(desk.sheet.get_by_role("radio", name=re.compile("SINGH"))).to_be_checked()
    await expect(desk.bed("04")).to_contain_text("ALDERSHAW")
