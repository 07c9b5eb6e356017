"""The calendar of a clinic: what it shows to whom, and what another desk sees at once."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from domain.access import Permission, Role
from domain.appointment_codes import CancellationReason
from domain.clinic_hours import Why
from domain.queues import TicketState
from domain.spans import NO_BUFFER, Span
from realtime.topics import Topic
from tests.contracts.test_statements import counted
from tests.scheduling.clinic import LONDON, SET, Clinic
from tests.stations import Gone, Sign, Station
from tests.watchers import watching
from ward import clock, live, render
from ward.arrivals.models import Ticket
from ward.config import ROOT
from ward.errors import Missing
from ward.node import Pictures
from ward.scheduling import cancel, grid, hold
from ward.scheduling.clinics import Closure, Hours, HoursKind
from ward.scheduling.events import AppointmentMoved, HoursChanged, day_of
from ward.scheduling.models import Appointment
from ward.scheduling.reschedule import NewTime, reschedule

DRAWN = 16  # statements of a day, however full


def topic(clinic: Clinic, days: int = 1) -> Topic:
    return Topic("calendar", day_of(clinic.ward, clinic.day(days)))


async def page(station: Station, clinic: Clinic, **query: str) -> str:
    asked = {"day": str(clinic.day())} | query
    answer = await station.get(f"/clinics/{clinic.ward}/calendar", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.text


def column(html: str, clinic: Clinic, label: str) -> str:
    """Cut one column out of the first day of a page."""
    found = re.search(rf'<div id="col-{clinic.resources[label]}.*?</ol></div>', html, re.DOTALL)
    assert found, label
    return found[0]


async def arrive(clinic: Clinic, one: Appointment, room: str = "") -> None:
    """Have the patient come, and go into a room."""
    async with clinic.work() as work:
        row = await work.access(Appointment, one.id, Permission.CHECK_IN, lock=True)
        row.status, row.arrived_at = "arrived", work.now - timedelta(minutes=12)
        ticket = Ticket(
            patient_id=row.patient_id, ward_id=row.ward_id, appointment_id=row.id, number=1,
            on_day=clinic.day(), waits_since=row.arrived_at, called_at=work.now,
            state=TicketState.IN_ROOM if room else TicketState.WAITING,
            in_room_at=work.now if room else None, room_id=clinic.resources.get(room),
        )  # fmt: skip
        work.add(ticket, Permission.CHECK_IN)
        days = (day_of(clinic.ward, clinic.day()),)
        work.record(AppointmentMoved(days, row.id, row.patient_id, row.ward_id))


async def shut(clinic: Clinic) -> None:
    """Give Dr Adeyemi a lunch, and have the doctor fall ill in the morning."""
    doctor = clinic.resources["Dr Adeyemi"]
    async with clinic.work() as work:
        lunch = Hours(
            resource_id=doctor, ward_id=clinic.ward, kind=HoursKind.BREAK, label="Lunch",
            weekday=clinic.day().weekday(), opens=time(12, 30), closes=time(13, 30),
            since=date(2020, 1, 1),
        )  # fmt: skip
        sick = Closure(
            ward_id=clinic.ward, resource_id=doctor, why=Why.SICK, made_at=work.now,
            starts_at=clinic.at(9), ends_at=clinic.at(12),
        )  # fmt: skip
        work.add(lunch, SET)
        work.add(sick, SET)
        work.record(HoursChanged((day_of(clinic.ward, clinic.day()),), clinic.ward))


async def test_a_booking_stands_in_every_column_it_uses(open_door: Clinic, sign: Sign) -> None:
    patient = await open_door.scene.patient("Khan", "Aisha")
    who = ("Dr Müller", "Room 2", "Echo")
    await open_door.book(patient, open_door.at(9, 20), *who, visit="Echocardiogram")
    html = await page(await sign("reception"), open_door)
    for label in who:
        piece = column(html, open_door, label)
        assert 'title="KHAN, Aisha"' in piece  # however narrow the column is
        assert "gr-6 gs-2 go-1 ge-2 dn-2" in piece.replace('" data', "").replace("lead ", ""), piece
        assert "09:20–09:50" in piece
        assert "1 booked" in piece
    assert "KHAN" not in column(html, open_door, "Room 1")
    assert "Room 2, Echo" in column(html, open_door, "Dr Müller")
    assert html.count('data-say="09:20 KHAN, Aisha: Booked."') == 1  # said once, not three times
    assert html.count('href="/appointments/') == 3


async def test_another_desk_sees_booking_arrival_and_room_in_small_frames(
    open_door: Clinic, sign: Sign
) -> None:
    patient = await open_door.scene.patient("Khan", "Aisha")
    await open_door.book(await open_door.scene.patient("Bell"), open_door.at(9), "Dr Müller")
    other = await sign("doctor")
    async with other.watch(topic(open_door)) as screen:
        row = await open_door.book(
            patient, open_door.at(10), "Dr Adeyemi", "Room 1", visit="New patient"
        )
        booked = await screen.until("KHAN, Aisha")
        assert booked.message["p"] > 0  # columns, not the whole day
        assert "BELL" not in booked.content
        await arrive(open_door, row)
        assert "Arrived" in (await screen.until("data-since")).content
    async with other.watch(topic(open_door)) as screen:
        assert "longest" in screen.first.content  # type: ignore[attr-defined]


async def test_who_is_in_a_room_is_told_by_the_queue(open_door: Clinic, sign: Sign) -> None:
    patient = await open_door.scene.patient("Khan")
    row = await open_door.book(patient, open_door.at(10), "Dr Adeyemi")
    await arrive(open_door, row, "Room 1")
    assert "In room since" in await page(await sign("reception"), open_door)


async def test_a_move_leaves_nothing_behind_and_tells_both_days(
    open_door: Clinic, sign: Sign
) -> None:
    patient = await open_door.scene.patient("Khan")
    row = await open_door.book(patient, open_door.at(10), "Dr Adeyemi")
    desk = await sign("reception")
    async with desk.watch(topic(open_door)) as old, desk.watch(topic(open_door, 2)) as new:
        async with open_door.work() as work:
            start = open_door.at(11, days=2)
            wall = start.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
            to = NewTime(start=start, wall=wall, resources=[open_door.resources["Dr Müller"]])
            await reschedule(work, row.id, to, seen=None)
        await new.until("KHAN")
        await old.until_gone("KHAN")


async def test_whoever_does_not_come_is_shown_and_the_time_is_free(
    open_door: Clinic, sign: Sign
) -> None:
    one, two = await open_door.scene.patient("Khan"), await open_door.scene.patient("Bell")
    gone = await open_door.book(one, open_door.at(10), "Dr Adeyemi", "Room 1", visit="New patient")
    missed = await open_door.book(two, open_door.at(9), "Dr Adeyemi")
    async with open_door.work() as work:
        await cancel.cancel(work, gone.id, CancellationReason.PATIENT, "", seen=None)
    clock.shift(open_door.at(9, 30) - datetime.now(UTC))
    async with open_door.work() as work:
        await cancel.miss(work, missed.id, seen=None)
    html = await page(await sign("reception"), open_door)
    adeyemi = column(html, open_door, "Dr Adeyemi")
    assert re.search(r'class="ap cancelled [^"]*"[^>]*>\s*<a[^>]*>.*?KHAN', adeyemi, re.DOTALL)
    assert "Did not attend" in adeyemi
    assert "0 booked" in adeyemi
    assert "1 cancelled" in html


async def test_a_hold_shows_who_and_until_and_goes_by_itself(open_door: Clinic, sign: Sign) -> None:
    desk, other = await sign("reception"), await sign("doctor")
    async with other.watch(topic(open_door)) as screen:
        at = open_door.at(11).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
        answer = await desk.post(
            f"/clinics/{open_door.ward}/holds", at=at, visit_type_id=open_door.visits["Follow-up"],
            resource=open_door.resources["Dr Adeyemi"],
        )  # fmt: skip
        assert answer.status_code < 300, answer.text
        held = (await screen.until("Mary Seagrove")).content
        assert "Held" in held
        assert "data-until=" in held
        clock.shift(timedelta(minutes=6))
        of = f"col-{open_door.resources['Dr Adeyemi']}"
        while of not in (frame := await screen.next()).content or "Mary Seagrove" in frame.content:
            pass  # frames that were on their way


async def test_overbooked_are_both_marked_and_counted_once(open_door: Clinic, sign: Sign) -> None:
    one = await open_door.scene.patient("Khan", "Aisha")
    two = await open_door.scene.patient("Bell", "Thomas")
    who = ("Dr Adeyemi", "Room 1")
    await open_door.book(one, open_door.at(10), *who, visit="New patient")
    await open_door.book(two, open_door.at(10), *who, visit="New patient", overbook="Agreed")
    html = await page(await sign("reception"), open_door)
    for label in who:
        piece = column(html, open_door, label)
        assert "Overbooked: BELL, Thomas" in piece
        assert "Overbooked: KHAN, Aisha" in piece
        assert "gc-1 gw-6" in piece
        assert "gc-7 gw-6" in piece
    assert "Conflict 1" in html


async def test_breaks_and_closures_have_their_word_and_bookings_in_them_conflict(
    open_door: Clinic, sign: Sign
) -> None:
    patient = await open_door.scene.patient("Khan")
    await open_door.book(patient, open_door.at(10), "Dr Adeyemi")
    desk = await sign("reception")
    async with desk.watch(topic(open_door)) as screen:
        await shut(open_door)
        html = (await screen.until("Lunch")).content
    assert "Away" in html
    assert "Sick" not in html  # why somebody is away is nobody's business
    assert "Conflict Dr Adeyemi: Away" in html


async def test_who_is_not_of_the_clinic_sees_what_is_taken_and_not_for_whom(
    open_door: Clinic, sign: Sign
) -> None:
    patient = await open_door.scene.patient("Khan")
    await open_door.book(patient, open_door.at(10), "Dr Adeyemi")
    html = await page(await sign("nurse"), open_door)
    assert "Taken" in column(html, open_door, "Dr Adeyemi")
    assert "10:00–10:20" in html
    for word in ("KHAN", "/appointments/", "Booked", str(patient)):
        assert word not in html.partition('id="calendar-')[2].partition("cal-slot")[0], word


async def test_patients_see_no_calendar_of_others(open_door: Clinic, sign: Sign) -> None:
    patient = await open_door.scene.patient("Khan")
    await open_door.book(patient, open_door.at(10), "Dr Adeyemi")
    person = await sign("patient")
    for path in (f"/clinics/{open_door.ward}/calendar", "/schedule", "/schedule/mine"):
        answer = await person.get(path)
        assert answer.status_code == 403, path
        assert "KHAN" not in answer.text
    with pytest.raises(Gone):
        async with person.watch(topic(open_door)):
            pass
    kind = live.KINDS["calendar"]
    assert live.richest(kind, Role.PATIENT, live.covered({True})) == "brief.en"


async def test_other_roles_are_refused(open_door: Clinic, sign: Sign) -> None:
    assert (await (await sign("lab")).get("/schedule")).status_code == 403
    biller = await sign("biller")
    assert (await biller.get(f"/clinics/{open_door.ward}/calendar")).status_code == 403
    with pytest.raises(Gone):
        async with biller.watch(topic(open_door)):
            pass


async def test_the_trail_knows_whom_a_calendar_showed(open_door: Clinic, sign: Sign) -> None:
    patient = await open_door.scene.patient("Khan")
    await open_door.book(patient, open_door.at(10), "Dr Adeyemi")
    await page(await sign("reception"), open_door)
    seen = (
        "SELECT count(*) FROM audit_event WHERE code = 'scheduling.show' AND :one = ANY(patients)"
    )
    assert await open_door.scene.scalar(seen, one=patient) == 1


async def test_a_week_is_seven_days_of_one_column(open_door: Clinic, sign: Sign) -> None:
    desk = await sign("reception")
    html = await page(desk, open_door, view="week", of=str(open_door.resources["Room 2"]))
    assert len(re.findall(r'data-topic="calendar/', html)) == 7
    assert 'class="only-4"' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


async def test_what_was_pushed_is_what_a_fresh_page_shows(open_door: Clinic, sign: Sign) -> None:
    path, of = f"/clinics/{open_door.ward}/calendar?day={open_door.day()}", str(topic(open_door))
    async with (
        watching(await sign("reception"), path, of, wall=None) as full,
        watching(await sign("nurse"), path, of, wall=None) as brief,
    ):
        for hour in (9, 10, 11):
            patient = await open_door.scene.patient(f"Khan{hour}")
            who = ("Dr Adeyemi", "Room 1")
            row = await open_door.book(patient, open_door.at(hour), *who, visit="New patient")
        await arrive(open_door, row)
        await shut(open_door)
        for watcher in (full, brief):
            open_door.scene.node.pictures = Pictures()
            render._REMEMBERED.clear()
            await watcher.settled()
        assert full.shown.view == "full.en"
        assert brief.shown.view == "brief.en"


async def test_one_begins_where_one_works(open_door: Clinic, sign: Sign) -> None:
    desk, doctor = await sign("reception"), await sign("doctor")
    own = f"/clinics/{open_door.ward}/calendar"
    assert (await desk.get("/")).headers["location"] == "/schedule"
    assert (await desk.get("/schedule")).headers["location"] == own
    assert (await doctor.get("/schedule/mine")).headers["location"] == "/schedule"
    resource = open_door.resources["Dr Müller"]
    async with open_door.scene.node.aside.begin() as connection:
        own_user = "(SELECT id FROM app_user WHERE username = 'doctor')"
        await connection.execute(
            text(f"UPDATE resource SET user_id = {own_user} WHERE id = :one"), {"one": resource}
        )
    there = (await doctor.get("/schedule/mine")).headers["location"]
    assert there == f"{own}?view=clinician&of={resource}"
    html = (await doctor.get(there)).text
    assert 'class="only-2"' in html
    assert re.search(r'href="/schedule/mine" aria-current="page"', html)


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "1999-01-01", "2199-01-01"])
async def test_a_day_that_is_none_or_too_far_is_said(
    open_door: Clinic, sign: Sign, day: str
) -> None:
    desk = await sign("reception")
    answer = await desk.get(f"/clinics/{open_door.ward}/calendar", params={"day": day})
    assert answer.status_code == 422
    assert "Write the day" in answer.text or "two years" in answer.text


@pytest.mark.parametrize("day", ["20261120", "2026-W47-5", "2026-11-20/x", "1999-01-01", "x"])
def test_a_topic_names_a_day_in_one_way(day: str) -> None:
    key = f"0190a0a0-0000-7000-8000-000000000000/{day}"
    with pytest.raises(Missing):
        live.KINDS["calendar"].read(Topic("calendar", key))


async def test_a_full_day_takes_as_few_statements_as_an_empty_one(clinic: Clinic) -> None:
    counts = []
    for turn in range(3):
        patient = await clinic.scene.patient(f"Khan{turn}")
        await clinic.book(patient, clinic.at(9 + turn), "Dr Adeyemi", "Room 1", visit="New patient")
        async with clinic.work() as work:
            span = Span(clinic.at(15 + turn), clinic.at(15 + turn, 20))
            held = [clinic.resources["Dr Müller"]]
            offered = {"patient_id": patient, "buffer": NO_BUFFER}
            await hold.hold(work, clinic.ward, span, held, **offered)
        with counted(clinic.scene.node.aside) as said:
            await live.draw(clinic.scene.node, topic(clinic), frozenset({"full.en", "brief.en"}))
        (own,) = {one for one, statement in said if "FROM reservation" in statement}
        counts.append(len([statement for one, statement in said if one == own]))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= DRAWN


# ------------------------------------------------------------------------------- the grid itself


def span(hour: int, minute: int, long: int, day: date = date(2026, 11, 20)) -> Span:
    start = datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)
    return Span(start, start + timedelta(minutes=long))


@pytest.mark.parametrize(
    ("day", "rows"), [("2026-03-29", 92), ("2026-11-20", 96), ("2026-10-25", 100)]
)
def test_a_day_has_as_many_rows_as_it_has_quarters(day: str, rows: int) -> None:
    whole = grid.frame(date.fromisoformat(day), LONDON, [(time(0), time(23, 59))], [])
    assert whole.rows == rows


def test_the_hours_shown_are_the_clinics_and_what_lies_outside() -> None:
    day = date(2026, 11, 20)
    usual = [(time(8, 30), time(17)), (time(9), time(12))]
    shown = grid.frame(day, LONDON, usual, [])
    assert [said for _, said in shown.hours][:2] == ["08:00", "09:00"]
    assert shown.rows == 36
    later = grid.frame(day, LONDON, usual, [span(18, 5, 10)])
    assert later.hours[-1] == ("gr-41", "18:00")
    assert grid.frame(day, ZoneInfo("Australia/Lord_Howe"), usual, []).hours[0][1] == "08:00"


@pytest.mark.parametrize(
    ("at", "classes"),
    [
        (span(8, 0, 15), "gr-1 gs-1"),
        (span(9, 20, 20), "gr-6 gs-1 go-1 ge-1"),
        (span(9, 7, 20), "gr-5 gs-1 go-1 ge-2"),  # to fives, outwards
        (span(9, 0, 5), "gr-5 gs-1"),  # never less than a row: it must be hit
        (span(6, 0, 60), None),
        (span(7, 30, 60), "gr-1 gs-2"),  # what lies before the first hour is cut
    ],
)
def test_a_piece_stands_at_its_minutes(at: Span, classes: str | None) -> None:
    shown = grid.Frame(span(8, 0, 600), LONDON)
    assert shown.place(at) == classes


def test_pieces_that_overlap_stand_abreast_and_others_have_the_whole_width() -> None:
    spans = [span(9, 0, 30), span(9, 15, 30), span(9, 30, 15), span(11, 0, 15)]
    assert grid.abreast(spans) == [(0, 2), (1, 2), (0, 2), (0, 1)]


def test_every_place_in_the_grid_has_its_rule() -> None:
    css = (ROOT / "static/css/calendar.css").read_text()
    rules = [f".gr-{n}{{" for n in range(1, 101)] + [f".gs-{n}{{" for n in range(101)]
    rules += [f".{name}-{n}{{" for name in ("gc", "gw") for n in range(1, 13)]
    rules += [f".only-{n} .cal-col:not(.n-{n})" for n in range(1, 41)]
    assert [rule for rule in rules if rule not in css] == []
