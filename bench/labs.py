"""Labs: from an ORU on the wire to another station's board, a morning's results, five years.

A laboratory sends over MLLP to a node; two others work, each in a process of its own, as in a
hospital. Browsers are here.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import select, text

from bench.bedside import DESK, seat
from bench.client import Client
from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, free_port, serving
from bench.patients import BENCH
from bench.writer import writing
from domain.access import Permission
from domain.analytes import ANALYTES, Kind, by_loinc
from domain.sexes import Sex
from tools.chromium import FLAGS, find
from ward import clock
from ward.adt.models import Stay
from ward.interop.hl7.client import connect
from ward.labs.release import release
from ward.labs.said import ReportSaid, ResultSaid
from ward.node import Node
from ward.patients.intake import of_mrn
from ward.work import work_as

FLAGS_SEEN = 30  # patients, each with one critical result that another board must show
MESSAGES, OBX, LINES = 500, 20, 8  # a morning's run: messages, results in each, connections
WARM = 40  # messages before the clock runs
YEARS, EACH_YEAR = 5, 52  # of the patient whose grid is opened: weekly blood tests
OPENED = 12
TESTS = tuple(
    (one.loinc, one.name, one.ucum)
    for one in sorted(ANALYTES.values(), key=lambda one: one.key != "k")
    if one.kind is Kind.QUANTITY and one.loinc
)[:OBX]


def _usual(loinc: str) -> str:
    """Give a value within the interval of a test."""
    analyte = by_loinc(loinc)
    assert analyte is not None
    limits = analyte.limits(Sex.FEMALE).reference
    low, high = limits.low or Decimal(0), limits.high
    return str(low + 1 if high is None else round((low + high) / 2, analyte.decimals))


VALUES = tuple(_usual(loinc) for loinc, _, _ in TESTS)
_CHIP = (
    'document.querySelector(`#beds > [data-patient="{patient}"]`)'
    "?.textContent.includes('{shown}')"
)


def measure(place: Hospital) -> list[Figure]:
    """Measure everything that results promise."""
    port = free_port()
    place = replace(place, environ=place.environ | {"WARD_HL7_PORT": str(port)})
    with (
        serving(place, "--parts=mllp") as node,
        serving(place, "--parts=worker"),
        serving(place, "--parts=worker"),
    ):
        return asyncio.run(_measure(place, node, port))


async def _measure(place: Hospital, node: Serving, port: int) -> list[Figure]:
    async with writing(place) as writer, async_playwright() as playwright:
        patients = await _patients(writer, place.ward_id)
        browser = await playwright.chromium.launch(executable_path=find(), args=FLAGS)
        try:
            seen, acked = await _flags(browser, node, port, patients)
        finally:
            await browser.close()
        figures = [
            Figure("ORU framed on the wire to its flag in the DOM of another board", spread(seen),
                   "p50 <= 150 ms, p99 <= 1 s"),
            Figure("of it until the acknowledgement", spread(acked)),
        ]  # fmt: skip
        figures += await _morning(writer, port, list(patients.values()))
        figures += await _years(writer, node, next(iter(patients)))
        return figures


async def _patients(node: Node, ward_id: UUID) -> dict[UUID, int]:
    """Find who lies on the ward, with the number each was made up by."""
    found: dict[UUID, int] = {}
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(Stay.ward_id == ward_id, Stay.ended_at.is_(None))
        there = {stay.patient_id for stay in await work.every(lying, Permission.VIEW_STAYS)}
        for number in range(len(there)):
            patient = await of_mrn(work, f"{4_000_000 + number:07}")
            if patient is not None and patient.id in there:
                found[patient.id] = number
    return found


def oru(control_id: str, number: int, results: Sequence[str], at: datetime) -> bytes:
    """Write a message of one report about one of the ward."""
    stamp = at.strftime("%Y%m%d%H%M%S+0000")
    lines = [
        f"MSH|^~\\&|CITYLAB|NORTHSITE|WARD|NORTHSITE|{stamp}||ORU^R01|{control_id}|P|2.5.1",
        f"PID|1||{4_000_000 + number:07}^^^NORTHSITE^MR||BENCHFAMILY{number:02}^GIVEN{number:02}",
        f"OBR|1||{control_id}^LAB|UE^Urea and electrolytes^L|||{stamp}" + "|" * 15
        + f"{stamp}||CH|F",
        *results,
    ]  # fmt: skip
    return "".join(f"{line}\r" for line in lines).encode()


def obx(number: int, value: str, test: tuple[str, str, str]) -> str:
    """Write one result."""
    loinc, name, unit = test
    return f"OBX|{number}|NM|{loinc}^{name}^LN||{value}|{unit}^^UCUM|||||F"


async def _flags(
    browser: Browser, node: Serving, port: int, patients: dict[UUID, int]
) -> tuple[list[float], list[float]]:
    there: Page = await seat(browser, node, "nurse", DESK, "/")
    seen, acked = list[float](), list[float]()
    listed = list(patients.items())
    async with connect("127.0.0.1", port) as line:
        for nth in range(FLAGS_SEEN):
            patient, number = listed[nth % len(listed)]
            value = f"7.{nth % 10}"
            shown = _CHIP.format(patient=patient, shown=value)
            await there.evaluate(f"void (window.seen = benchSeen(() => {shown}))")
            message = oru(f"F{nth}", number, [obx(1, value, TESTS[0])], clock.now())
            begun = time.time()
            await line.send(message)
            acked.append(time.time() - begun)
            async with asyncio.timeout(10):
                seen.append(await there.evaluate("window.seen") / 1000 - begun)
    await there.context.close()
    return seen, acked


async def _morning(node: Node, port: int, numbers: Sequence[int]) -> list[Figure]:
    """Send many full reports over several connections; the clock stops when all are released."""
    results = [obx(n + 1, VALUES[n], TESTS[n]) for n in range(OBX)]
    now = clock.now()

    def message(nth: int) -> bytes:
        at = now - timedelta(seconds=nth)
        return oru(f"M{nth}", numbers[nth % len(numbers)], results, at)

    await _send(port, [message(nth) for nth in range(MESSAGES, MESSAGES + WARM)])
    await _until(node, FLAGS_SEEN + WARM)
    begun = time.monotonic()
    acked = await _send(port, [message(nth) for nth in range(MESSAGES)])
    answered = time.monotonic() - begun
    await _until(node, FLAGS_SEEN + WARM + MESSAGES)
    took = time.monotonic() - begun
    rate = f"{MESSAGES / took:.0f} messages/s released, {MESSAGES / answered:.0f} acknowledged"
    return [
        Figure(f"{MESSAGES} ORU of {OBX} OBX on {LINES} connections, durable and audited", rate,
               ">= 100 messages/s"),
        Figure("acknowledgement of each", spread(acked), "p99 <= 100 ms"),
    ]  # fmt: skip


async def _send(port: int, messages: Sequence[bytes]) -> list[float]:
    waiting, acked = list(reversed(messages)), list[float]()

    async def one() -> None:
        async with connect("127.0.0.1", port) as line:
            while waiting:
                message, begun = waiting.pop(), time.monotonic()
                answer = await line.send(message)
                assert b"|AA|" in answer, answer
                acked.append(time.monotonic() - begun)

    await asyncio.gather(*(one() for _ in range(LINES)))
    return acked


async def _until(node: Node, count: int) -> None:
    """Wait until so many reports are in the record."""
    async with asyncio.timeout(120):
        while True:
            async with node.aside.connect() as connection:
                found = await connection.scalar(text("SELECT count(*) FROM diagnostic_report"))
            if (found or 0) >= count:
                return
            await asyncio.sleep(0.02)


async def _years(writer: Node, node: Serving, patient: UUID) -> list[Figure]:
    """Open the cumulative grid of somebody with weekly tests for years."""
    now = clock.now()
    for week in range(YEARS * EACH_YEAR):
        at = now - timedelta(weeks=week, hours=3)
        results = tuple(
            ResultSaid(name=name, value=f"4.{week % 10}", loinc=loinc, unit=unit)
            for loinc, name, unit in TESTS
        )
        said = ReportSaid(
            patient_id=patient, sender="BENCH", filler=f"Y{week}", title="Weekly",
            observed_at=at, reported_at=at, results=results,
        )  # fmt: skip
        async with work_as(writer, BENCH, "bench.years") as work:
            await release(work, said)
    client, path = Client(node.port, cookie(node.url, "doctor")), f"/patients/{patient}/results"
    times = list[float]()
    for _ in range(OPENED):
        status, body, took = await client.get(path)
        assert status == 200, body[:300]
        times.append(took)
    await client.close()
    return [
        Figure(f"page of results over HTTP, {YEARS} years, first", spread(times[:1]), "< 500 ms"),
        Figure("the same page again", spread(times[1:]), "< 500 ms"),
    ]
