"""Live.js: a real page in Chromium on a real node: typing survives, silence is shown, all heals."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from tests.realtime import toy
from tests.realtime.app import App, listening, served
from tests.realtime.browser import PATIENCE, until
from tests.realtime.toy import LAMPS
from tests.settling import crowding
from tools.chromium import find

pytestmark = pytest.mark.browser
CHROMIUM = find()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(chromium) -> Page:
    """A page that may not log an error: a content security policy is broken loudly."""
    page = await chromium.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.wrong.append(said.text) if "Policy" in said.text else None)
    yield page
    assert page.wrong == []


@pytest.fixture
async def app(engine):
    return App(engine)


@pytest.fixture
async def site(app) -> AsyncIterator[str]:
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}/"


async def turn(app: App, lamp: int, label: str, secret: str = "") -> int:
    revs = await toy.turn(app.engine, lamp, label, secret)
    for topic, rev in revs.items():
        app.bus.publish(topic, rev)
    return revs[str(LAMPS)]


async def shows(page: Page, what: str, seconds: float = PATIENCE) -> None:
    await page.wait_for_function(f"() => {what}", timeout=seconds * 1000)


def text(lamp: int, label: str) -> str:
    return f"document.querySelector('#lamp-{lamp} b')?.textContent === '{label}'"


REV = "Number(document.querySelector('[data-topic]').dataset.rev)"
STATE = "document.documentElement.dataset.live"
LIVE = f"{STATE} === 'live'"


async def opened(page: Page, site: str) -> None:
    await page.goto(site)
    await shows(page, LIVE)


@pytest.mark.parametrize("late", ["hx-ws.min.js", "gate.js", "live.js"])
async def test_a_script_that_comes_late_leaves_no_page_without_a_socket(app, site, page, late):
    async def hold(route: Route) -> None:
        await asyncio.sleep(0.5)  # htmx begins meanwhile
        await route.continue_()

    await page.route(f"**/{late}", hold)
    await page.goto(site)
    await until(lambda: app.hub.stations)
    (station,) = app.hub.stations
    await until(lambda: station.watching)
    await turn(app, 3, "on")
    await shows(page, text(3, "on"))
    assert app.hub.stations == {station}


async def test_a_change_is_applied_and_the_page_is_live(app, site, page):
    await opened(page, site)
    assert await page.evaluate("wardLive.applied.length") == 0  # the page's own state was enough
    rev = await turn(app, 3, "<b>&\"'")
    await shows(page, f"{REV} === {rev}")
    assert await page.text_content("#lamp-3 b") == "<b>&\"'"
    rev = await turn(app, 11, "new")
    await shows(page, text(11, "new"))
    assert await page.evaluate("document.querySelectorAll('li').length") == 11
    assert await page.evaluate("wardLive.applied.map((one) => one.rev)") == [1, 2]
    confirmed = "Number(document.documentElement.dataset.confirmed)"
    await shows(page, f"Math.abs(Date.now() - {confirmed}) < 3500")


async def test_typing_in_a_dialog_survives_twenty_pushes(app, site, page):
    await opened(page, site)
    await page.evaluate("document.getElementById('sheet').showModal()")
    await page.focus("#typed")
    for number in range(20):
        await page.keyboard.type("abcdefghijklmnopqrst"[number])
        rev = await turn(app, 1 + number % 12, f"push {number}")
        await shows(page, f"{REV} === {rev}")
    assert await page.input_value("#typed") == "abcdefghijklmnopqrst"
    assert await page.evaluate("document.activeElement.id") == "typed"
    assert await page.evaluate("document.getElementById('sheet').open")


async def test_a_late_answer_does_not_hide_a_colleagues_newer_change(app, site, page):
    await opened(page, site)
    await page.evaluate("turn.insertAdjacentHTML('beforeend', '<input name=hold value=1>')")
    await page.click("#post")
    await shows(page, text(1, "posted"))
    await turn(app, 1, "colleague")
    await shows(page, text(1, "colleague"))
    await shows(page, "!document.querySelector('.htmx-request')")  # the answer has come
    await asyncio.sleep(0.3)
    assert await page.text_content("#lamp-1 b") == "colleague"


async def test_an_answer_does_not_advance_and_what_changed_back_is_found(app, site, page):
    await opened(page, site)
    poke, app.bus._poked = app.bus._poked, lambda _topic, _rev: None
    app.lamps.broken = {"revisions"}
    await page.click("#post")
    await shows(page, text(1, "posted"))
    assert await page.evaluate(REV) == 0
    await toy.turn(app.engine, 1, "off")
    app.bus._poked, app.lamps.broken = poke, set()
    await turn(app, 2, "on")
    await shows(page, f"{text(2, 'on')} && {text(1, 'off')}")


async def test_a_missing_element_asks_for_the_whole(app, site, page):
    await opened(page, site)
    await page.evaluate("document.getElementById('lamp-4').remove()")
    await turn(app, 4, "on")
    await shows(page, text(4, "on"))
    assert await page.evaluate("document.querySelectorAll('li').length") == 10


async def test_a_swap_that_throws_asks_for_the_whole(app, site, page):
    await opened(page, site)
    await page.evaluate(
        """() => {
          const once = document.getElementById('lamp-4');
          once.isEqualNode = () => { throw new Error('thrown') };
          setTimeout(() => delete once.isEqualNode, 300);
        }"""
    )
    rev = await turn(app, 4, "on")
    await shows(page, f"{text(4, 'on')} && {REV} === {rev}")


async def test_a_silent_path_is_shown_within_five_seconds_and_heals(app, site, page):
    async with cable(site) as (through, silent):
        await opened(page, through)
        silent.append(True)
        await turn(app, 1, "unseen")
        await shows(page, f"{STATE} === 'reconnecting'", 6 * crowding())
        assert await page.text_content("#lamp-1 b") == "off"
        silent.clear()
        await shows(page, f"{text(1, 'unseen')} && {LIVE}")


@asynccontextmanager
async def cable(site: str) -> AsyncIterator[tuple[str, list[bool]]]:
    """A way to the site whose connections can all fall silent without closing."""
    silent: list[bool] = []
    tasks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lost = False
        try:
            while said := await reader.read(65_536):
                lost = lost or bool(silent)  # what was cut stays cut
                if not lost:
                    writer.write(said)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", int(site.rsplit(":", 1)[1].strip("/")))
        tasks.update(
            {
                asyncio.create_task(carry(reader, there[1])),
                asyncio.create_task(carry(there[0], writer)),
            }
        )

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", silent
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_without_a_network_the_page_says_offline_and_returns(app, site, page):
    await opened(page, site)
    await page.context.set_offline(True)
    await shows(page, f"{STATE} === 'offline'")
    await page.context.set_offline(False)
    await shows(page, LIVE)


async def test_hidden_for_long_it_closes_and_on_return_is_current(app, site, page):
    await page.add_init_script("""
        const later = setTimeout;
        window.setTimeout = (act, ms, ...more) => later(act, ms === 60000 ? 300 : ms, ...more);
        let hidden = false;
        Object.defineProperty(document, 'hidden', {get: () => hidden});
        window.hide = (value) => {
          hidden = value;
          document.dispatchEvent(new Event('visibilitychange'));
        };
    """)
    await opened(page, site)
    await page.evaluate("hide(true)")
    await until(lambda: not app.hub.stations)
    await turn(app, 1, "meanwhile")
    assert await page.evaluate(f"hide(false), {STATE}") == "stale"
    await shows(page, f"{text(1, 'meanwhile')} && {LIVE}")
    await page.goto(site + "?stay")
    await shows(page, LIVE)
    await until(lambda: len(app.hub.stations) == 1)  # that of the page before has gone
    await page.evaluate("hide(true)")
    await asyncio.sleep(0.8)
    assert len(app.hub.stations) == 1


async def test_when_the_session_is_over_the_regions_are_blank(app, site, page):
    await opened(page, site)
    await page.request.post(site + "person", data={"lost": ["signed out", 4401]})
    await shows(page, f"{STATE} === 'over'")
    assert await page.inner_html("[data-topic]") == ""
    await asyncio.sleep(2.5)
    assert not app.hub.stations


async def test_when_rights_change_the_page_shows_what_the_new_ones_allow(app, site, page):
    await turn(app, 1, "on", "diagnosis")
    await opened(page, site)
    assert "diagnosis" in await page.inner_html("[data-topic]")
    await page.request.post(site + "person", data={"view": "wall"})
    await shows(page, "document.querySelector('[data-topic]').dataset.view === 'wall'")
    assert "diagnosis" not in await page.inner_html("[data-topic]")
    await page.request.post(site + "person", data={"lost": ["rights changed", 4403]})
    await shows(page, "document.querySelector('[data-topic]').innerHTML === ''")
    await page.request.post(site + "person", data={"lost": None})
    await shows(page, f"{text(1, 'on')} && {LIVE}")


async def test_a_view_that_is_gone_is_blank_and_the_socket_stays(app, site, page):
    await opened(page, site)
    await page.request.post(site + "person", data={"lost": ["forbidden"]})
    await shows(page, "document.querySelector('[data-topic]').dataset.gone === 'forbidden'")
    assert await page.inner_html("[data-topic]") == ""
    assert len(app.hub.stations) == 1


async def test_without_a_socket_it_polls_through_the_same_gate(app, site, page):
    app.refuse_sockets = True
    await page.add_init_script("""
        const real = performance.now.bind(performance);
        performance.now = () => real() * 5;
        Date.now = () => Math.round(performance.timeOrigin + real() * 5);
    """)
    await page.goto(site)
    await turn(app, 1, "polled")
    await shows(page, text(1, "polled"))
    rev = await turn(app, 2, "again")
    await shows(page, f"{REV} === {rev}")


async def test_a_page_from_the_back_cache_comes_back_to_life(app, site, page):
    await opened(page, site)
    await page.evaluate(
        "window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))"
    )
    await until(lambda: not app.hub.stations)
    await turn(app, 1, "meanwhile")
    shown = "window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    assert await page.evaluate(f"{shown}, {STATE}") == "stale"
    await shows(page, f"{text(1, 'meanwhile')} && {LIVE}")


async def test_a_clock_that_jumps_makes_the_page_doubt(app, site, page):
    await opened(page, site)
    listen = "document.addEventListener('ward:freshness', (event) => seen.push(event.detail.state))"
    await page.evaluate(f"window.seen = []; {listen}")
    await page.evaluate("{ const real = Date.now; Date.now = () => real() + 60000; }")
    await shows(page, "seen.includes('stale')")
    await shows(page, LIVE)


async def test_a_restarted_server_is_found_within_five_seconds(engine, url, page):
    with listening() as probe:
        port = probe.getsockname()[1]

    def start() -> subprocess.Popen[bytes]:
        root = Path(__file__).parents[2]
        argv = [sys.executable, "-m", "tests.realtime.app", str(port), url, ""]
        return subprocess.Popen(argv, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})

    server = start()
    try:
        await patiently(lambda: opened(page, f"http://127.0.0.1:{port}/"))
        server.send_signal(signal.SIGKILL)
        server.wait()
        rev = (await toy.turn(engine, 1, "while it was down"))[str(LAMPS)]
        await asyncio.sleep(1)
        server = start()
        await patiently(lambda: answers(port))
        await shows(
            page, f"{text(1, 'while it was down')} && {REV} === {rev} && {LIVE}", 6 * crowding()
        )
    finally:
        server.terminate()
        server.wait()


async def answers(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


async def patiently(act: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                await act()
            except Exception:  # noqa: BLE001 - it is still starting
                await asyncio.sleep(0.05)
            else:
                return
