"""One Chromium a run, one loop for all that drive it; a hospital of its own for each test.

The browser, the node under test and the test share the run's loop: mark such a file with
`pytestmark = pytest.mark.asyncio(loop_scope="session")`. A failed test leaves a picture of each of
its screens in test-results/.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from tests.browser import gallery
from tests.browser.desk import SIZES, WATCH, Desk, enter
from tests.databases import clone, drop
from tests.stations import Running, running, settings_for, stage
from tools.chromium import FLAGS, find
from ward.config import ROOT
from ward.dev.admissions import admit_cast
from ward.dev.embedded import Stores

SHOTS = ROOT / "test-results"
expect.set_options(timeout=30_000)  # five browsers at once may share two cores
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember which test failed, so that its screens are photographed before they close."""
    report = yield
    if report.when == "call" and report.failed:  # type: ignore[attr-defined]
        item.stash[FAILED] = True
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=find(), args=FLAGS)
        yield chromium
        await chromium.close()


# ------------------------------------------------------------------------------- sample pages


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address at which the sample pages are served, under the product's content policy."""
    folder = tmp_path_factory.mktemp("gallery")
    gallery.write(folder)
    with gallery.serve(folder) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def screen(
    browser: Browser, samples: str, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A desk-sized page that keeps what the content policy refused and what scripts threw."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, base_url=samples)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    await _photograph(request, [("screen", page)])
    await context.close()
    assert thrown == []


# ------------------------------------------------------------------------- the real hospital


@pytest.fixture(scope="session")
def filled(stores: Stores, template: str) -> str:
    """The name of a database in which the cast lies in its beds; copy it, do not open it."""
    return stage(stores, template, admit_cast)


Begin = Callable[[], AbstractAsyncContextManager[Running]]


@asynccontextmanager
async def serving(stores: Stores, template: str) -> AsyncIterator[Begin]:
    """Copy a hospital; each call of what this gives begins a node of it."""
    database = await clone(stores.database_url, stores.owner_url, template)
    try:
        yield lambda: running(settings_for(database, stores))
    finally:
        await drop(stores.owner_url, database.name)


@pytest_asyncio.fixture(loop_scope="session")
async def hospital(stores: Stores, filled: str) -> AsyncIterator[Running]:
    """A node that serves the cast in its beds, for this test alone."""
    async with serving(stores, filled) as begin, begin() as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(stores: Stores, filled: str) -> AsyncIterator[Running]:
    """The same for the tests of one file, which only look."""
    async with serving(stores, filled) as begin, begin() as node:
        yield node


Seat = Callable[..., Awaitable[Desk]]


@pytest_asyncio.fixture(loop_scope="session")
async def seat(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Seat]:
    """Seat somebody at a screen: seat(url, "nurse", "phone"); the name may be None."""
    desks: list[Desk] = []
    async with AsyncExitStack() as stack:

        async def sit(
            url: str, username: str | None, size: str = "desk", theme: str = "light"
        ) -> Desk:
            width, height = SIZES[size]
            touch = size != "desk"
            context = await browser.new_context(
                viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch
            )
            stack.push_async_callback(context.close)
            await context.add_init_script(f"localStorage.setItem('ward.theme', '{theme}')")
            await context.add_init_script(WATCH)
            context.set_default_timeout(40_000)
            desk = Desk(context, await context.new_page(), url, username or "", touch)
            desks.append(desk)
            if username:
                await enter(desk)
            return desk

        yield sit
        pages = [(f"{n}-{desk.username}", desk.page) for n, desk in enumerate(desks)]
        await _photograph(request, pages)
        if FAILED not in request.node.stash:
            for desk in desks:
                await desk.fine()


async def _photograph(request: pytest.FixtureRequest, pages: list[tuple[str, Page]]) -> None:
    if FAILED not in request.node.stash:
        return
    SHOTS.mkdir(exist_ok=True)
    for name, page in pages:
        path: Path = SHOTS / f"{request.node.name.replace('/', '_')}-{name}.png"
        try:
            await page.screenshot(path=path, timeout=3000)
        except Error as error:  # a page that crashed has no picture
            print(f"no picture of {name}: {error}")
