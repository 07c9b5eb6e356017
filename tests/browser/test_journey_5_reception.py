"""Journey 5, reception: two desks on two nodes share one calendar that nobody can book twice."""

import re
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from domain.notices import SETTLED
from tests.adt.scene import ANYBODY, person
from tests.browser.conftest import Seat, serving
from tests.browser.desk import Desk
from tests.printed import scanned
from tests.stations import Running, ids
from ward import clock
from ward.dev.cast import ZONE
from ward.dev.clinics import PLANS, clinic_called, found_clinics
from ward.dev.embedded import Stores
from ward.dev.outpatients import book_outpatients
from ward.patients.register import register
from ward.scheduling import visits
from ward.scheduling.book import Booking, book
from ward.work import work_as

pytestmark = pytest.mark.asyncio(loop_scope="session")
Two = tuple[Running, Running]
TRIO = ("Dr Müller", "Room 2", "Echo machine")
PATIENT = "SMITHSON, Joan"  # whom the sign-in `patient` is
LATER = timedelta(days=60)  # a day on which the demo has nothing booked


@pytest_asyncio.fixture(loop_scope="session")
async def nodes(stores: Stores, template: str) -> AsyncIterator[Two]:
    """Two nodes of one hospital whose clinic is booked."""
    async with serving(stores, template) as begin, begin() as a, begin() as b:
        await found_clinics(a.node)
        await book_outpatients(a.node)
        yield a, b


@cache
def today() -> date:
    """Name the day on which this began: a night may fall before it ends."""
    return datetime.now(ZoneInfo(ZONE)).date()


def day(after: timedelta = LATER) -> date:
    """Name a day of the clinic."""
    return today() + after


def piece(desk: Desk, column: str, text: str) -> Locator:
    """Find what stands in a column of the calendar."""
    there = desk.page.locator(".cal-col").filter(has=desk.page.locator("h3", has_text=column))
    return there.locator(".ap").filter(has_text=text)


async def test_journey_5(nodes: Two, seat: Seat) -> None:
    a, b = nodes
    clinic = (await ids(a.node, "ward"))["Outpatients"]
    mary, colleague = await seat(a.url, "reception"), await seat(b.url, "doctor")
    way = f"/clinics/{clinic}/calendar?day={day()}"
    await colleague.open(way)
    who = await step_1_the_patient_is_known_already(mary)
    await mary.open(way)
    await step_2_a_clinician_a_room_and_a_machine_in_one_step(mary, colleague, clinic, who)
    await step_3_a_clash_is_explained_and_one_of_three_times_taken(mary, colleague, clinic)
    await step_4_a_series_with_one_holiday(mary, clinic, who)
    await step_5_a_doctor_is_sick(mary, colleague, clinic)
    phone = await seat(b.url, "patient", "phone")
    await step_6_what_is_cancelled_is_offered_and_accepted(mary, colleague, phone, clinic)
    await step_6_and_moved_while_a_desk_takes_the_same_time(a, phone)
    await step_7_the_patient_checks_in_by_a_code(nodes, seat, clinic)


async def step_1_the_patient_is_known_already(mary: Desk) -> str:
    await mary.open("/patients/new")
    await mary.page.get_by_label("Family name").first.fill("Bell")
    await mary.page.get_by_label("Given name").first.fill("Thomas")
    found = mary.page.locator("#doubles, #candidates, [data-doubles], #duplicates").first
    await expect(found).to_contain_text("BELL, Thomas")
    return "BELL, Thomas"


async def begin(desk: Desk, clinic: object, at: str, visit: str, who: str) -> None:
    """Open the sheet at a time, and fill in whom and what for."""
    await desk.settle()
    await desk.press("#book")
    family = who.partition(",")[0]
    await desk.sheet.get_by_label("Who", exact=True).fill(family)
    await desk.press(desk.sheet.locator("#candidates label").filter(has_text=who).first)
    words = desk.sheet.get_by_label("Visit").locator("option").filter(has_text=visit)
    value = await words.first.get_attribute("value")
    await desk.sheet.get_by_label("Visit").select_option(value)
    await desk.sheet.get_by_label("When").fill(at)
    await desk.sheet.get_by_label("When").blur()


async def step_2_a_clinician_a_room_and_a_machine_in_one_step(
    mary: Desk, colleague: Desk, clinic: object, who: str
) -> None:
    asked = len(colleague.asked)
    await begin(mary, clinic, f"{day()}T10:00", "Echocardiogram", who)
    for one in TRIO:
        await mary.choose(one)
    for column in TRIO:
        await expect(piece(colleague, column, "Held")).to_contain_text("Mary Seagrove")
    await mary.save()
    for column in TRIO:
        await expect(piece(colleague, column, who)).to_be_visible()
    await expect(piece(colleague, "Room 2", "Held")).to_have_count(0)
    assert colleague.asked[asked:] == []  # all of it came by itself


async def step_3_a_clash_is_explained_and_one_of_three_times_taken(
    mary: Desk, colleague: Desk, clinic: object
) -> None:
    other = "WARD, Isla"
    await begin(mary, clinic, f"{day()}T10:10", "Echocardiogram", other)
    for one in TRIO:
        await mary.choose(one)
    await mary.press(mary.sheet.locator("footer [type=submit]"))
    told = mary.page.locator("#problem")
    for one in TRIO:
        await expect(told).to_contain_text(f"{one} has BELL, Thomas")
    offers = told.get_by_role("button").filter(has_text="Dr Müller")
    await expect(offers).to_have_count(3)
    await mary.press(offers.first)
    await mary.saved()
    await expect(piece(colleague, "Echo machine", other)).to_be_visible()


async def step_4_a_series_with_one_holiday(mary: Desk, clinic: object, who: str) -> None:
    holiday = day() + timedelta(days=21)
    await mary.open(f"/clinics/{clinic}/hours")
    await away(mary, clinic, "", holiday, "holiday")
    await mary.open(f"/clinics/{clinic}/calendar?day={day()}")
    await begin(mary, clinic, f"{day()}T15:00", "Follow-up", who)
    await mary.choose("Dr Adeyemi")
    await mary.sheet.get_by_label("Again").select_option("week")
    await mary.sheet.get_by_label("How many times").fill("8")
    await mary.press(mary.sheet.locator("footer [type=submit]"))
    told = mary.page.locator("#problem")
    await expect(told).to_contain_text("7 fit; for 1 something is in the way")
    await expect(told).to_contain_text("holiday")
    await mary.press(told.get_by_role("button", name="Book the series like this"))
    await mary.saved()
    await mary.open(f"/clinics/{clinic}/calendar?day={day() + timedelta(days=49)}")
    await expect(piece(mary, "Dr Adeyemi", who)).to_be_visible()


async def away(desk: Desk, clinic: object, who: str, on: date, why: str) -> None:
    """Say that somebody, or the whole clinic, is not there on a day."""
    await desk.settle()
    await desk.press(desk.page.get_by_role("button", name="Somebody is away"))
    if who:
        await desk.sheet.get_by_label("Who or what").select_option(label=who)
    await desk.sheet.get_by_label("Why").select_option(why)
    await desk.sheet.get_by_label("From").fill(f"{on}T00:00")
    await desk.sheet.get_by_label("Until").fill(f"{on}T23:59")
    async with desk.page.expect_navigation(url=re.compile("/(hours|conflicts)$")):
        await desk.press(desk.sheet.locator("footer [type=submit]"))


async def step_5_a_doctor_is_sick(mary: Desk, colleague: Desk, clinic: object) -> None:
    await mary.open(f"/clinics/{clinic}/hours")
    await away(mary, clinic, "Dr Müller", day(), "sick")
    await mary.page.wait_for_url(re.compile("/conflicts"))
    rows = mary.page.locator("tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Dr Müller is away")
    await mary.settle()
    await mary.press(rows.first.get_by_role("button", name="Move"))
    await mary.sheet.get_by_label("New time").fill(f"{day() + timedelta(days=1)}T10:00")
    await mary.save()
    await expect(piece(colleague, "Echo machine", "BELL, Thomas")).to_have_count(0)
    await mary.page.reload()
    await expect(mary.page.locator("tbody tr")).to_have_count(1)


def card(desk: Desk, text: str) -> Locator:
    """Find an appointment, or an offer, on a patient's own page."""
    return desk.page.locator(".own-card").filter(has_text=text)


async def step_6_what_is_cancelled_is_offered_and_accepted(
    mary: Desk, colleague: Desk, phone: Desk, clinic: object
) -> None:
    await mary.open(f"/clinics/{clinic}/waitlist")
    await mary.settle()
    await mary.press("#wait-new")
    await mary.sheet.get_by_label("Who", exact=True).fill("Smithson")
    await mary.press(mary.sheet.locator("#candidates label").filter(has_text=PATIENT).first)
    await mary.sheet.get_by_label("Visit").select_option(label="Follow-up")
    await mary.sheet.get_by_label("How urgent").select_option(label="Urgent")
    await mary.sheet.get_by_label("To be seen by").fill(f"{day(timedelta(days=-2))}")
    await mary.sheet.get_by_label("Earliest time").fill("15:00")
    await mary.save()
    await phone.open("/me")
    await mary.open(f"/clinics/{clinic}/calendar?day={day()}")
    await mary.settle()
    await mary.press(piece(mary, "Dr Adeyemi", "BELL, Thomas").get_by_role("link").first)
    await mary.press(mary.sheet.get_by_role("button", name="Cancel"))
    await mary.sheet.get_by_label("Why").select_option(label="Patient")
    await mary.save()
    asked = len(mary.asked), len(colleague.asked)
    clock.shift(clock.offset() + SETTLED)  # nothing is offered while it can be taken back
    offer = card(phone, "15:00").filter(has_text="Kept for you")
    await phone.press(offer.get_by_role("button", name="Take this time"))
    await expect(card(phone, "15:00")).to_contain_text("You said that you will come")
    for desk in (mary, colleague):
        await expect(piece(desk, "Dr Adeyemi", PATIENT)).to_be_visible()
    assert mary.asked[asked[0] :] == colleague.asked[asked[1] :] == []  # all of it came by itself
    await expect(phone.page.locator("body")).not_to_contain_text("BELL")


async def step_6_and_moved_while_a_desk_takes_the_same_time(a: Running, phone: Desk) -> None:
    await phone.press(card(phone, "15:00").get_by_role("button", name="Details"))
    await phone.press(phone.sheet.get_by_role("link", name="Move to another time"))
    await phone.page.wait_for_url("**/move")
    await phone.live()
    times = phone.page.locator("[name=pick]")
    pick = await times.first.get_attribute("value") or ""
    shown = phone.page.url
    await taken_at_a_desk(a, pick)
    await expect(phone.page.locator(f'[name=pick][value="{pick}"]')).to_have_count(0)
    assert phone.page.url == shown  # the list renewed itself
    await phone.press(times.first)
    await phone.press(phone.page.get_by_role("button", name="Move it"))
    await expect(phone.page.locator(".own .note.ok")).to_contain_text("is moved")


async def taken_at_a_desk(a: Running, pick: str) -> None:
    """Book somebody else at the very time that a patient looks at."""
    at, _, named = pick.partition("/")
    start = datetime.fromisoformat(at)
    async with work_as(a.node, ANYBODY, "test.desk") as work:
        clinic = await clinic_called(work, PLANS[0])
        offered = await visits.offered(work, clinic.id)
        follow_up = next(one for one in offered.values() if one.row.label == "Follow-up")
        said = Booking(
            patient_id=(await register(work, person("Swift", "Anna"))).id,
            ward_id=clinic.id,
            visit_type_id=follow_up.row.id,
            resources=[UUID(one) for one in named.split(",")],
            start=start,
            wall=start.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M"),
        )
        await book(work, said)


async def step_7_the_patient_checks_in_by_a_code(nodes: Two, seat: Seat, clinic: object) -> None:
    a, b = nodes
    zone = ZoneInfo(ZONE)
    morning = datetime.combine(day(timedelta(days=1)), time(8, 30), zone)
    clock.shift(morning - datetime.now(zone))
    phone, doctor = await seat(a.url, "patient", "phone"), await seat(b.url, "doctor")
    hall, door = await seat(b.url, "reception"), await seat(a.url, None, "tablet")
    await doctor.open(f"/clinics/{clinic}/arrivals")
    await hall.open(f"/clinics/{clinic}/waiting")
    await phone.open("/me")
    await phone.press(card(phone, "09:30").get_by_role("button", name="Details"))
    await phone.press(phone.sheet.get_by_role("button", name="Show my code"))
    await expect(phone.page.get_by_role("img", name="Code to scan")).to_be_visible()
    (address,) = scanned(await phone.page.pdf(), prefix=False)
    await phone.open("/me")
    await door.page.goto(address)
    await door.press(door.page.get_by_role("button", name="I am here"))
    await expect(door.page.get_by_role("status")).to_contain_text("001")
    await expect(card(phone, "09:30")).to_contain_text("Your number is 001")
    await doctor.page.get_by_label("Call to").select_option(label="Room 2")
    await doctor.press(doctor.page.get_by_role("button", name="Call next"))
    await expect(hall.page.locator("#calls")).to_contain_text("001 Room 2")
    await expect(card(phone, "09:30")).to_contain_text("Please go to Room 2")
    for word in ("Smithson", "SMITHSON", "Joan"):
        await expect(hall.page.locator("main")).not_to_contain_text(word)
        await expect(door.page.locator("main")).not_to_contain_text(word)
