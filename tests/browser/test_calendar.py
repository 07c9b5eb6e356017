"""The calendar in a browser: for everybody, by keys, by dragging, on another desk, on paper."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect
from sqlalchemy import select

from domain.access import Permission
from domain.appointments import arrive
from tests.browser.conftest import Seat, serving
from tests.browser.desk import Desk
from tests.browser.test_pages_axe import looks_right
from tests.stations import Running, ids
from ward.dev.cast import ZONE
from ward.dev.clinics import found_clinics
from ward.dev.demo import FOUNDER
from ward.dev.embedded import Stores
from ward.dev.outpatients import book_outpatients
from ward.scheduling.book import Booking
from ward.scheduling.events import AppointmentMoved, day_of
from ward.scheduling.models import Appointment, Reservation
from ward.scheduling.recurring import book_series
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
SEE = Permission.VIEW_APPOINTMENTS
WAITS = """
() => { const one = document.querySelector(".ap.arrived");
  return [one?.dataset.uiWait, one?.querySelector("time[data-at]").textContent]; }
"""
FIRST = f"""window.came = new Promise(done => {{
  const look = () => {{
    const now = ({WAITS.strip()})();
    now[1] ? done(now) : setTimeout(look, 5);
  }};
  look();
}}); 0"""


@dataclass
class Clinic:
    """The demo's clinic, served; its tomorrow has every other of its usual appointments."""

    running: Running
    path: str
    tomorrow: date

    @property
    def url(self) -> str:
        return self.running.url

    def at(self, **query: str) -> str:
        asked = {"day": str(self.tomorrow)} | query
        return f"{self.path}?{'&'.join(f'{name}={value}' for name, value in asked.items())}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clinic(stores: Stores, template: str) -> AsyncIterator[Clinic]:
    async with serving(stores, template) as begin, begin() as running:
        tomorrow = (datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)).date()
        await found_clinics(running.node)
        await book_outpatients(running.node)
        ward = (await ids(running.node, "ward"))["Outpatients"]
        yield Clinic(running, f"/clinics/{ward}/calendar", tomorrow)


def piece(desk: Desk, column: str, name: str) -> Locator:
    """Find an appointment in a column."""
    there = desk.page.locator(".cal-col").filter(has=desk.page.locator("h3", has_text=column))
    return there.locator(".ap").filter(has_text=name)


async def comes(clinic: Clinic, ago: timedelta) -> None:
    """Have the first of tomorrow come, so long ago."""
    async with work_as(clinic.running.node, FOUNDER, "test.arrive") as work:
        first = select(Appointment).order_by(Appointment.starts_at).limit(1)
        after = datetime.combine(clinic.tomorrow, time(0), ZoneInfo(ZONE))
        (row,) = await work.every(first.where(Appointment.starts_at > after), SEE)
        row.status, row.arrived_at = arrive(row.status), work.now - ago
        day = (day_of(row.ward_id, clinic.tomorrow),)
        work.record(AppointmentMoved(day, row.id, row.patient_id, row.ward_id))


@pytest.mark.parametrize("view", ["day", "week", "room"])
async def test_the_calendar_is_for_everybody(clinic: Clinic, seat: Seat, view: str) -> None:
    desk = await seat(clinic.url, "reception")
    await desk.page.emulate_media(reduced_motion="reduce")
    await desk.open(clinic.at(view=view))
    await looks_right(desk)


async def places(clinic: Clinic) -> dict[str, str]:
    """Say where the pages around the calendar stand; the first of all comes again in two months."""
    zone = ZoneInfo(ZONE)
    async with work_as(clinic.running.node, FOUNDER, "test.series") as work:
        (row,) = await work.every(select(Appointment).order_by(Appointment.starts_at).limit(1), SEE)
        mine = select(Reservation).where(Reservation.appointment_id == row.id)
        columns = [one.resource_id for one in await work.every(mine, SEE)]
        wall = row.starts_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=60)
        said = Booking(
            patient_id=row.patient_id, ward_id=row.ward_id, visit_type_id=row.visit_type_id,
            resources=columns, start=wall.replace(tzinfo=zone).astimezone(UTC),
            wall=f"{wall:%Y-%m-%dT%H:%M}",
        )  # fmt: skip
        series = (await book_series(work, said, "FREQ=WEEKLY;COUNT=3", {}))[0].series_id
    return {
        "reminders": "/reminders",
        "waiting list": clinic.path.replace("calendar", "waitlist"),
        "arrivals": clinic.path.replace("calendar", "arrivals"),
        "appointment": f"/appointments/{row.id}",
        "series": f"/series/{series}",
        "group": f"/columns/{columns[0]}/session?at={row.starts_at:%Y-%m-%dT%H:%M:%SZ}",
    }


async def test_the_pages_around_the_calendar_are_for_everybody(clinic: Clinic, seat: Seat) -> None:
    desk = await seat(clinic.url, "reception")
    await desk.page.emulate_media(reduced_motion="reduce")
    for name, path in (await places(clinic)).items():
        answer = await desk.page.goto(clinic.url + path)
        assert answer, name
        assert answer.ok, name
        await looks_right(desk)


async def test_a_day_without_a_booking_says_so(clinic: Clinic, seat: Seat) -> None:
    desk = await seat(clinic.url, "reception", "phone")
    await desk.open(f"{clinic.path}?day={clinic.tomorrow + timedelta(days=40)}")
    await expect(desk.page.locator("#main")).to_contain_text("Nothing is booked on this day.")


async def test_a_booking_by_keys_alone_and_another_desk_sees_it(clinic: Clinic, seat: Seat) -> None:
    desk, other = await seat(clinic.url, "reception"), await seat(clinic.url, "doctor")
    await desk.open(clinic.at())
    await other.open(clinic.at())
    await desk.settle()
    keys = desk.page.keyboard
    slot = desk.page.locator("#cal-slot")
    await slot.focus()
    await keys.press("Home")
    await expect(slot).to_have_attribute("aria-label", re.compile("Dr Adeyemi, 08:00, outside"))
    for _ in range(4):
        await keys.press("ArrowDown")
    await expect(piece(desk, "Dr Adeyemi", "09:00").locator("a")).to_be_focused()
    await keys.press("ArrowDown")  # over all of its forty minutes
    await expect(slot).to_have_attribute("aria-label", re.compile("Dr Adeyemi, 09:45, free"))
    await keys.press("ArrowRight")
    await expect(slot).to_have_attribute("aria-label", re.compile("Dr Müller, 09:45, free"))
    await keys.press("Enter")
    await expect(desk.sheet.get_by_label("When")).to_have_value(f"{clinic.tomorrow}T09:45")
    await expect(desk.sheet.get_by_label("Dr Müller")).to_be_checked()
    await keys.press("Escape")
    await expect(desk.sheet).to_be_hidden()
    await expect(slot).to_be_focused()


async def test_an_opened_sheet_holds_the_time_and_a_press_books_it(
    clinic: Clinic, seat: Seat
) -> None:
    desk, other = await seat(clinic.url, "reception"), await seat(clinic.url, "doctor")
    await desk.open(clinic.at())
    await other.open(clinic.at())
    await desk.settle()
    other.asked.clear()
    body = desk.page.locator(".cal-col").nth(2).locator(".cal-body")
    row = await desk.page.evaluate(
        "parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.5"
    )
    await body.click(position={"x": 60, "y": row * 35 + 4})  # Nurse clinic, 16:45
    await desk.sheet.get_by_label("Visit").select_option(label="Nurse visit, 15min")
    held = piece(other, "Nurse clinic", "Held")
    await expect(held.filter(has_text="Mary Seagrove")).to_contain_text(re.compile(r"[45]:\d\d"))
    await desk.sheet.get_by_label("Who").fill("young")
    await desk.choose("YOUNG, Kit")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    booked = piece(other, "Nurse clinic", "YOUNG, Kit").filter(has_text="16:45")
    await expect(booked).to_be_visible()
    await expect(booked).to_have_attribute("data-ui-changed", re.compile("changed"))
    await expect(held.filter(has_text="Mary Seagrove")).to_have_count(0)
    assert set(other.asked) <= {"POST /session/activity"}  # nobody asked: it came


async def test_dragging_asks_before_it_moves(clinic: Clinic, seat: Seat) -> None:
    desk = await seat(clinic.url, "reception")
    await desk.open(clinic.at())
    await desk.settle()
    one = piece(desk, "Dr Adeyemi", "10:00").first
    await one.scroll_into_view_if_needed()
    box = await one.bounding_box()
    assert box
    mouse = desk.page.mouse
    await mouse.move(box["x"] + 60, box["y"] + 6)
    await mouse.down()
    await mouse.move(box["x"] + 70, box["y"] + 30, steps=3)
    await mouse.move(box["x"] + 70, box["y"] + 6 + 24 * 3, steps=4)
    await expect(desk.page.locator("#cal-ghost")).to_contain_text("10:45")
    await mouse.up()
    await expect(desk.page.locator("#cal-ghost")).to_have_count(0)
    await expect(desk.sheet.get_by_label("New time")).to_have_value(f"{clinic.tomorrow}T10:45")
    await expect(desk.sheet.locator("header")).to_contain_text("Move")
    await desk.page.keyboard.press("Escape")
    await expect(one).to_contain_text("10:00")  # looked at, not done


async def test_waits_count_and_change_their_look_without_traffic(
    clinic: Clinic, seat: Seat
) -> None:
    desk, other = await seat(clinic.url, "reception"), await seat(clinic.url, "doctor")
    await desk.open(clinic.at())
    await other.open(clinic.at())
    await desk.page.evaluate(FIRST)
    first = other.page.locator(".ap[data-moves]").first
    await first.evaluate("one => one.setAttribute('data-ui-late', '')")
    name = await first.locator("b").text_content()
    await comes(clinic, timedelta(minutes=19, seconds=50))
    came = other.page.locator(".ap.arrived").first
    await expect(came).to_contain_text(name or "")
    await expect(came.locator(".cal-s")).to_be_visible()  # who was late has come, and it says so
    assert await desk.page.evaluate("window.came") == [None, "19min"]
    desk.asked.clear()
    await expect(desk.page.locator(".ap.arrived").first).to_have_attribute("data-ui-wait", "long")
    assert await desk.page.evaluate(WAITS) == ["long", "20min"]
    assert desk.asked == []


async def test_rooms_alone_cancelled_ones_and_paper(clinic: Clinic, seat: Seat) -> None:
    desk = await seat(clinic.url, "reception")
    await desk.open(clinic.at())
    await desk.press(desk.page.get_by_role("link", name="Room", exact=True))
    await expect(desk.page.locator(".cal-col:visible h3")).to_have_text(
        [re.compile(name) for name in ("Room 1", "Room 2", "Echo machine")]
    )
    assert "view=room" in desk.page.url
    await desk.page.emulate_media(media="print")
    line = desk.page.locator(".cal-col:visible .ap:visible").first
    await expect(line).to_contain_text("–")
    for hidden in (".cal-s", ".ap small", ".cal-bar", ".cal-times"):
        await expect(desk.page.locator(hidden).first).to_be_hidden()
