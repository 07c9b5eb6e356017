"""The waiting room through its doors: pressed at one screen, seen at the others."""

import re
from datetime import timedelta

import httpx
import pytest

from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from realtime.topics import Topic
from tests.scheduling.clinic import LONDON, Clinic
from tests.stations import Sign, Station
from tests.watchers import watching
from ward import clock, render
from ward.arrivals import call, code_routes
from ward.arrivals.arrive import arrive
from ward.arrivals.models import Ticket
from ward.node import Pictures
from ward.scheduling.models import Appointment
from ward.security.limits import Limit
from ward.users.service import hang_wall

NAMES = ("Canaryone", "Canarytwo", "Canarythree")


@pytest.fixture
async def today(open_door: Clinic) -> Clinic:
    """The clinic on the morning of a day on which people come."""
    clock.shift(open_door.at(8, 30) - clock.now())
    return open_door


async def booked(clinic: Clinic, name: str, hour: int = 9) -> Appointment:
    return await clinic.book(await clinic.scene.patient(name, "Aisha"), clinic.at(hour))


async def comes(clinic: Clinic, name: str, hour: int = 9) -> Ticket:
    row = await booked(clinic, name, hour)
    async with clinic.work() as work:
        return await arrive(work, row.id, seen=None)


def page_of(clinic: Clinic) -> str:
    return f"/clinics/{clinic.ward}/arrivals"


async def hall(clinic: Clinic) -> str:
    where = f"SELECT branch_id FROM ward WHERE id = '{clinic.ward}'"
    branch = await clinic.scene.scalar(where)
    async with clinic.work() as work:
        return await hang_wall(work, "Hall", branch, clinic.ward)


async def ways(station: Station, clinic: Clinic) -> set[str]:
    page = await station.get(page_of(clinic))
    return {way.rpartition("/")[2] for way in re.findall(r'hx-post="(/tickets/[^"]+)"', page.text)}


async def test_a_press_at_the_desk_is_seen_in_the_room_and_in_the_hall(
    today: Clinic, sign: Sign
) -> None:
    desk, doctor = await sign("reception"), await sign("doctor")
    row = await booked(today, "Khan")
    sheet = await desk.get(f"/appointments/{row.id}")
    assert f"/appointments/{row.id}/arrive" in sheet.text
    async with (
        doctor.watch(Topic("queue", today.ward)) as queue,
        desk.watch(Topic("tickets", today.ward)) as hall,
    ):
        assert "KHAN, Aisha" in queue.first.content
        answer = await desk.post(f"/appointments/{row.id}/arrive", version=row.version)
        assert answer.status_code == 204, answer.text
        frame = await queue.until("data-since=")
        assert "001" in frame.content
        room = today.resources["Room 2"]
        called = await doctor.post(f"/clinics/{today.ward}/queue/next", room_id=room)
        assert called.status_code == 204, called.text
        frame = await hall.until("001")
        assert "Room 2" in frame.content
        for word in ("Khan", "KHAN", "Aisha", str(row.patient_id), str(row.id)):
            assert word not in frame.content
    again = await desk.post(f"/appointments/{row.id}/arrive", version=row.version)
    assert again.status_code == 409


async def test_the_rail_of_the_desk_leads_to_the_waiting_room(today: Clinic, sign: Sign) -> None:
    desk = await sign("reception")
    led = await desk.get("/arrivals")
    assert led.headers["location"] == page_of(today)
    page = await desk.get(page_of(today))
    assert 'href="/arrivals" aria-current="page"' in page.text


async def test_each_place_has_its_buttons_and_they_lead_through(today: Clinic, sign: Sign) -> None:
    doctor, ticket = await sign("doctor"), await comes(today, "Bell")
    for verb, offered in (
        ("call", {"call", "enter", "leave"}),
        ("enter", {"enter", "back", "leave"}),
        ("back", {"finish", "back", "leave"}),
        ("enter", {"call", "enter", "leave"}),
        ("finish", {"finish", "back", "leave"}),
    ):
        assert await ways(doctor, today) == offered
        page = await doctor.get(page_of(today))
        (seen,) = set(re.findall(r'name="version" value="(\d+)"', page.text))
        answer = await doctor.post(f"/tickets/{ticket.id}/{verb}", version=seen)
        assert answer.status_code == 204, answer.text
    assert await ways(doctor, today) == set()
    assert "Seen" not in (await doctor.get(page_of(today))).text
    stale = await doctor.post(f"/tickets/{ticket.id}/leave", version=ticket.version)
    assert stale.status_code == 409
    assert "moved while you were looking: done" in stale.text


async def undo(station: Station, pressed: httpx.Response) -> httpx.Response:
    path, version = pressed.headers["ward-undo"].split(" ")
    return await station.post(path, version=version)


async def test_each_press_can_be_taken_back_for_ten_seconds(today: Clinic, sign: Sign) -> None:
    doctor, ticket = await sign("doctor"), await comes(today, "Bell")
    room = today.resources["Room 1"]
    for verb, said, places in (
        ("call", {"room_id": room}, "call enter leave"),
        ("enter", {}, "enter back leave"),
        ("finish", {}, "finish back leave"),
        ("leave", {}, "finish back leave"),
        ("back", {}, "finish back leave"),
    ):
        before = await ways(doctor, today)
        pressed = await doctor.post(
            f"/tickets/{ticket.id}/{verb}", version=await version(today, ticket), **said
        )
        assert pressed.status_code == 204, (verb, pressed.text)
        assert await ways(doctor, today) != before
        assert (await undo(doctor, pressed)).status_code == 204
        assert await ways(doctor, today) == before == set(places.split()), verb
        if verb in {"call", "enter"}:  # and once more, to go on
            again = await version(today, ticket)
            await doctor.post(f"/tickets/{ticket.id}/{verb}", version=again, **said)
    async with today.work() as work:
        row = await work.access(Ticket, ticket.id, call.SEE)
    assert (row.state, row.room_id, row.ended_at) == ("in-room", room, None)
    standing = "SELECT count(*) FROM reservation WHERE ended_at IS NULL"
    assert await today.scene.scalar(standing) == 1  # leaving let it go, undoing took it again


async def version(clinic: Clinic, ticket: Ticket) -> int:
    async with clinic.work() as work:
        return (await work.access(Ticket, ticket.id, call.SEE)).version


async def test_a_press_of_another_or_of_long_ago_is_not_taken_back(
    today: Clinic, sign: Sign
) -> None:
    doctor, other, ticket = await sign("doctor"), await sign("doctor2"), await comes(today, "Bell")
    pressed = await doctor.post(f"/clinics/{today.ward}/queue/next")
    assert "Only who did this can undo it" in (await undo(other, pressed)).text
    clock.shift(clock.offset() + timedelta(seconds=16))
    late = await undo(doctor, pressed)
    assert late.status_code == 409
    assert "more than 10 seconds ago" in late.text
    assert await version(today, ticket) == int(pressed.headers["ward-undo"].split(" ")[1])


async def test_who_did_not_attend_is_expected_again_when_that_is_undone(
    today: Clinic, sign: Sign
) -> None:
    row = await booked(today, "Khan", 9)
    clock.shift(clock.offset() + timedelta(hours=1))
    desk = await sign("reception")
    missed = await desk.post(f"/appointments/{row.id}/miss", version=row.version)
    assert missed.status_code == 204, missed.text
    assert "Did not attend" in (await desk.get(page_of(today))).text
    assert (await undo(desk, missed)).status_code == 204
    assert (await today.of(row)).status is AppointmentStatus.BOOKED


async def test_who_left_comes_back_as_a_walk_in_only(today: Clinic, sign: Sign) -> None:
    doctor, ticket = await sign("doctor"), await comes(today, "Bell")
    left = await doctor.post(f"/tickets/{ticket.id}/leave", version=ticket.version)
    assert left.status_code == 204
    with pytest.raises(NotAllowed, match="as a walk-in"):
        async with today.work() as work:
            await call.back(work, ticket.id, seen=None)


async def test_somebody_walks_in_and_waits(today: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await today.scene.patient("Reid", "Tom")
    at = f"/clinics/{today.ward}/walk-ins/new"
    assert "Follow-up, 20min" in (await desk.get(at)).text
    answer = await desk.post(at, patient_id=patient, visit_type_id=today.visits["Follow-up"])
    assert answer.status_code == 204, answer.text
    page = await desk.get(page_of(today))
    assert "walk-in" in page.text
    assert "REID, Tom" in page.text
    nobody = await desk.post(at, visit_type_id=today.visits["Follow-up"])
    assert nobody.status_code == 422
    assert "Choose a patient" in nobody.text


async def test_when_nobody_is_free_the_next_times_are_offered(today: Clinic, sign: Sign) -> None:
    for who in ("Dr Adeyemi", "Dr Müller"):
        await today.book(await today.scene.patient(who[3:]), today.at(9, 20), who)
    clock.shift(clock.offset() + today.at(9, 22) - clock.now())
    desk, patient = await sign("reception"), await today.scene.patient("Reid", "Tom")
    said = {"patient_id": patient, "visit_type_id": today.visits["Follow-up"]}
    at = f"/clinics/{today.ward}/walk-ins/new"
    refused = await desk.post(at, **said)
    assert refused.status_code == 409
    pick = re.findall(r'name="pick" value="([^"]+)"', refused.text)[0]
    answer = await desk.post(at, **said, pick=pick)
    assert answer.status_code == 204, answer.text
    assert "REID, Tom" in (await desk.get(page_of(today))).text


async def test_a_code_on_paper_checks_its_patient_in_once(
    today: Clinic, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, row = await sign("reception"), await booked(today, "Khan")
    paper = await desk.post(f"/appointments/{row.id}/code", htmx=False)
    assert "<svg" in paper.text
    (address,) = re.findall(r"http[^\s<]+/arrive/[\w-]+", paper.text)
    async with httpx.AsyncClient(headers={"origin": desk.url}, timeout=30) as phone:
        asked = await phone.get(address)
        assert "I am here" in asked.text
        assert (await today.of(row)).status is AppointmentStatus.BOOKED
        done = await phone.post(address)
        assert "001" in done.text
        for word in ("Khan", "KHAN", "Aisha"):
            assert word not in asked.text + done.text
        assert "checked in already" in (await phone.post(address)).text
        assert "not known" in (await phone.post(address[:-3] + "xxx")).text
        monkeypatch.setattr(code_routes, "TRIES", Limit("check-in-of-a-test", 3, 60))
        tries = [(await phone.post(address)).status_code for _ in range(4)]
        assert tries == [409, 409, 409, 429]
    assert (await today.of(row)).status is AppointmentStatus.ARRIVED


async def test_a_code_is_good_on_its_day_alone(open_door: Clinic, sign: Sign) -> None:
    desk, row = await sign("reception"), await booked(open_door, "Khan")
    paper = await desk.post(f"/appointments/{row.id}/code", htmx=False)
    (address,) = re.findall(r"http[^\s<]+/arrive/[\w-]+", paper.text)
    async with httpx.AsyncClient(headers={"origin": desk.url}, timeout=30) as phone:
        early = await phone.post(address)
    assert early.status_code == 409
    assert "another day" in early.text


async def test_a_patient_does_not_arrive_from_afar(today: Clinic, sign: Sign) -> None:
    row, patient = await booked(today, "Khan"), await sign("patient")
    answer = await patient.post(f"/appointments/{row.id}/arrive", version=row.version)
    assert answer.status_code == 403
    assert (await patient.get(page_of(today))).status_code == 403


async def test_the_screen_of_the_hall_hangs_without_a_session(
    open_door: Clinic, sign: Sign
) -> None:
    token = await hall(open_door)
    ticket, doctor = await comes(open_door, "Khan"), await sign("doctor")
    await doctor.post(f"/tickets/{ticket.id}/call", version=ticket.version)
    async with httpx.AsyncClient(base_url=doctor.url, follow_redirects=True, timeout=30) as device:
        shown = await device.get(f"/wall/{token}")
    assert shown.status_code == 200, shown.text
    assert shown.url.path == f"/wall/{token}/waiting"
    assert "001" in shown.text
    assert "KHAN" not in shown.text


async def test_what_was_pushed_is_what_a_fresh_page_shows(open_door: Clinic, sign: Sign) -> None:
    token = await hall(open_door)
    clock.shift(open_door.at(8, 30) - clock.now())
    desk, doctor, of = await sign("reception"), await sign("doctor"), open_door.ward
    async with (
        watching(desk, page_of(open_door), f"queue/{of}") as queue,
        watching(desk, f"/clinics/{of}/waiting", f"tickets/{of}") as screen,
        watching(doctor, f"/wall/{token}/waiting", f"tickets/{of}", wall=token) as wall,
    ):
        tickets = [await comes(open_door, name, hour) for hour, name in enumerate(NAMES, 9)]
        await booked(open_door, "Okafor", 13)
        room = open_door.resources["Room 1"]
        async with open_door.work() as work:
            await call.call(work, tickets[0].id, room, seen=None)
        async with open_door.work() as work:
            await call.enter(work, tickets[1].id, seen=None)
        async with open_door.work() as work:
            await call.leave(work, tickets[2].id, seen=None)
        for watcher in (queue, screen, wall):
            open_door.scene.node.pictures = Pictures()
            render._REMEMBERED.clear()
            await watcher.settled()
        assert (queue.shown.view, screen.shown.view) == ("full.en", "full.en")
        assert wall.shown.view == "wall.en"
        for watcher in (screen, wall):
            for name in NAMES:
                assert name.upper() not in "".join(watcher.seen).upper()


async def test_tomorrow_s_list_is_drawn_at_midnight(open_door: Clinic) -> None:
    await booked(open_door, "Khan")
    due = await open_door.scene.scalar(
        f"SELECT max(at) FROM live_due WHERE topic = 'queue/{open_door.ward}'"
    )
    assert due.astimezone(LONDON).strftime("%F %T") == f"{open_door.day()} 00:00:00"
