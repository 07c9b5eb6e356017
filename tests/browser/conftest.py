"""One Chromium a run, the gallery written once, a fresh page for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import gallery


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = Path(gallery.CHROMIUM).exists()
        path = gallery.CHROMIUM if found else None
        chromium = play.chromium.launch(executable_path=path, args=gallery.FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address at which the sample pages are served, under the product's content policy."""
    folder = tmp_path_factory.mktemp("gallery")
    gallery.write(folder)
    with gallery.serve(folder) as address:
        yield address


@pytest.fixture
def screen(browser: Browser, samples: str) -> Iterator[Page]:
    """A desk-sized page that keeps what the content policy refused and what scripts threw."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=samples)
    page = context.new_page()
    page.add_init_script(
        "window.refused = [];"
        "addEventListener('securitypolicyviolation', e => refused.push(e.blockedURI))"
    )
    page.thrown = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.thrown.append(str(error)))  # type: ignore[attr-defined]
    yield page
    assert page.thrown == []  # type: ignore[attr-defined]
    context.close()
