"""Running a clinic: columns and visits open, change and end; whom it concerns is listed."""

import re
from datetime import date, time, timedelta

import pytest

from realtime.topics import Topic
from tests.scheduling.clinic import LONDON, Clinic
from tests.stations import Sign, Station
from tests.watchers import watching
from ward import clock, render
from ward.node import Pictures
from ward.scheduling import hours, setup
from ward.scheduling.clinics import HoursKind, ResourceKind
from ward.scheduling.hours import Line
from ward.scheduling.setup import Column
from ward.scheduling.to_move import concerned

COLUMN = {"label": "Room 9", "kind": "room", "capacity": 1, "overbook_most": 1, "position": 9}
VISIT = {"label": "Infusion", "kind": "ROUTINE", "minutes": 45, "before": 5, "after": 10}


@pytest.fixture
async def runs(open_door: Clinic, sign: Sign) -> Station:
    """Whoever runs the clinic."""
    return await sign("admin")


async def version(station: Station, path: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', (await station.get(path)).text)[0]


async def listed(clinic: Clinic) -> list:
    async with clinic.work() as work:
        return [one.row.id for one in await concerned(work, clinic.ward)]


async def test_a_room_is_opened_and_stands_in_every_calendar(
    open_door: Clinic, runs: Station, sign: Sign
) -> None:
    desk = await sign("reception")
    day = Topic("calendar", f"{open_door.ward}/{open_door.day()}")
    async with runs.watch(Topic("clinic", open_door.ward)) as page, desk.watch(day) as screen:
        answer = await runs.post(f"/clinics/{open_door.ward}/columns/new", **COLUMN)
        assert answer.status_code == 204, answer.text
        assert "No hours yet" in (await page.until("Room 9")).content
        await screen.until("Room 9")
    assert "Room 9" in (await desk.get(f"/clinics/{open_door.ward}/hours")).text


async def test_a_column_is_called_otherwise_and_an_old_form_is_refused(
    open_door: Clinic, runs: Station
) -> None:
    at = f"/columns/{open_door.resources['Room 1']}"
    seen, said = await version(runs, at), COLUMN | {"label": "Blue room"}
    assert (await runs.post(at, version=seen, **said)).status_code == 204
    assert (await runs.post(at, version=seen, **said)).status_code == 409
    assert "Blue room" in (await runs.get(f"/clinics/{open_door.ward}/calendar")).text
    row = "SELECT count(*) FROM audit_event WHERE code = 'scheduling.amend_column'"
    assert await open_door.scene.scalar(f"{row} AND outcome = '0'") == 1


async def test_a_column_that_ends_lists_whom_that_concerns_and_can_be_kept(
    open_door: Clinic, runs: Station
) -> None:
    before = await open_door.book(await open_door.scene.patient("Bell"), open_door.at(9))
    after = await open_door.book(
        await open_door.scene.patient("Khan", "Aisha"), open_door.at(9, days=3)
    )
    at = f"/columns/{open_door.resources['Dr Adeyemi']}"
    seen = await version(runs, f"{at}/end")
    gone = await runs.post(f"{at}/end", version=seen, day=open_door.day(3))
    assert gone.headers["hx-redirect"].endswith("/conflicts")
    assert await listed(open_door) == [after.id]
    assert (
        "Dr Adeyemi is no longer there from" in (await runs.get(gone.headers["hx-redirect"])).text
    )
    assert before.id not in await listed(open_door)
    page = (await runs.get(f"/clinics/{open_door.ward}/setup")).text
    assert "until " in page
    later = await runs.get(f"/clinics/{open_door.ward}/calendar?day={open_door.day(4)}")
    assert ">Dr Adeyemi" not in later.text.partition('id="calendar-')[2]
    refused = await press_for(runs, open_door, open_door.day(3))
    assert "not in the calendar of this clinic" in refused
    (keep,) = re.findall(rf'hx-post="({at}/keep)".*?name="version" value="(\d+)"', page, re.DOTALL)
    assert (await runs.post(keep[0], version=keep[1])).status_code == 204
    assert await listed(open_door) == []


async def press_for(station: Station, clinic: Clinic, day: date) -> str:
    said = {
        "patient_id": await clinic.scene.patient("Reid"),
        "visit_type_id": clinic.visits["Follow-up"],
        "at": f"{day}T10:00",
        "resource": clinic.resources["Dr Adeyemi"],
    }
    return (await station.post(f"/clinics/{clinic.ward}/appointments/new", **said)).text


async def test_fewer_at_once_is_refused_while_more_are_booked(
    open_door: Clinic, runs: Station
) -> None:
    async with open_door.work() as work:
        said = Column(label="Group", capacity=3, position=8)
        row = await setup.open_column(work, open_door.ward, ResourceKind.CLINICIAN, said)
        line = Line(
            kind=HoursKind.OPEN, opens=time(8), closes=time(18), on_day=open_door.day(),
            since=date(2020, 1, 1),
        )  # fmt: skip
        await hours.add_line(work, row.id, line)
    open_door.resources["Group"] = row.id
    for name in ("Bell", "Khan"):
        await open_door.book(await open_door.scene.patient(name), open_door.at(9), "Group")
    at = f"/columns/{row.id}"
    fewer = await runs.post(at, version=await version(runs, at), **COLUMN)
    assert fewer.status_code == 422
    assert "More than 1 are booked there at once" in fewer.text
    two = await runs.post(at, version=await version(runs, at), **(COLUMN | {"capacity": 2}))
    assert two.status_code == 204, two.text


async def test_a_visit_is_offered_booked_with_what_it_needs_and_offered_no_longer(
    open_door: Clinic, runs: Station, sign: Sign
) -> None:
    needs = [f"device/{open_door.resources['Echo']}", "room", ""]
    way = f"/clinics/{open_door.ward}/visits/new"
    form = VISIT | {"needs": needs}
    answer = await runs.client.post(way, data=form, headers={"hx-request": "true"})
    assert answer.status_code == 204, answer.text
    desk = await sign("reception")
    sheet = (await desk.get(f"/clinics/{open_door.ward}/appointments/new")).text
    (visit,) = re.findall(r'value="([0-9a-f-]{36})"[^>]*>\s*Infusion, 45min', sheet)
    wall = open_door.at(10).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
    said = {"patient_id": await open_door.scene.patient("Khan"), "visit_type_id": visit, "at": wall}
    booked = await desk.post(f"/clinics/{open_door.ward}/appointments/new", **said)
    assert booked.status_code == 204, booked.text
    assert await open_door.scene.scalar("SELECT count(*) FROM reservation") == 2
    early = "SELECT count(*) FROM reservation WHERE starts_at = :at"
    at = open_door.at(10) - timedelta(minutes=5)
    assert await open_door.scene.scalar(early, at=at) == 2
    over = await runs.post(f"/visits/{visit}/end", version=await version(runs, f"/visits/{visit}"))
    assert over.status_code == 204, over.text
    gone = await desk.post(f"/clinics/{open_door.ward}/appointments/new", **said)
    assert "does not offer this visit" in gone.text
    page = (await runs.get(f"/clinics/{open_door.ward}/setup")).text
    assert "No longer offered" in page
    assert "Echo, any room" in page or "any room, Echo" in page


@pytest.mark.parametrize(
    ("path", "odd", "sentence"),
    [
        ("columns/new", {"label": ""}, "Say what the calendar calls it"),
        ("columns/new", {"label": "x" * 61}, "At most 60 letters"),
        ("columns/new", {"capacity": "0"}, "from 1 to 50"),
        ("columns/new", {"capacity": "9" * 30}, "from 1 to 50"),
        ("columns/new", {"kind": "chair"}, "none of the choices"),
        ("columns/new", {"username": "nobody-at-all"}, "Nobody signs in by this name"),
        ("visits/new", {"minutes": "3"}, "from 5 to 720"),
        ("visits/new", {"after": "-1"}, "from 0 to 120"),
        ("visits/new", {"needs": ""}, "at least one person, room or machine"),
        ("visits/new", {"needs": "room/0190a0a0-0000-7000-8000-000000000000"}, "not in the calen"),
        ("visits/new", {"needs": "room", "label": "Follow-up"}, "offers a visit of this name"),
    ],
)
async def test_odd_input_is_refused_in_words(
    open_door: Clinic, runs: Station, path: str, odd: dict, sentence: str
) -> None:
    good = COLUMN if path.startswith("columns") else VISIT | {"needs": "room"}
    answer = await runs.post(f"/clinics/{open_door.ward}/{path}", **(good | odd))
    assert answer.status_code in {409, 422}, answer.text
    assert sentence in answer.text


async def test_only_who_runs_the_clinic_sets_it_up(open_door: Clinic, sign: Sign) -> None:
    for username in ("reception", "nurse", "doctor", "biller", "patient"):
        station = await sign(username)
        answer = await station.get(f"/clinics/{open_door.ward}/setup")
        assert answer.status_code == 403, username
        new = await station.post(f"/clinics/{open_door.ward}/columns/new", **COLUMN)
        assert new.status_code == 403, username


async def test_a_line_that_is_taken_away_lists_whom_that_concerns(
    open_door: Clinic, sign: Sign
) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient("Khan", "Aisha")
    row = await open_door.book(patient, open_door.at(9))
    page = (await desk.get(f"/clinics/{open_door.ward}/hours")).text
    of = page.partition(f'id="hours-{open_door.resources["Dr Adeyemi"]}"')[2]
    weekday = f"{open_door.day():%A}"
    (line, seen) = re.findall(
        rf'scope="row">{weekday}</th>.*?action="(/hours/[^"]+)".*?value="(\d+)"', of, re.DOTALL
    )[0]
    async with desk.watch(Topic("conflicts", open_door.ward)) as screen:
        gone = await desk.post(line, version=seen)
        assert gone.headers["hx-redirect"].endswith("/conflicts")
        shown = (await screen.until("KHAN, Aisha")).content
        assert "Dr Adeyemi is not open 09:00–09:20" in shown
        moved = await desk.post(
            f"/appointments/{row.id}/move", version=row.version,
            resource=open_door.resources["Dr Müller"],
            at=open_door.at(9).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M"),
        )  # fmt: skip
        assert moved.status_code == 204, moved.text
        await screen.until("Nobody has to be moved")


async def test_a_break_over_what_is_booked_is_on_the_list(clinic: Clinic) -> None:
    row = await clinic.book(await clinic.scene.patient("Khan"), clinic.at(12))
    lunch = Line(
        kind=HoursKind.BREAK, opens=time(12), closes=time(13), weekday=clinic.day().weekday(),
        label="Lunch", since=date(2020, 1, 1),
    )  # fmt: skip
    async with clinic.work() as work:
        await hours.add_line(work, clinic.resources["Dr Adeyemi"], lunch)
    async with clinic.work() as work:
        (one,) = await concerned(work, clinic.ward)
    assert (one.row.id, one.why) == (row.id, "Dr Adeyemi has a break (Lunch) 12:00–13:00")


async def test_what_was_pushed_is_what_a_fresh_page_shows(
    open_door: Clinic, runs: Station, sign: Sign
) -> None:
    desk, of = await sign("reception"), open_door.ward
    await open_door.book(await open_door.scene.patient("Khan"), open_door.at(9))
    async with (
        watching(runs, f"/clinics/{of}/setup", f"clinic/{of}", wall=None) as one,
        watching(desk, f"/clinics/{of}/hours", f"hours/{of}", wall=None) as two,
        watching(desk, f"/clinics/{of}/conflicts", f"conflicts/{of}", wall=None) as three,
    ):
        await runs.post(f"/clinics/{of}/columns/new", **COLUMN)
        starts, ends = f"{open_door.day()}T00:00", f"{open_door.day()}T23:59"
        said = {"why": "holiday", "starts": starts, "ends": ends}
        await desk.post(f"/clinics/{of}/closures/new", **said)
        for watcher in (one, two, three):
            open_door.scene.node.pictures = Pictures()
            render._REMEMBERED.clear()
            await watcher.settled()
            assert watcher.shown.view == "full.en"
        assert "KHAN" in three.shown.body
    assert clock.offset() == timedelta(0)
