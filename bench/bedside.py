"""Bedside: from the nurse's form to other screens, the chart, the due clock, a full console.

The browsers are here; `bench.chart`, `bench.due` and `bench.console` measure the server alone.
"""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import select, text

from bench import chart, console, due
from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, serving
from bench.patients import BENCH
from bench.writer import writing
from domain.access import Permission
from domain.alerts import Cause
from domain.duty import DutyRole
from tools.chromium import FLAGS, find
from ward import clock
from ward.adt.models import Stay
from ward.alerts.sound import sound
from ward.dev.cast import PASSWORD
from ward.duty.service import begin
from ward.node import Node
from ward.security.models import User
from ward.work import work_as

ROUNDS = 4  # of observations of each of the 30 patients
CALLS = 30  # alerts, one for each of them
DAYS = 4  # in bed, so that three days of observations fall into the stay
DESK, PHONE = (1440, 900), (390, 844)
WELL = {"resp_rate": "16", "spo2": "98", "sbp": "122", "dbp": "78", "temp": "36.8", "o2": "air",
        "consciousness": "A"}  # fmt: skip
PULSES = ("72", "95")  # scores 0 and 1, by turns

_LIVE = "wardLive.state === 'live' && [...document.querySelectorAll('[data-topic]')].every(one => one.dataset.rev)"  # noqa: E501
_SEEN = """
window.benchSeen = (holds) => new Promise((done) => {
    const look = () => {
        if (!holds()) return false;
        eye.disconnect();
        done(performance.timeOrigin + performance.now());
        return true;
    };
    const eye = new MutationObserver(look);
    eye.observe(document.documentElement, {
        subtree: true, childList: true, characterData: true, attributes: true,
    });
    look();
});
window.benchCard = (patient) =>
    document.querySelector(`#beds > [data-patient="${patient}"] .news b`)?.textContent.trim();
window.benchShown = (id) => Boolean(document.getElementById(id)?.getClientRects().length);
"""
_SHEET = "async (path) => (await fetch(path, { headers: { 'HX-Request': 'true' } })).text()"
_POST = """
async ([path, fields]) => {
    const body = new URLSearchParams({ ...fields, idempotency_key: crypto.randomUUID() });
    const begun = performance.timeOrigin + performance.now();
    const answer = await fetch(path, {
        method: "POST", body, headers: { "HX-Request": "true" },
    });
    const text = await answer.text();
    return [begun, answer.status, text, performance.timeOrigin + performance.now()];
}
"""
_OPEN = "(id) => document.getElementById(id).click()"
_PRESS = """
() => {
    const begun = performance.timeOrigin + performance.now();
    document.querySelector("#sheet footer [type=submit]").click();
    return begun;
}
"""


def measure(place: Hospital) -> list[Figure]:
    """Measure everything that observations and alerts promise."""
    with serving(place) as node:
        figures = asyncio.run(_in_browsers(place, node))
        figures += asyncio.run(chart.measure(place, node))
    return [*figures, *due.measure(place), *console.measure(place)]


async def _in_browsers(place: Hospital, node: Serving) -> list[Figure]:
    async with async_playwright() as playwright, writing(place) as writer:
        browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
        patients = await _patients(writer, place.ward_id)
        try:
            observed = await _observe(browser, node, patients)
            taken = await _take(browser, node, writer, place.ward_id, patients[:CALLS])
        finally:
            await browser.close()
    seen, answered = zip(*observed, strict=True)
    gone, accepted = zip(*taken, strict=True)
    return [
        Figure("observation posted to its score in the DOM of another board", spread(seen),
               "p99 <= 250 ms"),
        Figure("of it until the answer to the post", spread(answered)),
        Figure("accept pressed on one phone to gone from Mine of another", spread(gone),
               "max <= 1 s"),
        Figure("of it until the sheet of the first has closed", spread(accepted)),
    ]  # fmt: skip


async def _patients(node: Node, ward_id: UUID) -> list[UUID]:
    """Find who lies on the ward; from now on they have lain there for days."""
    async with node.aside.begin() as connection:
        await connection.execute(
            text(
                "UPDATE encounter SET admitted_at = admitted_at - make_interval(days => :days)"
                " WHERE ward_id = :ward"
            ),
            {"days": DAYS, "ward": ward_id},
        )
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(Stay.ward_id == ward_id, Stay.ended_at.is_(None))
        return [stay.patient_id for stay in await work.every(lying, Permission.VIEW_STAYS)]


# ------------------------------------------------------------------------------- observations


async def _observe(
    browser: Browser, node: Serving, patients: list[UUID]
) -> list[tuple[float, float]]:
    here = await seat(browser, node, "charge", DESK, "/")
    there = await seat(browser, node, "nurse", DESK, "/")
    begun, samples = clock.now(), list[tuple[float, float]]()
    for number in range(ROUNDS):
        at = begun - timedelta(minutes=ROUNDS - number)
        samples += [await _chart(here, there, patient, number % 2, at) for patient in patients]
    for page in (here, there):
        await page.context.close()
    return samples


async def _chart(
    here: Page, there: Page, patient: UUID, score: int, at: datetime
) -> tuple[float, float]:
    """Chart a set; give the seconds until the other board shows its score, and of the post."""
    path = f"/patients/{patient}/observations"
    sheet = await here.evaluate(_SHEET, f"{path}/new")
    version = re.search(r'name="version"[^>]*value="(\d+)"', sheet)
    assert version is not None, sheet[:300]
    fields = WELL | {"pulse": PULSES[score], "version": version[1], "taken_at": at.isoformat()}
    shown = f"benchCard('{patient}')"
    before = await there.evaluate(shown)
    assert before != str(score), "the board shows this score already"
    await there.evaluate(f"void (window.seen = benchSeen(() => {shown} === '{score}'))")
    begun, status, answer, answered = await here.evaluate(_POST, [path, fields])
    assert status == 200, answer[:300]
    async with asyncio.timeout(10):
        seen = await there.evaluate("window.seen")
    return (seen - begun) / 1000, (answered - begun) / 1000


# ------------------------------------------------------------------------------------- alerts


async def _take(
    browser: Browser, node: Serving, writer: Node, ward_id: UUID, patients: list[UUID]
) -> list[tuple[float, float]]:
    for who in ("doctor", "doctor2"):
        await on_duty(writer, ward_id, who)
    phones = [
        await seat(browser, node, who, PHONE, f"/wards/{ward_id}/alerts")
        for who in ("doctor", "doctor2")
    ]
    for phone in phones:
        await phone.get_by_role("button", name="Mine").tap()
        await phone.keyboard.press("Shift")  # the page fetches what answers to presses
        await phone.evaluate("benchSeen(() => window.ward.pressed)")
    samples = [await _accept(writer, phones, patient) for patient in patients]
    for phone in phones:
        await phone.context.close()
    return samples


async def on_duty(node: Node, ward_id: UUID, who: str) -> UUID:
    """Put a doctor on duty on the ward, who is called by what is sounded here."""
    async with work_as(node, BENCH, "bench.duty") as work:
        known = select(User).where(User.username == who)
        user = (await work.every(known, Permission.MANAGE_USERS))[0]
        await begin(work, ward_id, user.id, DutyRole.REGISTRAR, work.now + timedelta(hours=10))
        return user.id


async def _accept(writer: Node, phones: list[Page], patient: UUID) -> tuple[float, float]:
    """Sound an alert and take it; give the seconds until the other phone is rid of it."""
    async with work_as(writer, BENCH, "bench.sound") as work:
        made = await sound(work, patient, Cause.NEWS_HIGH, "NEWS2 9: high.")
        assert made is not None
    (one, other), alert = phones, made.id
    async with asyncio.timeout(20):
        for phone in phones:
            await phone.evaluate(f"benchSeen(() => benchShown('alert-{alert}'))")
        await one.evaluate(_OPEN, f"respond-{alert}")
        await one.evaluate("benchSeen(() => document.querySelector('#sheet footer [type=submit]'))")
        await other.evaluate(f"void (window.gone = benchSeen(() => !benchShown('alert-{alert}')))")
        await one.evaluate(
            "void (window.shut = benchSeen(() => !document.getElementById('sheet').open))"
        )
        begun = await one.evaluate(_PRESS)
        gone, shut = await other.evaluate("window.gone"), await one.evaluate("window.shut")
    return (gone - begun) / 1000, (shut - begun) / 1000


# -------------------------------------------------------------------------------------- seats


async def seat(
    browser: Browser, node: Serving, username: str, size: tuple[int, int], path: str
) -> Page:
    """Sit somebody down at a live page."""
    small: dict[str, Any] = {"has_touch": True, "is_mobile": True} if size == PHONE else {}
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, **small)
    await context.add_init_script(_SEEN)
    answer = await context.request.post(
        f"{node.url}/login",
        form={"username": username, "password": PASSWORD},
        headers={"origin": node.url},
        max_redirects=0,
    )
    assert answer.status == 303, await answer.text()
    page = await context.new_page()
    await page.goto(node.url + path)
    async with asyncio.timeout(20):
        await page.evaluate(f"benchSeen(() => {_LIVE})")
    return page
