"""Journey 2, deterioration: a nurse observes, the ward sees it, a doctor is found, or it climbs."""

import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect
from sqlalchemy import text

from domain.duty import DutyRole
from tests.browser import doings
from tests.browser.conftest import Seat, serving
from tests.browser.desk import Desk
from tests.browser.test_alert_console import mine, on_duty
from tests.stations import Running
from ward import clock
from ward.dev.embedded import Stores
from ward.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEVEN = {"resp_rate": "24", "spo2": "95", "sbp": "100", "dbp": "64", "pulse": "111", "temp": "37.0"}
FIRST, SECOND = "12", "05"  # beds


def pending(step: str) -> None:
    """Name a step of the journey whose module is not built."""
    print(f"pending: {step}")


Two = tuple[Running, Running]


@pytest_asyncio.fixture(loop_scope="session")
async def nodes(stores: Stores, filled: str) -> AsyncIterator[Two]:
    """Two nodes of one hospital; the time of both is moved by this test."""
    async with serving(stores, filled) as begin, begin() as a, begin() as b:
        yield a, b
    clock.shift(timedelta(0))


async def test_journey_2(nodes: Two, seat: Seat) -> None:
    a, b = nodes
    for who, part in (
        ("doctor", DutyRole.REGISTRAR),
        ("doctor2", DutyRole.REGISTRAR),
        ("doctor2", DutyRole.CONSULTANT),
        ("charge", DutyRole.IN_CHARGE),
    ):
        await standing(a.node, who, part)
    nurse = await seat(a.url, "nurse", "tablet")
    charge = await seat(b.url, "charge")
    phone_a = await seat(a.url, "doctor", "phone")
    phone_b = await seat(b.url, "doctor2", "phone")
    await charge.open("/")
    for phone in (phone_a, phone_b):
        await phone.open("/alerts")
        await mine(phone)
    await step_1_observe(nurse, FIRST)
    await step_2_act_now_on_all_boards(charge)
    await step_3_first_accept_wins(phone_a, phone_b)
    await step_4_nobody_accepts(a.node, nurse, phone_b, charge)
    await step_5_chart_in_one_tap(phone_a)
    pending("5: orders of fluids and a blood culture")
    pending("6: new slots and specimen tasks at the bedside")
    await step_7_outcome_and_report(phone_a, charge)


async def standing(node: Node, who: str, part: DutyRole) -> None:
    """Put somebody on duty, unless the demo's roster has them there already."""
    there = await doings.ask(
        node,
        "SELECT 1 FROM duty d JOIN app_user u ON u.id = d.user_id JOIN ward w ON w.id = d.ward_id"
        " WHERE u.username = :who AND d.part = :part AND w.label = 'Six East'"
        " AND d.ended_at IS NULL",
        who=who,
        part=part.value,
    )
    if not there:
        await on_duty(node, who, part)


async def follow(desk: Desk, link: Locator, part: str) -> None:
    """Go where a link leads, and wait until that page is live."""
    await desk.press(link)
    await desk.page.wait_for_url(re.compile(re.escape(part)))
    await desk.page.wait_for_load_state()
    await desk.live()


async def step_1_observe(nurse: Desk, bed: str) -> None:
    """Chart a set of NEWS2 7 at the bedside; the sheet says what to do."""
    await nurse.open("/")
    await follow(nurse, nurse.bed(bed).locator("h3 a"), "/patients/")
    await follow(nurse, nurse.page.get_by_role("link", name="Obs", exact=True), "/observations")
    await nurse.press(nurse.page.get_by_role("button", name="Record observations"))
    for name, value in SEVEN.items():
        await nurse.sheet.locator(f"[name={name}]").fill(value)
    await nurse.choose("Room air")
    await nurse.choose(re.compile(r"^\s*A\s*Alert"))
    await expect(nurse.sheet.locator("#score")).to_contain_text("7")
    await nurse.press(nurse.sheet.locator("footer [type=submit]"))
    await expect(nurse.page.locator("body")).to_contain_text("Emergency. Tell at least")


async def step_2_act_now_on_all_boards(charge: Desk) -> None:
    asked = len(charge.asked)
    card = charge.bed(FIRST)
    await expect(card).to_contain_text("high")
    await expect(charge.page.locator("#act-now")).to_contain_text("OKAFOR")
    await expect(card.locator(".due")).to_contain_text("Obs")
    assert [one for one in charge.asked[asked:] if one.startswith("GET /wards")] == []


def mine_only(phone: Desk) -> Locator:
    """Find the alerts that this person still has to look at."""
    return phone.page.locator(".alert[data-state=open]").filter(has_text="OKAFOR")


async def step_3_first_accept_wins(phone_a: Desk, phone_b: Desk) -> None:
    for phone in (phone_a, phone_b):
        await expect(mine_only(phone)).to_be_visible()
    await phone_a.press(mine_only(phone_a).get_by_role("button", name=re.compile("^Respond")))
    await phone_a.choose("I'm going")
    await phone_a.press(phone_a.sheet.locator("footer [type=submit]"))
    began = time.monotonic()
    await expect(mine_only(phone_b)).to_be_hidden()
    print(f"accept pressed, gone from the other phone after {time.monotonic() - began:.3f} s")
    await phone_a.saved()


async def step_4_nobody_accepts(node: Node, nurse: Desk, phone_b: Desk, charge: Desk) -> None:
    await step_1_observe(nurse, SECOND)
    await charge.open("/alerts")
    card = charge.page.locator(".alert[data-state=open]").filter(
        has_text=re.compile("ADEYEMI.*NEWS2", re.DOTALL)
    )
    await expect(card).to_contain_text("Registrar")
    await later(node, minutes=6)
    await expect(card).to_contain_text("called: Consultant", timeout=30000)
    await expect(
        phone_b.page.locator(".alert[data-state=open]").filter(
            has_text=re.compile("ADEYEMI.*NEWS2", re.DOTALL)
        )
    ).to_be_visible()
    await later(node, minutes=11)
    await expect(card).to_contain_text("called: Nurse in charge", timeout=30000)
    await mine(charge)
    await expect(card).to_be_visible()


async def later(node: Node, *, minutes: int) -> None:
    """Move the time of both nodes; everybody has kept a hand on their screen meanwhile."""
    async with node.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE session SET idle_until = idle_until + make_interval(mins => :m),"
                " abs_until = abs_until + make_interval(mins => :m)"
            ),
            {"m": minutes},
        )
    clock.shift(clock.offset() + timedelta(minutes=minutes))


async def step_5_chart_in_one_tap(phone_a: Desk) -> None:
    owned = phone_a.page.locator(".alert[data-state=accepted]").filter(has_text="OKAFOR")
    await follow(phone_a, owned.get_by_role("link", name=re.compile("OKAFOR")), "/patients/")
    await expect(phone_a.page.locator("#patient-banner")).to_contain_text("OKAFOR, Chidi")


async def step_7_outcome_and_report(phone_a: Desk, charge: Desk) -> None:
    await phone_a.open("/alerts")
    owned = phone_a.page.locator(".alert[data-state=accepted]").filter(has_text="OKAFOR")
    await follow(phone_a, owned.get_by_role("link", name=re.compile("^Open")), "/alerts/")
    await phone_a.press(phone_a.page.get_by_role("button", name="Close").first)
    await phone_a.choose(re.compile("Treatment changed", re.IGNORECASE))
    await phone_a.press(phone_a.sheet.locator("footer [type=submit]"))
    await phone_a.saved()
    await charge.open("/alerts")
    await expect(charge.page.locator("main")).to_contain_text("Treatment changed")
    await expect(charge.page.locator("main")).to_contain_text(re.compile("median", re.IGNORECASE))
