"""Latency: from a press on one station to the changed page of another, in a real browser."""

import asyncio
import re
from uuid import UUID

from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import select

from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, serving
from bench.patients import BENCH
from domain.access import Permission
from tools.chromium import FLAGS, find
from ward.adt.models import Stay
from ward.dev.cast import PASSWORD
from ward.node import open_node
from ward.work import work_as

CHANGES = 200
SLOW = 1.0  # seconds after which a change is told by itself, with what it was waiting for

_SHEET = "async (path) => (await fetch(path, { headers: { 'HX-Request': 'true' } })).text()"
_POST = """
async ([path, version, home_on]) => {
    const body = new URLSearchParams({ version, home_on, idempotency_key: crypto.randomUUID() });
    const begun = performance.timeOrigin + performance.now();
    const answer = await fetch(path, {
        method: "POST", body, headers: { "HX-Request": "true" },
    });
    const text = await answer.text();
    return [begun, answer.status, text, performance.timeOrigin + performance.now()];
}
"""


def measure(place: Hospital) -> list[Figure]:
    """Change a day of going home at one station, and see another's card follow."""
    with serving(place) as node:
        samples = asyncio.run(_measure(place, node))
    bar = "p50 <= 50 ms, p99 <= 250 ms"
    seen, answered = zip(*samples, strict=True)
    return [
        Figure("post on one station to applied in the DOM of another", spread(seen), bar),
        Figure("of it until the answer to the post", spread(answered)),
    ]


async def _measure(place: Hospital, node: Serving) -> list[tuple[float, float]]:
    encounters = await _encounters(place)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
        here = await _station(browser, node, "charge")
        there = await _station(browser, node, "nurse")
        samples = [await _one(here, there, encounters, number) for number in range(CHANGES)]
        await browser.close()
    return samples


async def _encounters(place: Hospital) -> list[UUID]:
    node = await open_node(place.settings)
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(Stay.ward_id == place.ward_id, Stay.ended_at.is_(None))
        found = [stay.encounter_id for stay in await work.every(lying, Permission.VIEW_STAYS)]
    await node.close()
    return found


async def _station(browser: Browser, node: Serving, username: str) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{node.url}/login")
    await page.fill("#username", username)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/beds")
    await _until(page, "document.documentElement.dataset.live === 'live'")
    return page


async def _until(page: Page, condition: str) -> None:
    """Wait inside the page (its policy forbids the library's own way, which is eval)."""
    await page.evaluate(
        f"new Promise((done) => {{ const ask = () => {condition} ? done() : setTimeout(ask, 4);"
        " ask(); })"
    )


async def _one(here: Page, there: Page, encounters: list[UUID], number: int) -> tuple[float, float]:
    """Change one patient's day; give the seconds until the other page shows it, and of the post."""
    path = f"/stays/{encounters[number % len(encounters)]}/home"
    sheet = await here.evaluate(_SHEET, path)
    version = re.search(r'name="version" value="(\d+)"', sheet)
    assert version is not None, sheet[:300]
    before = await there.evaluate("wardLive.applied.length")
    day = f"2030-01-{1 + number % 28:02}"
    begun, status, text, answered = await here.evaluate(_POST, [path, version[1], day])
    assert status == 200, text[:300]
    await _until(there, f"wardLive.applied.length > {before}")
    at = await there.evaluate(f"performance.timeOrigin + wardLive.applied[{before}].at")
    seen, post = (float(at) - float(begun)) / 1000, (float(answered) - float(begun)) / 1000
    if seen > SLOW:
        why = await there.evaluate("[wardLive.state, wardLive.link?.socket?.readyState]")
        print(f"change {number}: {seen:.2f} s, of it {post:.2f} s the post; then {why}", flush=True)
    return seen, post
