"""A patient's own page: what comes and what was, and what they may do with it themselves."""

import re
from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest

from domain.appointments import AppointmentStatus
from realtime.topics import Topic
from tests.portal.conftest import Own
from tests.scheduling.clinic import LONDON
from tests.stations import Sign
from tests.watchers import watching
from ward import clock
from ward.patients.amend import revise
from ward.scheduling.models import Appointment
from ward.scheduling.reschedule import NewTime, reschedule


def at(row: Appointment, deed: str = "") -> str:
    return f"/me/appointments/{row.id}{deed}"


async def test_a_patient_begins_with_their_own_page(own: Own) -> None:
    first = await own.station.get("/")
    assert first.headers["location"] == "/me"
    page = await own.station.get("/me")
    assert page.status_code == 200
    assert "You have no appointment." in page.text
    assert 'href="/account/access"' in page.text
    assert 'href="/wards"' not in page.text


async def test_what_comes_stands_above_what_was(own: Own) -> None:
    row = await own.book(9)
    page = (await own.station.get("/me")).text
    local = row.starts_at.astimezone(LONDON)
    assert f"{local:%A} {local.day} {local:%B %Y}, 09:00" in page
    for words in ("Follow-up, Dr Adeyemi", "Outpatients, Northsite", "I will come"):
        assert words in page
    clock.shift(row.ends_at + timedelta(minutes=1) - clock.now())
    async with (await _again(own)).watch(Topic("own", own.patient)) as screen:
        said = (
            screen.first.content
        )  # what comes due is drawn as soon as somebody looks at the clock
        if "own-past" not in said:
            said = (await screen.until("own-past")).content
    assert "You have no appointment." in said
    assert "09:00" in said[said.index("own-past") :]


async def _again(own: Own):
    """Sign in once more: the session has run out by the moved clock."""
    answer = await own.station.client.post(
        "/login", data={"username": "patient", "password": "ward-demo-2026"}
    )
    assert answer.status_code == 303
    return own.station


async def test_a_change_at_the_desk_is_on_the_page_by_itself(own: Own) -> None:
    async with own.station.watch(Topic("own", own.patient)) as page:
        row = await own.book(9)
        assert "09:00" in (await page.until("09:00")).content
        start = own.clinic.at(11, days=3)
        to = NewTime(
            start=start,
            wall=start.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M"),
            resources=[own.clinic.resources["Dr Adeyemi"]],
        )
        async with own.clinic.work() as work:
            await reschedule(work, row.id, to, seen=None)
        assert "11:00" in (await page.until("11:00")).content


async def test_what_is_pushed_is_what_a_fresh_page_shows(own: Own) -> None:
    row, topic, free = await own.book(9), f"own/{own.patient}", f"free/{own.clinic.ward}"
    async with (
        watching(own.station, "/me", topic) as page,
        watching(own.station, at(row, "/move"), free) as times,
    ):
        await own.station.post(at(row, "/confirm"), version=row.version)
        await own.book(14, "Dr Müller")
        await page.settled()
        await times.settled()
        assert page.frames
        assert times.frames


async def test_the_sheet_says_where_when_and_what_to_bring(own: Own) -> None:
    sheet = await own.station.get(at(await own.book(9)))
    for words in ("Outpatients, Northsite", "Dr Adeyemi", "medicines you take", "I cannot come"):
        assert words in sheet.text


async def test_a_patient_says_that_they_will_come(own: Own, sign: Sign) -> None:
    row, desk = await own.book(9), await sign("reception")
    answer = await own.station.post(at(row, "/confirm"), version=row.version)
    assert answer.status_code == 204, answer.text
    assert (await own.clinic.of(row)).confirmed_at is not None
    assert "You said that you will come" in (await own.station.get("/me")).text
    assert "Patient" in (await desk.get(f"/appointments/{row.id}")).text


async def test_a_patient_cancels_with_a_reason(own: Own) -> None:
    row = await own.book(9)
    form = await own.station.get(at(row, "/cancel"))
    assert "I feel better" in form.text
    seen = await own.version(row)
    empty = await own.station.post(at(row, "/cancel"), htmx=False, version=seen)
    assert (empty.status_code, "choose a reason" in empty.text) == (422, True)
    done = await own.station.post(
        at(row, "/cancel"), htmx=False, version=seen, why="better", words="Thank you"
    )
    assert done.headers["location"] == "/me?done=cancelled"
    gone = await own.clinic.of(row)
    assert (gone.status, gone.cancel_reason) == (AppointmentStatus.CANCELLED, "pat-fb")
    assert (
        "is cancelled already"
        in (
            await own.station.post(at(row, "/cancel"), htmx=False, version=gone.version, why="time")
        ).text
    )


@pytest.mark.parametrize(
    ("before", "cancels", "moves"),
    [
        (timedelta(hours=24, minutes=1), True, True),
        (timedelta(hours=23, minutes=59), True, False),
        (timedelta(hours=2, minutes=1), True, False),
        (timedelta(hours=1, minutes=59), False, False),
    ],
)
async def test_how_late_it_may_be(
    own: Own, before: timedelta, *, cancels: bool, moves: bool
) -> None:
    row = await own.book(9)
    clock.shift(row.starts_at - before - clock.now())
    station = await _again(own)
    sheet = (await station.get(at(row))).text
    assert (at(row, "/cancel") in sheet, at(row, "/move") in sheet) == (cancels, moves)
    if not cancels:
        answer = await station.post(at(row, "/cancel"), htmx=False, version=row.version, why="time")
        assert (answer.status_code, "less than 2 hours" in answer.text) == (409, True)
    if not moves:
        assert "less than 24 hours" in (await station.get(at(row, "/move"))).text


async def test_a_page_that_is_too_old_changes_nothing(own: Own) -> None:
    row = await own.book(9)
    await own.station.post(at(row, "/confirm"), version=row.version)
    old = await own.station.post(at(row, "/cancel"), htmx=False, version=row.version, why="time")
    assert (old.status_code, "has changed meanwhile" in old.text) == (409, True)
    assert (await own.clinic.of(row)).status is AppointmentStatus.BOOKED


async def test_dates_are_in_the_language_of_the_patient(own: Own) -> None:
    async with own.clinic.work() as work:
        await revise(work, own.patient, lambda person: replace(person, language="de"), seen=None)
    await own.book(9)
    page = (await own.station.get("/me")).text
    assert re.search(r'lang="de">\w+, \d+\. \w+ \d{4}, 09:00 Uhr', page)


async def test_the_calendar_of_a_telephone_follows_and_is_revoked(own: Own) -> None:
    row, other = await own.book(9), await own.clinic.scene.patient("Otherwise")
    await own.clinic.book(other, own.clinic.at(14, days=3))
    page = await own.station.post("/me/calendar", htmx=False, label="My phone")
    (address,) = re.findall(r'value="(http[^"]+/feeds/[^"]+)"', page.text)
    read = await own.station.client.get(address)
    (event,) = icalendar.Calendar.from_ical(read.text).events
    assert event.start == row.starts_at
    assert "Follow-up" not in read.text
    (way,) = re.findall(
        r'action="(/me/calendar/[^"]+/revocation)"', (await own.station.get("/me/calendar")).text
    )
    assert (await own.station.post(way)).status_code == 204
    assert (await own.station.client.get(address)).status_code == 404


async def test_a_newer_code_voids_the_earlier_and_lets_in(own: Own) -> None:
    clock.shift(own.clinic.at(8, 30) - clock.now())
    station = await _again(own)
    row = await _today(own)
    codes = []
    for _ in range(2):
        page = await station.post(at(row, "/code"), htmx=False)
        codes += re.findall(r'href="(http[^"]+/arrive/[^"]+)"', page.text)
    first, second = codes
    refused = await station.client.post(first)
    assert (refused.status_code, "newer code" in refused.text) == (409, True)
    async with station.watch(Topic("own", own.patient)) as screen:
        assert "001" in (await station.client.post(second)).text
        assert "Your number is" in (await screen.until("001")).content


async def _today(own: Own) -> Appointment:
    day = clock.now().astimezone(LONDON)
    return await own.clinic.book(
        own.patient, day.replace(hour=9, minute=30, second=0, microsecond=0)
    )
