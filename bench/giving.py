"""Giving: from one station's press to another's chart, many presses at once, what an order asks."""

import asyncio
import time
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import text

from bench.bedside import DESK, seat
from bench.figures import Figure, spread
from bench.hospital import Serving, cookie
from bench.patients import BENCH
from domain import gs1, wristbands
from domain.access import Permission
from domain.formulary import FORMULARY, Unit
from domain.gs1 import Element
from tools.chromium import FLAGS, find
from ward.medications.line import lines
from ward.medications.products import ProductSaid, add
from ward.node import Node
from ward.work import work_as
from ward.wristbands.queries import band_of
from ward.wristbands.service import issue

GIVEN, ASKED, WARM, CROWD = 60, 60, 5, 20
VIEW = Permission.VIEW_MEDICATIONS
ASKS = "warfarin"  # interacts with much of what stands
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
_CELLS = """
() => [...document.querySelectorAll('.cell[id^="dose-"]')]
    .filter((one) => ["planned", "due", "overdue"].includes(one.dataset.state))
    .map((one) => one.id.slice("dose-".length))
"""
_STATE = "document.getElementById('dose-{}')?.dataset.state === 'given'"


async def measure(
    writer: Node, node: Serving, patient: UUID, asked_of: UUID, listed: int
) -> list[Figure]:
    """Give doses of `patient`; ask for a new order beside the `listed` ones of the other."""
    at = Bedside(writer, node, patient)
    await at.prepare()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
        try:
            samples, left = await at.give(browser)
        finally:
            await browser.close()
    seen, answered = zip(*samples, strict=True)
    bar = "p99 <= 250 ms"
    return [
        Figure("a dose given on one station to its cell in the DOM of another", spread(seen), bar),
        Figure("of it until the answer to the press", spread(answered)),
        await at.crowd(left),
        await _ask(node, asked_of, listed),
    ]


class Bedside:
    """A patient with a band, and a pack of each medicine that one person alone may give."""

    def __init__(self, writer: Node, node: Serving, patient: UUID) -> None:
        self.writer, self.node, self.patient = writer, node, patient
        self.worn = ""
        self.codes = dict[UUID, str]()  # by order: what a scanner reads of its pack

    async def prepare(self) -> None:
        """Put a band on, have the pharmacy know the packs and verify the orders."""
        async with work_as(self.writer, BENCH, "bench.band") as work:
            await issue(work, self.patient)
        async with work_as(self.writer, BENCH, "bench.packs") as work:
            band = await band_of(work, self.patient)
            for number, line in enumerate(await lines(work, self.patient, VIEW)):
                if not line.request.witnessed:
                    await self._pack(work, line.request.id, number, line.detail)
        self.worn = gs1.encode(wristbands.elements(band.gsrn or "", int(band.issue or 0)))
        async with self.writer.aside.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE medication_request SET verified_at = prescribed_at, verified_by ="
                    " (SELECT id FROM app_user WHERE username = 'pharmacist')"
                    " WHERE patient_id = :patient"
                ),
                {"patient": self.patient},
            )

    async def _pack(self, work: Any, order: UUID, number: int, detail: Any) -> None:
        digits = f"0950600014{number:03}"
        gtin = f"{digits}{gs1.check_digit(digits)}"
        said = ProductSaid(
            gtin, detail.generic, detail.form, Decimal(10), detail.unit, (detail.route,)
        )
        await add(work, said)
        read = [Element("01", gtin), Element("17", "491231"), Element("10", "LOT42A")]
        self.codes[order] = gs1.encode(read)

    async def give(self, browser: Browser) -> tuple[list[tuple[float, float]], UUID]:
        """Give what the chart shows, one by one; leave one dose."""
        path = f"/patients/{self.patient}/medications"
        here = await seat(browser, self.node, "nurse", DESK, path)
        there = await seat(browser, self.node, "charge", DESK, path)
        doses = await self._doses(await there.evaluate(_CELLS))
        status = await here.evaluate(_POST, [f"/doses/{doses[0][0]}/scan", {"code": self.worn}])
        assert status[1] == 200, status[2][:500]
        samples = list[tuple[float, float]]()
        for dose, code in doses[:-1]:
            await self._long_ago()
            samples.append(await self._one(here, there, dose, code))
        await self._long_ago()
        return samples[min(WARM, len(samples) - 1) :], doses[-1][0]

    async def _doses(self, shown: list[str]) -> list[tuple[UUID, str]]:
        asked = text(
            "SELECT id, request_id FROM scheduled_dose WHERE id = ANY(:shown) ORDER BY due_at"
        )
        async with self.writer.aside.connect() as connection:
            found = await connection.execute(asked, {"shown": [UUID(one) for one in shown]})
            known = [(row.id, self.codes.get(row.request_id)) for row in found]
        doses = [(dose, code) for dose, code in known if code]
        assert len(doses) > WARM, f"only {len(doses)} doses of {len(shown)} can be given"
        return doses[: GIVEN + WARM + 1]

    async def _long_ago(self) -> None:
        """Move what was given into the past: else the next dose of the order comes too soon."""
        moved = text(
            "UPDATE medication_administration SET occurred_at = occurred_at - interval '1 week'"
            " WHERE patient_id = :patient AND occurred_at > now() - interval '6 days'"
        )
        async with self.writer.aside.begin() as connection:
            await connection.execute(moved, {"patient": self.patient})

    async def _one(self, here: Page, there: Page, dose: UUID, code: str) -> tuple[float, float]:
        await there.evaluate(f"void (window.seen = benchSeen(() => {_STATE.format(dose)}))")
        fields = {"pack": code, "revision": "1", "early": "Asked for"}
        begun, status, said, answered = await here.evaluate(_POST, [f"/doses/{dose}/give", fields])
        assert status == 200, said[:500]
        async with asyncio.timeout(10):
            seen = await there.evaluate("window.seen")
        return (seen - begun) / 1000, (answered - begun) / 1000

    async def crowd(self, dose: UUID) -> Figure:
        """Have two people press twenty times for one dose at once."""
        async with self.writer.aside.connect() as connection:
            of = text("SELECT request_id FROM scheduled_dose WHERE id = :dose")
            code = self.codes[await connection.scalar(of, {"dose": dose})]
        stations = [_client(self.node, who) for who in ("nurse", "charge")]
        for one in stations:
            read = await _post(one, f"/doses/{dose}/scan", code=self.worn)
            assert read.status_code == 200, read.text[:500]
        begun = time.perf_counter()
        press = {"pack": code, "revision": "1", "early": "Asked for"}
        answers = await asyncio.gather(
            *(_post(stations[nth % 2], f"/doses/{dose}/give", **press) for nth in range(CROWD))
        )
        took = time.perf_counter() - begun
        for one in stations:
            await one.aclose()
        told = Counter(
            "given" if one.status_code == 200 else "who gave it"
            for one in answers
            if one.status_code == 200 or "gave this dose at" in one.text
        )
        rows = text(
            "SELECT count(*) FROM medication_administration"
            " WHERE dose_id = :dose AND voided_at IS NULL"
        )
        async with self.writer.aside.connect() as connection:
            kept = await connection.scalar(rows, {"dose": dose})
        value = (
            f"{kept} row, {told['given']} given, {told['who gave it']} sentences"
            f" in {1000 * took:.0f} ms"
        )
        return Figure(f"{CROWD} presses for one dose at once", value, "1 row, 19 sentences")


async def _ask(node: Serving, patient: UUID, listed: int) -> Figure:
    """Ask what the rules say of a new order while it is typed."""
    drug, times, sizes = FORMULARY[ASKS], list[float](), list[int]()
    unit = drug.units[0] if drug.units else Unit.MG
    line = {
        "generic": drug.generic, "dose": "3", "unit": unit.value,
        "route": drug.routes[0].value, "frequency": "OD",
    }  # fmt: skip
    form = {f"0.{name}": value for name, value in line.items()} | {"open": "0"}
    async with _client(node, "doctor") as client:
        for number in range(ASKED + WARM):
            begun = time.perf_counter()
            answer = await _post(client, f"/patients/{patient}/medications/new/ask", **form)
            took = time.perf_counter() - begun
            assert answer.status_code == 200, answer.text[:500]
            if number >= WARM:
                times.append(took)
                sizes.append(answer.text.count("ord-find "))
    name = f"a new order asked about beside {listed} others, {max(sizes)} findings, over HTTP"
    return Figure(name, spread(times), "p95 < 50 ms")


def _client(node: Serving, username: str) -> httpx.AsyncClient:
    headers = {"origin": node.url, "hx-request": "true", "cookie": cookie(node.url, username)}
    return httpx.AsyncClient(base_url=node.url, headers=headers, timeout=30)


async def _post(client: httpx.AsyncClient, path: str, **said: str) -> httpx.Response:
    return await client.post(path, data=said | {"idempotency_key": str(uuid4())})
