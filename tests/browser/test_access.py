"""Everyone can use it: axe finds nothing, targets are large enough, nothing overflows."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser import gallery, pages
from tests.browser.axe import found_by_axe, shape_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGES = sorted(pages.pages())


LOOKS = [("phone", "light"), ("tablet", "dark")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def looks(browser: Browser) -> AsyncIterator[dict[tuple[str, str], Page]]:
    """A page of each size and theme, which one sample after the other is opened on."""
    opened: dict[tuple[str, str], Page] = {}
    for size, theme in LOOKS:
        width, height = gallery.SIZES[size]
        context = await browser.new_context(viewport={"width": width, "height": height})
        await context.add_init_script(f"localStorage.setItem('ward.theme', '{theme}')")
        opened[size, theme] = await context.new_page()
    yield opened
    for page in opened.values():
        await page.context.close()


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing(
    looks: dict[tuple[str, str], Page], samples: str, name: str, look: tuple[str, str]
) -> None:
    page = looks[look]
    await gallery.visit(page, samples, name)
    assert await found_by_axe(page) == []
    assert await shape_of(page) == {"small": [], "wide": False}


async def test_nothing_is_cut_at_320_pixels(browser: Browser, samples: str) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    for name in ("board", "summary", "login", "wards", "sheet-admit", "sheet-discharge"):
        await gallery.visit(page, samples, name)
        assert not (await shape_of(page))["wide"], name
    await context.close()
