"""What draws in the page: order, marks, ages, freshness, the sheet and the keys."""

import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser import pages, samples

pytestmark = pytest.mark.asyncio(loop_scope="session")

PUSH = """async (text) => {
  const live = document.getElementById('live');
  await htmx.swap({sourceElement: live, target: '#live', swap: 'none swapEmpty:false', text});
}"""
READY = """new Promise(done => {
  const ask = () => window.ward.pressed ? done() : setTimeout(ask, 20);
  ask();
})"""
OVERLAPS = """() => [...document.querySelectorAll('#beds > .bed')].flatMap((card) => {
  const parts = [...card.querySelectorAll('h3 a, :is(.meta, .flags, .due, .news) > *, .do .btn')]
    .filter((one) => one.checkVisibility()).map((one) => [one, one.getBoundingClientRect()]);
  const edge = card.getBoundingClientRect();
  const over = ([a, one], [b, two]) => !a.contains(b) && !b.contains(a) && one.left < two.right - 1
    && two.left < one.right - 1 && one.top < two.bottom - 1 && two.top < one.bottom - 1;
  const outside = parts.filter(([, { right, bottom }]) =>
    right > edge.right + 1 || bottom > edge.bottom + 1);
  const pairs = parts.flatMap((one, index) =>
    parts.slice(index + 1).filter((two) => over(one, two)));
  return [...outside, ...pairs].map(([one]) => card.id + ' ' + one.textContent.trim());
})"""
FRESHNESS = """([state, age]) => {
  const html = document.documentElement;
  html.dataset.live = state;
  html.dataset.confirmed = String(Date.now() - age * 1000);
  document.dispatchEvent(new CustomEvent('ward:freshness'));
}"""


def bed(label: str, **changes: Any) -> str:
    """Draw one card, perhaps changed."""
    context = next(c for c in samples.beds() if c["bed"].label == label)
    for name, value in changes.items():
        setattr(context["bed"], name, value)
    return samples.piece("beds/_bed.html", **context)


async def push(page: Page, label: str, html: str) -> None:
    """Send one card as the hub does."""
    await page.evaluate(
        PUSH, f'<hx-partial hx-target="#bed-b{label}" hx-swap="outerMorph">{html}</hx-partial>'
    )


async def push_list(page: Page, without: str = "", extra: str = "") -> None:
    """Send the whole list as the hub does, with beds left out or added at the front."""
    cards = [c for c in samples.beds() if c["bed"].label not in without.split()]
    html = [samples.piece("beds/_bed.html", **card) for card in cards]
    if extra:
        html.insert(
            0, bed("04").replace("b04", extra).replace('data-label="04"', f'data-label="{extra}"')
        )
    tiles = [samples.piece("beds/_tile.html", key=tile.key, tile=tile) for tile in samples.tiles()]
    lines = samples.Markup("\n")
    ward = samples.Sample(id="w1", label="Six East", ended_at=None)
    inner = samples.piece(
        "beds/_board.html", ward=ward, regions=lines.join(html), tiles=lines.join(tiles)
    )
    await page.evaluate(
        PUSH, f'<hx-partial hx-target="#beds-w1" hx-swap="innerMorph">{inner}</hx-partial>'
    )


async def labels(page: Page) -> list[str]:
    """List the beds a person sees, in the order on the screen."""
    return await page.eval_on_selector_all(
        "#beds > li", "all => all.filter(li => li.offsetParent).map(li => li.id)"
    )


@pytest_asyncio.fixture(loop_scope="session")
async def board(screen: Page) -> Page:
    await screen.goto("/board.html")
    await screen.keyboard.press("Shift")  # the first press fetches what answers to presses
    await screen.evaluate(READY)
    return screen


async def answers(page: Page, path: str, body: str) -> None:
    """Let a path be answered with a sample."""
    await page.route(path, lambda route: route.fulfill(body=body))


async def test_nothing_on_the_page_breaks_the_content_policy(board: Page) -> None:
    await board.wait_for_timeout(200)
    assert await board.evaluate("window.refused") == []


async def test_htmx_reads_the_settings_as_meant(board: Page) -> None:
    config = await board.evaluate("({...htmx.config})")
    assert config["morphIgnore"] == ["data-htmx-powered", "open", "data-ui", "style"]
    assert config["includeIndicatorCSS"] is False
    assert config["defaultTimeout"] == 15000


async def test_another_persons_change_is_marked_with_its_time(board: Page) -> None:
    await push(board, "04", bed("04", status=samples.BedStatus.HOUSEKEEPING))
    card = board.locator("#bed-b04")
    await expect(card).to_contain_text("Cleaning")
    await expect(card).to_have_attribute("data-ui-changed", re.compile("^changed "))
    await expect(board.locator("#say")).to_have_text("Bed 04: Cleaning.")


async def test_the_same_bytes_again_are_no_change(board: Page) -> None:
    await push(board, "06", bed("06"))
    assert await board.locator("#bed-b06").get_attribute("data-ui-changed") is None


async def test_many_changes_are_one_sentence(board: Page) -> None:
    for label in ("04", "16", "23"):
        await push(board, label, bed(label, overlay=None, status=samples.BedStatus.CLOSED))
    await expect(board.locator("#say")).to_have_text("2 changes on this list.")


async def test_a_new_bed_waits_and_a_departed_one_leaves_its_place(board: Page) -> None:
    before = await labels(board)
    await push_list(board, without="05", extra="b99")
    assert await labels(board) == before
    await expect(board.locator("#bed-b05")).to_have_text("No longer here")
    await expect(board.locator("#list-news")).to_contain_text("2 changes to the list")
    await board.get_by_role("button", name="Show", exact=True).click()
    assert await labels(board) == ["bed-b99", *(name for name in before if name != "bed-b05")]
    await expect(board.locator("#list-news")).to_be_hidden()


async def test_a_new_bed_still_waits_after_the_next_frame(board: Page) -> None:
    await push_list(board, extra="b99")
    await push_list(board, extra="b99")
    assert "bed-b99" not in await labels(board)
    await expect(board.locator("#list-news")).to_contain_text("1 change to the list")


async def test_a_filter_survives_frames_and_a_reload(board: Page) -> None:
    await board.get_by_role("button", name="3 Isolation").click()
    isolated = ["bed-b09", "bed-b21", "bed-b27"]
    assert await labels(board) == isolated
    await push_list(board)
    assert await labels(board) == isolated
    await expect(board.locator("#tile-isolation")).to_have_attribute("aria-pressed", "true")
    await board.reload()
    assert await labels(board) == isolated
    await expect(board.locator("#shown")).to_contain_text("Showing 3 of 30")
    await board.get_by_role("button", name="Show all").click()
    assert len(await labels(board)) == 30


async def test_risk_and_density_are_chosen_and_kept(screen: Page) -> None:
    await screen.goto("/board-rich.html")
    await screen.get_by_role("button", name="Risk").click()
    assert (await labels(screen))[:2] == ["bed-b12", "bed-b21"]
    await screen.get_by_role("button", name="List").click()
    await screen.reload()
    assert (await labels(screen))[:2] == ["bed-b12", "bed-b21"]
    assert await screen.evaluate("document.documentElement.dataset.density") == "list"


async def test_a_printed_board_that_hides_somebody_says_so(board: Page) -> None:
    await board.emulate_media(media="print")
    await expect(board.locator("#shown")).to_be_hidden()
    await board.emulate_media(media="screen")
    await board.locator("#tile-free").click()
    await board.emulate_media(media="print")
    await expect(board.locator("#shown")).to_contain_text(re.compile(r"Showing \d+ of 30"))
    await expect(board.locator("#shown")).to_be_visible()
    await expect(board.get_by_role("button", name="Cards")).to_be_hidden()


async def test_on_paper_no_flag_stays_behind_a_button(screen: Page) -> None:
    await screen.goto("/board-rich.html")
    await screen.set_viewport_size({"width": 690, "height": 980})  # what A4 leaves for it
    await screen.emulate_media(media="print")
    behind = screen.locator(".flags > [popover]")
    assert await behind.count()
    for card in await behind.all():
        assert await card.evaluate("one => one.checkVisibility() && one.offsetHeight < 100")
    for button in await screen.locator(".flags button").all():
        await expect(button).to_be_hidden()
    assert await screen.evaluate(OVERLAPS) == []


async def test_ages_are_drawn_from_instants(board: Page) -> None:
    await expect(board.locator("#bed-b16 time")).to_have_text("27min")
    await expect(board.locator("#bed-b01 .due time")).to_have_text("3h")
    await expect(board.locator("#bed-b30 .due time")).to_have_text("3d")


async def test_staleness_says_so_and_asks_to_look_again(board: Page) -> None:
    await board.evaluate(FRESHNESS, ["reconnecting", 6])
    await expect(board.locator("#pill")).to_contain_text("Reconnecting last confirmed ")
    await expect(board.locator("#stale")).to_be_hidden()
    await board.evaluate(FRESHNESS, ["stale", 180])
    await expect(board.locator("#stale")).to_contain_text("(3min ago)")
    await board.get_by_role("button", name="Mark ready").click()
    await expect(board.locator("#problem")).to_contain_text("Check it against the patient")
    await board.evaluate(FRESHNESS, ["live", 0])
    await expect(board.locator("#stale")).to_be_hidden()
    await expect(board.locator("#pill")).to_have_text("Live")


async def test_offline_nothing_can_be_recorded_even_on_what_comes_in(board: Page) -> None:
    button = board.locator("#bed-b16 button")
    await board.evaluate(FRESHNESS, ["offline", 30])
    await expect(button).to_be_disabled()
    await expect(board.locator("#stale")).to_contain_text(
        "No connection. Nothing you enter now can be saved."
    )
    await push(board, "16", bed("16", version=2))
    await expect(button).to_be_disabled()
    await board.evaluate(FRESHNESS, ["live", 0])
    await expect(button).to_be_enabled()


async def test_a_session_that_ended_leads_to_the_sign_in(board: Page) -> None:
    await board.evaluate(FRESHNESS, ["over", 0])
    await expect(board.get_by_role("link", name="Sign in again")).to_have_attribute(
        "href", "/login?next=%2Fboard.html"
    )
    await expect(board.locator("#bed-b01")).to_be_hidden()


async def test_the_sheet_opens_by_what_fills_it_and_gives_the_focus_back(board: Page) -> None:
    await board.route(
        "**/beds/b06/actions", lambda route: route.fulfill(body=pages.sheets()["transfer"])
    )
    await board.locator("#bed-b06-more").click()
    await expect(board.locator("#sheet")).to_be_visible()
    await board.keyboard.press("Escape")
    await expect(board.locator("#sheet")).to_be_hidden()
    await expect(board.locator("#bed-b06-more")).to_be_focused()


async def test_a_refusal_stands_in_the_sheet_and_keeps_what_was_typed(board: Page) -> None:
    forms = pages.sheets()
    await board.route("**/beds/b04/admit", lambda route: route.fulfill(body=forms["decline"]))
    await board.route(
        "**/moves/m1/decline",
        lambda route: route.fulfill(status=409, body=pages.pages()["sheet-problem"]),
    )
    await board.get_by_role("button", name="Admit to bed 04").click()
    await board.get_by_label("Reason").fill("No isolation room")
    await board.get_by_role("button", name="Decline OYELARAN, Tunde").click()
    await expect(board.locator("#sheet #problem")).to_contain_text("Bed 04 was taken at 14:02")
    await expect(board.locator("#problem")).to_be_focused()
    await expect(board.get_by_label("Reason")).to_have_value("No isolation room")
    for _ in range(20):
        await push_list(board)
    await expect(board.get_by_label("Reason")).to_have_value("No isolation room")


async def test_a_save_closes_the_sheet_and_says_when(board: Page) -> None:
    await board.route(
        "**/beds/b04/admit", lambda route: route.fulfill(body=pages.sheets()["decline"])
    )
    await board.route("**/moves/m1/decline", lambda route: route.fulfill(status=200, body=""))
    await board.get_by_role("button", name="Admit to bed 04").click()
    await board.get_by_label("Reason").fill("No isolation room")
    await board.get_by_role("button", name="Decline OYELARAN, Tunde").click()
    await expect(board.locator("#sheet")).to_be_hidden()
    await expect(board.locator("#toasts")).to_contain_text("Saved ")


async def test_no_answer_is_said_and_nothing_is_lost(board: Page) -> None:
    await board.route(
        "**/beds/b04/admit", lambda route: route.fulfill(body=pages.sheets()["decline"])
    )
    await board.route("**/moves/m1/decline", lambda route: route.abort())
    await board.get_by_role("button", name="Admit to bed 04").click()
    await board.get_by_label("Reason").fill("No isolation room")
    await board.get_by_role("button", name="Decline OYELARAN, Tunde").click()
    await expect(board.locator("#sheet #problem")).to_contain_text("Not saved.")
    await expect(board.get_by_label("Reason")).to_have_value("No isolation room")


async def test_a_refused_press_on_a_card_never_replaces_the_card(board: Page) -> None:
    await board.route(
        "**/beds/b16/status", lambda route: route.fulfill(status=409, body="<p>It changed.</p>")
    )
    await board.get_by_role("button", name="Mark ready").click()
    await expect(board.locator("#problem")).to_contain_text("It changed.")
    await expect(board.locator("#bed-b16")).to_contain_text("Cleaning")


async def test_the_palette_opens_by_key_and_is_walked_by_arrows(board: Page) -> None:
    await board.route(
        "**/search?q=*", lambda route: route.fulfill(body=pages.pages()["sheet-results"])
    )
    await board.keyboard.press("Control+k")
    await board.keyboard.insert_text("oyel")  # at once: it is asked for once
    await expect(board.locator("#results a").first).to_have_attribute("aria-current", "true")
    await board.keyboard.press("ArrowDown")
    await expect(board.locator("#results a").nth(1)).to_have_attribute("aria-current", "true")
    await board.keyboard.press("Enter")
    await board.wait_for_url("**/wards/w1/beds")


async def test_arrows_walk_the_cards_and_focus_outlives_a_push(board: Page) -> None:
    await board.locator("#bed-b01 h3 a").focus()
    await board.keyboard.press("ArrowRight")
    await expect(board.locator("#bed-b02 h3 a")).to_be_focused()
    await board.keyboard.press("ArrowDown")
    await expect(board.locator("#bed-b07 h3 a")).to_be_focused()
    await push(board, "07", bed("07", version=9))
    await push_list(board, extra="b99")
    await expect(board.locator("#bed-b07 h3 a")).to_be_focused()


async def test_the_keyboard_list_is_made_of_the_keys_that_work(board: Page) -> None:
    await board.locator("#user-menu summary").click()
    await board.get_by_role("button", name="Keyboard").click()
    await expect(board.locator("#sheet")).to_contain_text("Ctrl K")
    assert await board.locator("#sheet dt").count() >= 10


async def test_single_letters_do_nothing_until_they_are_turned_on(board: Page) -> None:
    await board.keyboard.press("?")
    await expect(board.locator("#sheet")).to_be_hidden()
    await board.evaluate("choose('letters', 'on')")
    await board.keyboard.press("?")
    await expect(board.locator("#sheet")).to_be_visible()


async def test_theme_and_text_size_are_kept(board: Page) -> None:
    await board.locator("#user-menu summary").click()
    await board.get_by_role("button", name="Dark").click()
    await board.get_by_role("button", name="130 %").click()
    await board.reload()
    html = await board.evaluate("({...document.documentElement.dataset})")
    assert (html["theme"], html["text"]) == ("dark", "130")


async def test_a_role_sees_only_the_buttons_it_may_press(board: Page) -> None:
    await board.evaluate("document.body.dataset.may = 'beds.view'")
    await expect(board.locator("#bed-b04 .btn")).to_be_hidden()
    await expect(board.locator("#bed-b06-more")).to_be_hidden()


async def test_offline_a_press_is_answered_in_words(board: Page) -> None:
    await board.evaluate(FRESHNESS, ["offline", 30])
    await board.get_by_role("button", name="Admit to bed 04").click()
    await expect(board.locator("#problem")).to_contain_text("No connection")


async def test_a_stale_wallboard_says_its_age_and_keeps_its_places(screen: Page) -> None:
    await screen.set_viewport_size({"width": 1920, "height": 1080})
    await screen.goto("/wall.html")
    counts = screen.locator("p.counts")
    before = await counts.bounding_box()
    await screen.evaluate(FRESHNESS, ["stale", 130])
    assert await counts.bounding_box() == before
    told = screen.locator("#wall-stale")
    await expect(told).to_contain_text("Not current for 2min")
    await expect(told).to_contain_text(re.compile(r"Last update \d\d:\d\d"))


@pytest.mark.parametrize("density", ["cards", "list", "bays"])
async def test_nothing_on_a_card_lies_over_something_else(board: Page, density: str) -> None:
    for width in (390, 820, 1440):
        await board.set_viewport_size({"width": width, "height": 900})
        await board.evaluate("density => choose('density', density)", density)
        assert await board.evaluate(OVERLAPS) == [], width


async def test_many_allergies_leave_the_name_its_room(screen: Page) -> None:
    await screen.goto("/summary.html")
    for width in (820, 1440):
        await screen.set_viewport_size({"width": width, "height": 900})
        name, banner = await screen.locator(".banner").evaluate(
            "banner => { banner.querySelector('.al').append(' peanut (vomiting),'.repeat(30));"
            " return [banner.querySelector('.id').offsetWidth, banner.offsetWidth]; }"
        )
        assert name > banner * 0.4, width


async def test_what_an_old_page_says_of_itself_is_not_under_the_banner(screen: Page) -> None:
    await screen.goto("/summary.html")
    await screen.evaluate(FRESHNESS, ["stale", 130])
    told = await screen.locator("#stale").bounding_box()
    banner = await screen.locator(".banner").bounding_box()
    assert told
    assert banner
    assert told["y"] + told["height"] <= banner["y"]
