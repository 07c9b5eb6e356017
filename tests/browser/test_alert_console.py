"""The alert console on two phones: who takes an alert has it, the other is left in peace."""

import asyncio
import os
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Locator, expect

from domain.alerts import Cause
from domain.duty import DutyRole
from tests.browser import doings
from tests.browser.axe import found_by_axe, shape_of
from tests.browser.conftest import Seat
from tests.browser.desk import SIZES, Desk
from tests.settling import crowding
from tests.stations import Running
from ward.alerts.sound import sound
from ward.dev.demo import FOUNDER
from ward.duty.service import begin
from ward.node import Node
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")

HIGH = "NEWS2 9: high."
TELLS_WHEN_PRESSED = """
  addEventListener('pointerdown', () => { window.pressed = Date.now(); }, {capture: true})
"""
PICTURES = os.environ.get("ALERT_PICTURES")  # a folder, to look at the pages beside the mocks


async def on_duty(node: Node, who: str, part: DutyRole) -> UUID:
    """Put one of the cast on duty on Six East."""
    user, ward = (
        (await doings.ask(node, "SELECT id FROM app_user WHERE username = :who", who=who))[0][0],
        (await doings.ask(node, "SELECT id FROM ward WHERE label = 'Six East'"))[0][0],
    )
    async with work_as(node, FOUNDER, "test.duty") as work:
        await begin(work, ward, user, part, work.now + timedelta(hours=10))
    return user


async def call(node: Node, bed: str, what: str = HIGH, cause: Cause = Cause.NEWS_HIGH) -> UUID:
    """Sound an alert for whoever lies in a bed of Six East."""
    encounter = await doings.encounter_in(node, bed)
    found = await doings.ask(node, "SELECT patient_id FROM encounter WHERE id = :id", id=encounter)
    async with work_as(node, FOUNDER, "test.sound") as work:
        alert = await sound(work, found[0][0], cause, what)
        return alert.id


async def both_registrars(hospital: Running) -> None:
    await on_duty(hospital.node, "doctor", DutyRole.REGISTRAR)
    await on_duty(hospital.node, "doctor2", DutyRole.REGISTRAR)


async def mine(desk: Desk) -> None:
    """Show only what calls this person."""
    await desk.press(desk.page.get_by_role("button", name="Mine"))


def respond(desk: Desk, alert: UUID) -> Locator:
    """Find the button of one alert, on the console or on its page."""
    card = desk.page.locator(f"#alert-{alert}, #call-{alert}")
    return card.get_by_role("button", name=re.compile("^Respond"))


async def take(desk: Desk, alert: UUID) -> None:
    await desk.press(respond(desk, alert))
    await desk.choose("I'm going")
    await desk.save()


async def test_taken_on_one_phone_it_is_gone_from_the_other_within_a_second(
    hospital: Running, seat: Seat
) -> None:
    await both_registrars(hospital)
    one = await seat(hospital.url, "doctor", "phone")
    other = await seat(hospital.url, "doctor2", "phone")
    for desk in (one, other):
        await desk.open("/alerts")
        await mine(desk)
    alert = await call(hospital.node, "06")
    cards = [desk.page.locator(f"#alert-{alert}") for desk in (one, other)]
    for card in cards:
        await expect(card).to_be_visible()
        await expect(card).to_contain_text("SMITH, Joan")
        await expect(card.locator(".esc")).to_contain_text(re.compile(r"Consultant\s+in \d"))
    for desk in (one, other):
        await expect(desk.page.locator("#shout")).to_contain_text("bed 06: NEWS2 high")
        await expect(desk.page.locator("#bell-total")).to_be_visible()
    await one.settle()
    await one.press(respond(one, alert))
    await one.choose("I'm going")
    await other.note(f"!document.querySelector('#alert-{alert}')?.checkVisibility()")
    await one.page.evaluate(TELLS_WHEN_PRESSED)
    await one.press(one.sheet.locator("footer [type=submit]"))
    gone, pressed = await other.noted(), await one.page.evaluate("window.pressed")
    assert gone - pressed / 1000 < 1.0 * crowding()
    await expect(cards[1]).to_be_hidden()
    await one.saved()
    await expect(cards[0]).to_contain_text("Joan Patelle has it")
    await expect(other.page.locator("#bells [data-ring]")).to_have_count(0)


async def test_an_alert_is_said_once_and_sounds_only_where_it_is_switched_on(
    hospital: Running, seat: Seat
) -> None:
    await both_registrars(hospital)
    desk = await seat(hospital.url, "doctor")
    await desk.open("/alerts")
    await desk.settle()
    await desk.page.locator("h1.page").click()  # a browser is silent until it was touched
    nurse = await seat(hospital.url, "nurse")
    await nurse.open("/")
    await nurse.settle()
    await call(hospital.node, "06")
    await expect(desk.page.locator("#shout")).to_contain_text("Registrar called")
    await desk.page.wait_for_function("window.ward.tones === 1")
    await expect(nurse.page.locator("#shout")).to_be_empty()  # it calls the doctors
    await desk.page.evaluate("document.getElementById('shout').textContent = ''")
    await desk.press(desk.page.get_by_role("button", name="Off", exact=True))
    await desk.open("/wards")
    await desk.settle()
    await expect(desk.page.locator("#bells [data-ring]")).to_have_count(1)
    await expect(desk.page.locator("#shout")).to_be_empty()  # said already, on another page
    await asyncio.sleep(1.2)
    assert not await desk.page.evaluate("window.ward.tones || 0")


async def test_from_the_alert_the_chart_is_one_tap_and_it_closes_with_an_outcome(
    hospital: Running, seat: Seat
) -> None:
    await both_registrars(hospital)
    doctor = await seat(hospital.url, "doctor", "phone")
    nurse = await seat(hospital.url, "nurse", "tablet")
    alert = await call(hospital.node, "06")
    await nurse.open(f"/alerts/{alert}")
    await doctor.open(f"/alerts/{alert}")
    here = nurse.page.locator(f"#call-{alert}")
    await expect(here).to_contain_text("Seen by Joan Patelle")
    await take(doctor, alert)
    await expect(here).to_contain_text("Joan Patelle is going")
    card = doctor.page.locator(f"#call-{alert}")
    await doctor.press(card.get_by_role("button", name="Close", exact=True))
    await doctor.choose("Treatment changed")
    await doctor.save()
    await expect(here).to_contain_text("Treatment changed")
    await doctor.press(doctor.page.get_by_role("link", name="Open chart"))
    await expect(doctor.page.locator("#alerts")).to_contain_text("Treatment changed")


async def test_the_board_says_that_nobody_has_it_and_then_who_is_going(
    hospital: Running, seat: Seat
) -> None:
    await both_registrars(hospital)
    nurse = await seat(hospital.url, "nurse")
    await nurse.open("/")
    alert = await call(hospital.node, "06")
    await expect(nurse.page.locator("#act-now")).to_contain_text("Registrar called: NEWS2 high")
    await expect(nurse.bed("06")).to_contain_text("Nobody has it: Registrar")
    doctor = await seat(hospital.url, "doctor", "phone")
    await doctor.open("/alerts")
    await take(doctor, alert)
    await expect(nurse.bed("06")).to_contain_text("Joan is going")
    await expect(nurse.page.locator("#act-now")).not_to_contain_text("Registrar called")


LOOKS = [("desk", "light"), ("tablet", "dark"), ("phone", "light"), ("phone", "dark")]


@pytest.mark.parametrize(("size", "theme"), [*LOOKS, ("desk", "dark"), ("tablet", "light")])
async def test_axe_finds_nothing_at_any_size(
    hospital: Running, seat: Seat, size: str, theme: str
) -> None:
    await both_registrars(hospital)
    await on_duty(hospital.node, "nurse", DutyRole.NURSE)
    taken = await _some(hospital.node)
    desk = await seat(hospital.url, "charge", size, theme)
    doctor = await seat(hospital.url, "doctor", "phone")
    await _answer(doctor, hospital, taken)
    for name, path in {
        "console": "/alerts",
        "alert": f"/alerts/{taken[0]}",
        "policies": "/alerts/policies",
    }.items():
        await desk.open(path)
        await desk.settle()
        await _looked_at(desk, name, size, theme)
    await desk.open("/alerts")
    await desk.settle()
    await desk.press(respond(desk, taken[0]))
    await desk.sheet.locator("footer [type=submit]").wait_for()
    await _looked_at(desk, "respond", size, theme)


async def _some(node: Node) -> list[UUID]:
    """Sound one of each look."""
    return [
        await call(node, "06"),
        await call(node, "02", "Observations due 13:30", Cause.OBS_OVERDUE),
        await call(node, "05", "3 points for respiratory rate.", Cause.NEWS_SINGLE),
        await call(node, "07", "NEWS2 5: medium.", Cause.NEWS_MEDIUM),
        await call(node, "09", "NEWS2 8: high."),
    ]


async def _answer(doctor: Desk, hospital: Running, taken: list[UUID]) -> None:
    """Take one and close another."""
    for alert, fields in (
        (taken[3], {"response": "going"}),
        (taken[4], {"response": "already-managed", "outcome": "treatment-changed"}),
    ):
        answer = await doctor.context.request.post(
            f"{hospital.url}/alerts/{alert}/response",
            form=fields,
            headers={"origin": hospital.url},
            max_redirects=0,
        )
        assert answer.status == 303, await answer.text()


async def _looked_at(desk: Desk, name: str, size: str, theme: str) -> None:
    if PICTURES:
        where = Path(PICTURES) / f"{name}-{SIZES[size][0]}-{theme}.png"
        await desk.page.screenshot(path=where)
    assert await found_by_axe(desk.page) == []
    assert await shape_of(desk.page) == {"small": [], "wide": False}
