"""Every real page and open sheet: axe finds nothing at any size or theme; keys are enough."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser import doings
from tests.browser.axe import CONTRAST, found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.browser.desk import SIZES, Desk
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOKS: list[tuple[str, str, list[str], list[str]]] = [  # what a theme changes is colours alone
    ("desk", "light", [], []),
    ("tablet", "dark", [CONTRAST], []),
    ("phone", "light", [], [CONTRAST]),
    ("phone", "dark", [CONTRAST], []),
]
PAGES = {
    "board": ("charge", "/"),
    "erasures": ("privacy", "/admin/erasures"),
    "wards": ("charge", "/wards"),
    "chart": ("doctor", "/patients/{joan}"),
    "observations": ("nurse", "/patients/{joan}/observations"),
    "medicines": ("nurse", "/patients/{joan}/medications"),
    "medicines-day": ("nurse", "/patients/{joan}/medications?day=2026-11-02"),
    "results": ("doctor", "/patients/{joan}/results"),
    "results-inbox": ("doctor", "/results"),
    "specimens": ("lab", "/specimens"),
    "specimens-ward": ("nurse", "/wards/{ward}/specimens"),
    "order-tests-alone": ("doctor", "/patients/{joan}/labs/new"),
    "cover-alone": ("doctor", "/results/cover"),
    "care": ("charge", "/wards/{ward}/care?shift=all"),
    "scan-alone": ("nurse", "/patients/{joan}/medications/scan"),
    "chart-nobody": ("charge", "/patients/{waiting}"),
    "movements": ("charge", "/patients/{joan}/movements"),
    "bed-movements": ("charge", "/beds/{bed}/movements"),
    "roster": ("charge", "/wards/{ward}/duty"),
    "tasks": ("charge", "/tasks"),
    "tasks-mine": ("nurse", "/tasks?only=mine"),
    "my-patients": ("nurse", "/wards/{ward}/beds?only=mine"),
    "give-alone": ("charge", "/wards/{ward}/duty/beds"),
    "come-alone": ("doctor", "/wards/{ward}/duty/mine"),
    "preset-alone": ("nurse", "/patients/{joan}/tasks/preset"),
    "task-alone": ("nurse", "/patients/{joan}/tasks/new"),
    "wristband-alone": ("nurse", "/patients/{joan}/wristband"),
    "pharmacy": ("pharmacist", "/pharmacy"),
    "formulary": ("nurse", "/formulary?only=high-alert"),
    "medicine": ("doctor", "/formulary/warfarin"),
    "packs": ("pharmacist", "/products"),
    "pack-alone": ("pharmacist", "/products/new"),
    "order-sets": ("doctor", "/order-sets"),
    "order-set-new": ("pharmacist", "/order-sets/new"),
    "ward-card": ("admin", "/wards/{ward}/card"),
    "ward-medicines": ("pharmacist", "/wards/{ward}/medicines"),
    "ward-medicines-read": ("nurse", "/wards/{ward}/medicines"),
    "medicines-report": ("charge", "/medications/report"),
    "order-alone": ("doctor", "/patients/{joan}/medications/new"),
    "verbal-alone": ("nurse", "/patients/{joan}/medications/verbal"),
    "find": ("reception", "/patients?q=smith"),
    "find-nobody": ("reception", "/patients?q=zzzz"),
    "register": ("reception", "/patients/new"),
    "account": ("nurse", "/account"),
    "messages": ("admin", "/hl7"),
    "places": ("admin", "/hl7/places"),
    "receivers": ("admin", "/hl7/receivers"),
    "receiver-alone": ("admin", "/hl7/receivers/new/form"),
    "refused": ("nurse", "/hl7"),
    "missing": ("nurse", "/nowhere"),
    "sheet-alone": ("charge", "/beds/{bed}/admit"),
    "login": (None, "/login"),
    "offline": (None, "/offline"),
    "wall": (None, "{wall}"),
}
Opens = Callable[[Desk], Awaitable[None]]


async def _admit(desk: Desk) -> None:
    await desk.press(desk.bed("04").get_by_role("button", name="Admit"))
    await desk.sheet.get_by_label("Who").fill("sing")
    await expect(desk.sheet.locator("#candidates label")).to_have_count(1)


def _act(label: str, word: str) -> Opens:
    async def opens(desk: Desk) -> None:
        await desk.act(label, word)
        await desk.sheet.locator("footer [type=submit]").wait_for()

    return opens


async def _menu(desk: Desk) -> None:
    await desk.press(desk.bed("06").locator(".more"))
    await desk.sheet.locator("h2").wait_for()


async def _accept(desk: Desk) -> None:
    await desk.press(desk.page.get_by_role("button", name="Accept").first)
    await desk.sheet.locator("form").wait_for()


async def _palette(desk: Desk) -> None:
    await desk.page.keyboard.press("Control+k")
    await desk.page.keyboard.type("smi")
    await desk.page.locator("#results a").first.wait_for()


async def _keys(desk: Desk) -> None:
    await desk.settle()
    await desk.press("#user-menu summary")
    await desk.press(desk.page.get_by_role("button", name="Keyboard"))
    await desk.sheet.locator("dt").first.wait_for()


async def _own_menu(desk: Desk) -> None:
    await desk.press("#user-menu summary")


async def _refused(desk: Desk) -> None:
    await _act("05", "Discharge")(desk)
    await desk.sheet.locator("form").evaluate("form => { form.noValidate = true; }")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await desk.page.locator("#sheet #problem p").first.wait_for()


SHEETS: dict[str, Opens] = {
    "admit": _admit,
    "actions": _menu,
    "transfer": _act("06", "Transfer"),
    "ask": _act("06", "Ask for a bed elsewhere"),
    "swap": _act("06", "Swap"),
    "home": _act("06", "Going home"),
    "isolation": _act("06", "Isolation"),
    "leave": _act("06", "Leave"),
    "discharge": _act("06", "Discharge"),
    "cancel": _act("06", "Take back the last step"),
    "block": _act("04", "Block"),
    "reserve": _act("04", "Reserve"),
    "accept": _accept,
    "palette": _palette,
    "keys": _keys,
    "own-menu": _own_menu,
    "refused": _refused,
}


WIDE_WHEN = """states => states.filter(state => {
  document.documentElement.dataset.live = state;
  document.dispatchEvent(new CustomEvent('ward:freshness'));
  return document.documentElement.scrollWidth > innerWidth;
})"""


async def looks_right(desk: Desk) -> None:
    """Look at what is open at every size and in both themes."""
    for size, theme, only, but in LOOKS:
        width, height = SIZES[size]
        await desk.page.set_viewport_size({"width": width, "height": height})
        await desk.page.evaluate("theme => choose('theme', theme)", theme)
        assert await found_by_axe(desk.page, only=only, but=but) == [], f"{size} {theme}"
        assert await shape_of(desk.page) == {"small": [], "wide": False}, f"{size} {theme}"


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_for_everybody(shared: Running, seat: Seat, name: str) -> None:
    username, path = PAGES[name]
    known = {
        "joan": await doings.patient_id(shared.node, "0012345"),
        "waiting": await doings.patient_id(shared.node, "55001079"),
        "bed": await doings.bed_id(shared.node, "04"),
        "ward": await doings.working_ward(shared.node),
        "wall": await doings.hang_wall(shared.node),
    }
    desk = await seat(shared.url, username)
    await desk.page.emulate_media(reduced_motion="reduce")
    await desk.page.goto(shared.url + path.format(**known))
    await looks_right(desk)


SUMMARIES = {
    "signed": ("doctor", "/patients/{signed}/discharge-summary"),
    "drafted": ("doctor", "/patients/{drafted}/discharge-summary"),
    "in-part": ("nurse", "/patients/{signed}/discharge-summary"),
    "letters": ("patient", "/me/summaries"),
    "letter": ("patient", "/me/summaries/{letter}"),
}


async def test_a_summary_is_for_everybody(hospital: Running, seat: Seat) -> None:
    known = await doings.summarise(hospital.node)
    desks: dict[str, Desk] = {}
    for username, path in SUMMARIES.values():
        desk = desks.get(username) or await seat(hospital.url, username)
        desks[username] = desk
        await desk.page.emulate_media(reduced_motion="reduce")
        answer = await desk.page.goto(hospital.url + path.format(**known))
        assert answer
        assert answer.status == 200, path
        await looks_right(desk)


@pytest.mark.parametrize("name", SHEETS)
async def test_a_sheet_is_for_everybody(shared: Running, seat: Seat, name: str) -> None:
    desk = await seat(shared.url, "charge")
    await desk.page.emulate_media(reduced_motion="reduce")
    await desk.open("/")
    await SHEETS[name](desk)
    await looks_right(desk)


@pytest.mark.parametrize(
    "path", ["/", "/patients/{joan}", "/wards", "/beds/{bed}/admit", "/wards/{ward}/register"]
)
async def test_nothing_is_cut_at_320_pixels(shared: Running, seat: Seat, path: str) -> None:
    joan = await doings.patient_id(shared.node, "0012345")
    bed = await doings.bed_id(shared.node, "04")
    ward = (await doings.ask(shared.node, "SELECT id FROM ward WHERE label = 'Six East'"))[0][0]
    desk = await seat(shared.url, "charge")  # a phone would widen its window instead
    await desk.page.set_viewport_size({"width": 320, "height": 640})
    await desk.open(path.format(joan=joan, bed=bed, ward=ward))
    assert not (await shape_of(desk.page))["wide"]
    await desk.page.evaluate("document.fonts.ready")
    states = ["live", "catching", "reconnecting", "stale", "offline"]
    assert await desk.page.evaluate(WIDE_WHEN, states) == []


# ------------------------------------------------------------------------------- keys alone


async def test_find_a_patient_by_keys(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "charge")
    await desk.open("/")
    keys = desk.page.keyboard
    await keys.press("Control+k")
    await keys.insert_text("smith j")  # at once: it is asked for once
    await expect(desk.page.locator("#results a[aria-current]")).to_contain_text("SMITH")
    await keys.press("ArrowDown")
    await expect(desk.page.locator("#results a").nth(1)).to_have_attribute("aria-current", "true")
    name = (await desk.page.locator("#results a").nth(1).locator("b").inner_text()).strip()
    await keys.press("Enter")
    await expect(desk.page.locator("#patient-banner h1")).to_have_text(name)


async def test_admit_and_transfer_by_keys(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "charge")
    await desk.open("/")
    await desk.settle()
    keys = desk.page.keyboard
    await desk.bed("01").locator("h3 a").focus()
    for _ in range(3):
        await keys.press("ArrowRight")
    await expect(desk.bed("04").get_by_role("button", name="Admit to bed 04")).to_be_focused()
    await keys.press("Enter")
    await expect(desk.sheet.get_by_label("Who")).to_be_focused()
    await keys.insert_text("sing")  # at once: it is asked for once
    await expect(desk.sheet.get_by_role("radio")).to_be_checked()
    await keys.press("Control+Enter")
    await desk.saved()
    await expect(desk.bed("04")).to_contain_text("SINGH")

    await doings.clean(hospital.node, "16")
    await expect(desk.bed("16")).to_contain_text("Ready")
    await desk.bed("04").locator(".more").focus()
    await keys.press("Enter")
    transfer = desk.sheet.get_by_role("button", name="Transfer")
    await expect(transfer).to_be_visible()
    for _ in range(10):
        if await transfer.evaluate("e => e === document.activeElement"):
            break
        await keys.press("Tab")
    await keys.press("Enter")
    await expect(desk.sheet.get_by_role("radio").first).to_be_focused()
    await keys.press("Space")
    await keys.press("Control+Enter")
    await expect(desk.bed("16")).to_contain_text("SINGH")
