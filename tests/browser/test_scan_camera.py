"""The camera: the reader reads codes off a film, says why it cannot, and goes off by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, Route, async_playwright, expect

from tests.browser.axe import found_by_axe, shape_of
from tests.browser.scans import GS, PACK, UNTIL, Keys, Place, film, opened, scans, serving
from tools.chromium import FLAGS, find

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRINTED = "(01)09506000134352(17)271231(10)A1B2(21)XYZ"
FAKE = ["--use-fake-device-for-media-stream"]
ALLOWED = [*FAKE, "--use-fake-ui-for-media-stream"]
RUNS = "streams.flatMap(one => one.getTracks()).filter(one => one.readyState === 'live').length"
DEVICE = f"""window.BarcodeDetector = class {{
  static async getSupportedFormats() {{ return ['code_128', 'data_matrix', 'qr_code']; }}
  async detect() {{ return [{{ rawValue: '{PACK.replace(GS, "")}', format: 'data_matrix' }}]; }}
}};"""


@pytest_asyncio.fixture(loop_scope="session")
async def place() -> AsyncIterator[Place]:
    async with serving() as place:
        yield place


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def play() -> AsyncIterator[Playwright]:
    async with async_playwright() as play:
        yield play


@asynccontextmanager
async def filming(
    play: Playwright, place: Place, flags: list[str], path: str = "/", init: str = ""
) -> AsyncIterator[Page]:
    """Open the page in a browser of its own, whose camera shows a film."""
    browser = await play.chromium.launch(executable_path=find(), args=[*FLAGS, *flags])
    try:
        async with opened(browser, place, path, init) as page:
            yield page
    finally:
        await browser.close()


def showing(film: Path) -> list[str]:
    return [*ALLOWED, f"--use-file-for-fake-video-capture={film}"]


async def without_camera(route: Route) -> None:
    """Answer with the page itself, forbidden to use a camera as a house or a person may do."""
    answer = await route.fetch()
    await route.fulfill(
        response=answer, headers=answer.headers | {"permissions-policy": "camera=()"}
    )


async def camera_on(page: Page, step: int = 1) -> None:
    await page.evaluate(
        f"htmx.ajax('GET', '/step/{step}', {{ target: '#sheet', swap: 'innerHTML' }})"
    )
    await expect(page.locator("#sheet h2")).to_have_text(f"Step {step}")
    await page.focus("[data-camera]")
    await page.keyboard.press("Enter")


async def test_the_camera_reads_a_pack_with_its_separators(
    play: Playwright, place: Place, tmp_path: Path
) -> None:
    async with filming(play, place, showing(film(tmp_path / "pack.y4m", PRINTED))) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.removeprefix(place.url)))
        await camera_on(page, 3)
        await expect(page.locator("#f-code")).to_have_value(PACK)
        assert await scans(page) == [[PACK, "camera"]]
        await expect(page.locator("#sheet [name=by]")).to_have_value("camera")
        await expect(page.locator(".cam")).to_have_count(0)
        assert await page.evaluate(RUNS) == 0
        fetched = [url.partition("?")[0] for url in asked]
        assert fetched.count("/static/vendor/barcode-detector/zxing_reader.wasm") == 1
        assert all(url.startswith("/") for url in asked)


async def test_the_reader_is_not_fetched_before_the_camera_is_opened(
    browser: Browser, place: Place
) -> None:
    async with opened(browser, place) as page:
        await (await Keys.of(page)).type("WB000123\n")
        await expect(page.locator("#sheet h2")).to_have_text("Step 1")
        names = await page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
        assert not [name for name in names if "vendor/barcode" in name or "camera.js" in name]


async def test_the_camera_goes_on_with_the_next_step_and_does_not_read_the_same_code_again(
    play: Playwright, place: Place, tmp_path: Path
) -> None:
    band = film(tmp_path / "band.y4m", "WB000123", gs1=False, kind="Code128", scale=3)
    async with filming(play, place, showing(band)) as page:
        await camera_on(page)
        await expect(page.locator("#sheet h2")).to_have_text("Step 2")
        await expect(page.locator(".cam p")).to_have_text("Hold one code in the picture.")
        await page.wait_for_timeout(1000)
        assert place.took == [("/step/1", "WB000123", "camera")]


async def test_two_codes_in_the_picture_are_never_chosen_from(
    play: Playwright, place: Place, tmp_path: Path
) -> None:
    other = PRINTED.replace("XYZ", "XYA")
    both = film(tmp_path / "both.y4m", other, PRINTED, scale=4)
    async with filming(play, place, showing(both)) as page:
        await camera_on(page)
        await expect(page.locator(".cam p")).to_contain_text("more than one code")
        assert place.took == []


async def test_what_the_device_reads_without_separators_is_not_believed(
    play: Playwright, place: Place, tmp_path: Path
) -> None:
    flags = showing(film(tmp_path / "pack.y4m", PRINTED))
    async with filming(play, place, flags, init=DEVICE) as page:
        await camera_on(page, 3)
        await expect(page.locator("#f-code")).to_have_value(PACK)


async def test_a_camera_that_is_not_allowed_says_what_to_do_instead(
    play: Playwright, place: Place
) -> None:
    async with filming(play, place, ALLOWED) as page:
        await page.route(f"{place.url}/", without_camera)
        await page.reload()
        await page.keyboard.press("Shift")
        await page.evaluate(UNTIL % "window.wardScan && window.ward.pressed")
        await camera_on(page)
        await expect(page.locator(".cam p")).to_have_text(
            "The camera is not allowed. Type the code or use a scanner."
        )


async def test_a_device_without_a_camera_says_so(play: Playwright, place: Place) -> None:
    async with filming(play, place, ["--use-fake-ui-for-media-stream"]) as page:
        await camera_on(page)
        await expect(page.locator(".cam p")).to_have_text(
            "There is no camera. Type the code or use a scanner."
        )


async def test_a_reader_that_does_not_come_is_said_and_asked_for_again(
    play: Playwright, place: Place, tmp_path: Path
) -> None:
    reader, button = "**/zxing_reader.wasm*", "[data-camera]"
    async with filming(play, place, showing(film(tmp_path / "pack.y4m", PRINTED))) as page:
        await page.route(reader, lambda route: route.abort())
        await camera_on(page, 3)
        await expect(page.locator(".cam p")).to_have_text(
            "The camera cannot read codes here. Type the code or use a scanner."
        )
        await page.evaluate(UNTIL % f"{RUNS} === 0")
        await page.unroute(reader)
        await page.click(button)
        await page.click(button)
        await expect(page.locator("#f-code")).to_have_value(PACK)


async def test_a_page_that_does_not_scan_cannot_open_the_camera(
    play: Playwright, place: Place
) -> None:
    async with filming(play, place, ALLOWED, "/strict") as page:
        await camera_on(page)
        await expect(page.locator(".cam p")).to_contain_text("The camera is not allowed.")


async def test_the_camera_closes_by_key_by_button_with_the_sheet_and_when_nobody_looks(
    play: Playwright, place: Place
) -> None:
    hide = """Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange')); delete document.hidden;"""
    async with filming(play, place, ALLOWED) as page:
        await camera_on(page)
        button, panel = page.locator("[data-camera]"), page.locator(".cam")
        for way in ("Escape", "button", "hidden", "sheet"):
            await expect(panel.locator("p")).to_have_text("Hold one code in the picture.")
            await expect(button).to_have_attribute("aria-expanded", "true")
            assert await page.evaluate(RUNS) == 1
            match way:
                case "Escape":
                    await page.keyboard.press("Escape")
                case "button":
                    await panel.locator("button").focus()
                    await page.keyboard.press("Enter")
                    await expect(button).to_be_focused()
                case "hidden":
                    await page.evaluate(hide)
                case "sheet":
                    await page.evaluate("document.getElementById('sheet').close()")
            await expect(panel).to_have_count(0)
            await page.evaluate(UNTIL % f"{RUNS} === 0")
            if way != "sheet":
                await expect(page.locator("#sheet")).to_be_visible()
                await expect(button).to_have_attribute("aria-expanded", "false")
                await button.click()


@pytest.mark.parametrize("size", [(390, 844), (1180, 820)])
async def test_the_field_and_the_open_camera_suit_everybody(
    play: Playwright, place: Place, size: tuple[int, int]
) -> None:
    async with filming(play, place, ALLOWED) as page:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await camera_on(page)
        await expect(page.locator(".cam p")).to_have_text("Hold one code in the picture.")
        assert await found_by_axe(page) == []
        assert await shape_of(page) == {"small": [], "wide": False}
