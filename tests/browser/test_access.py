"""Everyone can use it: axe finds nothing, targets are large enough, nothing overflows."""

import pytest
from playwright.async_api import Browser, Page

from tests.browser import gallery, pages
from tests.browser.axe import found_by_axe, shape_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGES = sorted(pages.pages())


async def opened(browser: Browser, samples: str, name: str, size: str, theme: str) -> Page:
    width, height = gallery.SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height})
    await context.add_init_script(f"localStorage.setItem('ward.theme', '{theme}')")
    page = await context.new_page()
    await gallery.visit(page, samples, name)
    return page


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("tablet", "dark")])
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing(
    browser: Browser, samples: str, name: str, size: str, theme: str
) -> None:
    page = await opened(browser, samples, name, size, theme)
    said = await found_by_axe(page)
    shape = await shape_of(page)
    await page.context.close()
    assert said == []
    assert shape == {"small": [], "wide": False}


async def test_nothing_is_cut_at_320_pixels(browser: Browser, samples: str) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    for name in ("board", "summary", "login", "wards", "sheet-admit", "sheet-discharge"):
        await gallery.visit(page, samples, name)
        assert not (await shape_of(page))["wide"], name
    await context.close()
