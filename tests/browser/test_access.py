"""Everyone can use it: axe finds nothing, targets are large enough, nothing overflows."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import gallery, pages

PAGES = sorted(pages.pages())
SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => e.checkVisibility() && e.type !== 'hidden')
  .filter(e => !e.closest('.vh, [inert], p, small, h3, .skip, .lnk'))
  .map(e => [e.outerHTML.slice(0, 90), (e.closest('label') || e).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""


def opened(browser: Browser, samples: str, name: str, size: str, theme: str) -> Page:
    width, height = gallery.SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(f"localStorage.setItem('ward.theme', '{theme}')")
    page = context.new_page()
    gallery.visit(page, samples, name)
    return page


@pytest.mark.parametrize(
    ("size", "theme"), [("phone", "light"), ("tablet", "dark"), ("desk", "light")]
)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(
    browser: Browser, samples: str, name: str, size: str, theme: str
) -> None:
    page = opened(browser, samples, name, size, theme)
    found = Axe().run(page)
    said = [
        (
            rule["id"],
            [node["target"] for node in rule["nodes"]][:3],
            rule["nodes"][0].get("failureSummary", ""),
        )
        for rule in found.response["violations"]
    ]
    small = page.evaluate(SMALL)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.context.close()
    assert said == []
    assert small == []
    assert not wide


def test_nothing_is_cut_at_320_pixels(browser: Browser, samples: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    for name in ("board", "summary", "login", "wards", "sheet-admit", "sheet-discharge"):
        gallery.visit(page, samples, name)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
    context.close()
