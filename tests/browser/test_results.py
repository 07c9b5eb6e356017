"""Results in a browser: what is critical first, the grid from its newest end, every sheet."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import expect

from domain.lab_orders import Urgency
from domain.labs import ResultStatus
from tests.browser import doings
from tests.browser.bedsides import NURSE
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.test_pages_axe import looks_right
from tests.labs.reports import CREATININE, POTASSIUM, SODIUM, as_status, later, report
from tests.stations import Running
from ward.labs.details import LabOrder
from ward.labs.order import order
from ward.labs.release import release
from ward.labs.said import ReportSaid, ResultSaid
from ward.node import Node
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAYS = 7


async def taken_in(node: Node, *said: ReportSaid) -> None:
    for one in said:
        async with work_as(node, NURSE, "test.results") as work:
            await release(work, one)


async def failing_kidney(node: Node) -> UUID:
    """Give Joan a week of a failing kidney, a corrected value and an X-ray."""
    joan = await doings.patient_id(node, "0012345")
    for day in range(DAYS):
        rising = replace(CREATININE, value=str(90 + 40 * day))
        first = report(joan, replace(POTASSIUM, value=f"4.{day}"), rising, SODIUM, filler=f"D{day}")
        at = first.observed_at - timedelta(days=DAYS - day)
        await taken_in(node, replace(first, observed_at=at, reported_at=at + timedelta(hours=1)))
    said = report(joan, filler="now")
    await taken_in(node, said)
    glucose = ResultSaid("Glucose", "410", loinc="2345-7", unit="mg/dL")
    wrong = report(joan, glucose, filler="G1", title="Glucose")
    right = as_status(glucose, ResultStatus.CORRECTED, value="110", comments=("Wrong tube",))
    xray = ResultSaid("Chest X-ray", "No focal lesion.\nHeart normal.", "TX")
    await taken_in(node, wrong, later(wrong, right))
    await taken_in(node, report(joan, xray, filler="X1", title="Chest X-ray", section="RAD"))
    async with work_as(node, NURSE, "test.orders") as work:
        await order(work, joan, LabOrder(("U&E", "CBC")), Urgency.URGENT, work.now)
    return joan


async def at_results(hospital: Running, seat: Seat, size: str = "desk", path: str = "") -> Desk:
    joan = await failing_kidney(hospital.node)
    desk = await seat(hospital.url, "doctor", size)
    await desk.open(f"/patients/{joan}/results{path}")
    return desk


async def test_the_grid_begins_at_its_newest_end_and_names_stay(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_results(hospital, seat, "phone")
    newest = desk.page.locator("#labs-grid thead .new")
    await expect(newest).to_be_in_viewport()
    name = desk.page.locator("#labs-grid tbody th[scope=row]").first
    before = await name.bounding_box()
    await desk.page.locator(".lab-scroll").evaluate("e => { e.scrollLeft = -300; }")
    after = await name.bounding_box()
    assert before
    assert after
    assert before["x"] == after["x"]
    await expect(newest).not_to_be_in_viewport()


async def test_points_stand_under_each_other(hospital: Running, seat: Seat) -> None:
    desk = await at_results(hospital, seat)
    columns = await desk.page.evaluate(
        """() => [...document.querySelectorAll("#labs-grid td .fig")].reduce((found, fig) => {
             const place = fig.closest("td").cellIndex;
             const edge = Math.round(fig.firstElementChild.getBoundingClientRect().right);
             return { ...found, [place]: [...(found[place] ?? []), edge] };
           }, {})"""
    )
    assert max(len(edges) for edges in columns.values()) >= 3
    assert all(len(set(edges)) == 1 for edges in columns.values()), columns


@pytest.mark.parametrize("path", ["", "?as=reports", "?all=yes", "?all=yes&as=reports"])
async def test_every_way_of_showing_is_for_everybody(
    hospital: Running, seat: Seat, path: str
) -> None:
    desk = await at_results(hospital, seat, path=path)
    await desk.page.emulate_media(reduced_motion="reduce")
    await looks_right(desk)


@pytest.mark.parametrize(
    "opener",
    [
        ".lab-call .btn.primary",
        ".lab-call .btn:not(.primary)",
        "#labs-order",
        ".lab-grid tbody tr:nth-child(3) th a",
    ],
)
async def test_every_sheet_is_for_everybody(hospital: Running, seat: Seat, opener: str) -> None:
    desk = await at_results(hospital, seat)
    await desk.page.emulate_media(reduced_motion="reduce")
    await desk.press(opener)
    await desk.sheet.locator("h2").wait_for()
    await looks_right(desk)


async def test_a_critical_result_is_acknowledged_on_a_phone(hospital: Running, seat: Seat) -> None:
    desk = await at_results(hospital, seat, "phone")
    other = await seat(hospital.url, "nurse")
    await other.open("/")
    await expect(other.bed("06")).to_contain_text("K 6.8 mmol/L HH")
    await desk.press(".lab-call .btn.primary")
    await desk.choose(re.compile("I am going"))
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await desk.saved()
    await expect(desk.page.locator(".lab-call")).to_have_count(0)
    await expect(other.bed("06")).not_to_contain_text("K 6.8")


async def test_the_inbox_and_the_worklists_are_for_everybody(hospital: Running, seat: Seat) -> None:
    await failing_kidney(hospital.node)
    desk = await seat(hospital.url, "doctor")
    await desk.open("/results")
    await expect(desk.page.locator(".lab-wait.critical")).to_have_count(1)
    await looks_right(desk)
    bench = await seat(hospital.url, "lab")
    await bench.open("/")
    await expect(bench.page.locator(".lab-wait:not(.caution)")).to_have_count(2)
    await expect(bench.page.locator("[data-is=verify]")).to_have_count(1)  # potassium 4.6, then 6.8
    await looks_right(bench)
    await bench.press(bench.page.get_by_role("button", name=re.compile("Verified")).first)
    await looks_right(bench)
    await bench.choose("Specimen and patient are right")
    await bench.press(bench.sheet.locator("footer [type=submit]"))
    await bench.saved()
    await expect(bench.page.locator("[data-is=verify]")).to_have_count(0)
    await bench.press(bench.page.get_by_role("button", name=re.compile("Received")).first)
    await bench.saved()
    await bench.press(bench.page.get_by_role("button", name=re.compile("Enter results")).first)
    await bench.sheet.locator("[name^=value-]").first.wait_for()
    await looks_right(bench)
