"""A series as a whole: this one, what follows, or all; every one of them is reported."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from domain.access import Permission
from realtime.topics import Topic
from tests.scheduling.clinic import LONDON, Clinic
from tests.settling import settled
from tests.stations import Sign, Station
from tests.watchers import watching
from ward import clock, jobs, render
from ward.node import Node, Pictures
from ward.scheduling import cancel
from ward.scheduling.events import series_of
from ward.scheduling.models import Appointment, Series
from ward.scheduling.recurring import book_series, of_series
from ward.scheduling.reschedule import NewTime, reschedule

STANDING = "SELECT count(*) FROM appointment WHERE status = 'booked'"


async def weekly(clinic: Clinic, times: int, name: str = "Khan") -> list[Appointment]:
    said = clinic.said(await clinic.scene.patient(name, "Aisha"), clinic.at(9))
    async with clinic.work() as work:
        return await book_series(work, said, f"FREQ=WEEKLY;COUNT={times}", {})


async def now(clinic: Clinic, series_id) -> list[Appointment]:
    async with clinic.work() as work:
        return await of_series(work, series_id)


def walls(rows: list[Appointment]) -> list[str]:
    return [f"{one.starts_at.astimezone(LONDON):%a %H:%M}" for one in rows]


async def press(station: Station, one: Appointment, verb: str, **said) -> httpx.Response:
    fields = {"version": one.version} | said
    return await station.post(f"/appointments/{one.id}/{verb}", **fields)


def new_time(clinic: Clinic, one: Appointment, hour: int, **more) -> dict:
    wall = (one.starts_at.astimezone(LONDON)).replace(hour=hour).strftime("%Y-%m-%dT%H:%M")
    return {"at": wall, "resource": clinic.resources["Dr Adeyemi"]} | more


async def undo(station: Station, answer: httpx.Response) -> httpx.Response:
    path, version = answer.headers["ward-undo"].split(" ")
    return await station.post(path, version=version)


def looks(html: str) -> list[str]:
    return re.findall(r'id="series-\d+" data-look="(\w+)"', html)


async def test_the_page_of_a_series_says_how_each_stands(open_door: Clinic, sign: Sign) -> None:
    desk, rows = await sign("reception"), await weekly(open_door, 4)
    async with open_door.work() as work:
        start = rows[1].starts_at + timedelta(hours=2)
        to = NewTime(start=start, wall="", resources=[open_door.resources["Dr Müller"]])
        await reschedule(work, rows[1].id, to, seen=None)
    await press(desk, rows[2], "cancel", reason="pat-lt")
    sheet = (await desk.get(f"/appointments/{rows[0].id}")).text
    (way,) = set(re.findall(r'href="(/series/[^"]+)"', sheet))
    page = (await desk.get(way)).text
    assert looks(page) == ["booked", "booked", "gone", "booked"]
    assert "KHAN, Aisha" in page
    assert "every week, 4 times" in page
    assert "Patient: no transport" in page
    assert "now " in page
    assert page.count("Dr Müller") == 1
    assert (await (await sign("lab")).get(way)).status_code == 403


async def test_only_a_series_is_asked_which_of_it(open_door: Clinic, sign: Sign) -> None:
    desk, rows = await sign("reception"), await weekly(open_door, 3)
    alone = await open_door.book(await open_door.scene.patient("Bell"), open_door.at(11))
    for verb in ("cancel", "move"):
        assert "extent" not in (await desk.get(f"/appointments/{alone.id}/{verb}")).text
        asked = (await desk.get(f"/appointments/{rows[1].id}/{verb}")).text
        offered = re.findall(r'name="extent" value="(\w+)"', asked)
        assert offered == ["this", "following", "all"], verb
        assert "1 more" in asked
        assert "2 more" in asked


async def test_this_and_what_follows_is_cancelled_seen_and_taken_back(
    open_door: Clinic, sign: Sign
) -> None:
    desk, doctor, rows = await sign("reception"), await sign("doctor"), await weekly(open_door, 5)
    series_id = rows[0].series_id
    topic = Topic("series", series_of(rows[0].patient_id, series_id))
    async with doctor.watch(topic) as screen:
        answer = await press(desk, rows[2], "cancel", reason="pat", extent="following")
        assert answer.status_code == 204, answer.text
        assert looks((await screen.until("Cancelled")).content).count("gone") == 3
        assert await open_door.scene.scalar(STANDING) == 2
        assert (await undo(desk, answer)).status_code == 204
        await screen.until("5 still booked")
    assert await open_door.scene.scalar(STANDING) == 5
    assert {one.series_id for one in await now(open_door, series_id)} == {series_id}


async def test_all_that_are_to_come_are_cancelled_and_nobody_else_takes_it_back(
    open_door: Clinic, sign: Sign
) -> None:
    desk, other, rows = await sign("reception"), await sign("doctor"), await weekly(open_door, 4)
    await open_door.book(rows[0].patient_id, open_door.at(16))  # so that they still come here
    answer = await press(desk, rows[3], "cancel", reason="prov", extent="all")
    assert await open_door.scene.scalar(STANDING) == 1
    refused = await undo(other, answer)
    assert "Only who did this can undo it" in refused.text
    clock.shift(timedelta(seconds=20))
    late = await undo(desk, answer)
    assert late.status_code == 409
    assert "more than 10 seconds ago" in late.text


async def test_what_was_still_to_be_booked_is_not_booked_behind_a_cut(
    open_door: Clinic, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, cut, do = await sign("reception"), asyncio.Event(), jobs.do

    async def behind(node: Node, job: UUID) -> bool:
        await cut.wait()
        return await do(node, job)

    monkeypatch.setattr(jobs, "do", behind)
    rows = await weekly(open_door, 30)
    await press(desk, rows[4], "cancel", reason="pat", extent="following")
    cut.set()
    await settled(open_door.scene.node)
    assert await open_door.scene.scalar(STANDING) == 4
    page = (await desk.get(f"/series/{rows[0].series_id}")).text
    assert looks(page).count("out") == 30 - len(rows)
    assert "No longer part of it" in page


async def test_what_follows_moves_and_keeps_its_time_on_the_wall(
    open_door: Clinic, sign: Sign
) -> None:
    many = 34  # over a change of the clocks, whenever this runs: a summer has 31 weeks
    desk, rows = await sign("reception"), await weekly(open_door, many)
    await settled(open_door.scene.node)
    said = new_time(open_door, rows[1], 14, extent="following", reason="She works")
    answer = await press(desk, rows[1], "move", **said)
    assert answer.status_code == 204, answer.text
    (old,) = await now(open_door, rows[0].series_id)
    new = await now(open_door, (await open_door.of(rows[1])).series_id)
    assert old.starts_at == rows[0].starts_at
    assert len(new) == many - 1
    assert {wall[4:] for wall in walls(new)} == {"14:00"}
    assert len({one.starts_at.hour for one in new}) == 2  # in UTC it is two times
    history = (await desk.get(f"/appointments/{new[5].id}")).text
    assert "She works" in history
    before = (await desk.get(f"/series/{rows[0].series_id}")).text
    assert "It goes on at another time" in before


async def test_what_cannot_move_is_reported_and_solved(open_door: Clinic, sign: Sign) -> None:
    desk, rows = await sign("reception"), await weekly(open_door, 4)
    patient = await open_door.scene.patient("Bell", "Tom")
    await open_door.book(patient, open_door.later(open_door.at(14), weeks=2))
    said = new_time(open_door, rows[0], 14, extent="all")
    refused = await press(desk, rows[0], "move", **said)
    assert refused.status_code == 409
    assert "Not moved yet. 3 fit; for 1 something is in the way" in refused.text
    assert "BELL, Tom" in refused.text
    assert walls(await now(open_door, rows[0].series_id)) == walls(rows)  # nothing moved
    done = await press(desk, rows[0], "move", **said, **{"solve-3": "skip"})
    assert done.status_code == 204, done.text
    new = await now(open_door, (await open_door.of(rows[0])).series_id)
    assert [wall[4:] for wall in walls(new)] == ["14:00", "14:00", "09:00", "14:00"]


async def test_one_that_was_moved_by_itself_stays_and_all_comes_back(
    open_door: Clinic, sign: Sign
) -> None:
    desk, rows = await sign("reception"), await weekly(open_door, 4)
    async with open_door.work() as work:
        await cancel.confirm(work, rows[2].id, seen=None)
        start = rows[1].starts_at + timedelta(hours=2)
        to = NewTime(start=start, wall="", resources=[open_door.resources["Dr Adeyemi"]])
        await reschedule(work, rows[1].id, to, seen=None)
    was = walls(await now(open_door, rows[0].series_id))
    answer = await press(desk, rows[0], "move", **new_time(open_door, rows[0], 15, extent="all"))
    assert answer.status_code == 204, answer.text
    new = await now(open_door, (await open_door.of(rows[0])).series_id)
    assert [wall[4:] for wall in walls(new)] == ["15:00", "11:00", "15:00", "15:00"]
    assert (await open_door.of(rows[2])).confirmed_at is None
    back = await undo(desk, answer)
    assert back.status_code == 204, back.text
    old = await now(open_door, rows[0].series_id)
    assert walls(old) == was
    assert [one.original_start for one in old] == [one.original_start for one in rows]
    assert (await open_door.of(rows[2])).confirmed_at is not None
    async with open_door.work() as work:
        kept = await work.access(Series, rows[0].series_id, Permission.VIEW_APPOINTMENTS)
    assert (kept.ended_at, kept.ends_before) == (None, None)


async def test_days_in_a_row_move_by_one_without_meeting_each_other(
    open_door: Clinic, sign: Sign
) -> None:
    desk = await sign("reception")
    said = open_door.said(await open_door.scene.patient("Khan"), monday(open_door))
    async with open_door.work() as work:
        rows = await book_series(work, said, "FREQ=DAILY;COUNT=3", {})
    wall = (rows[0].starts_at + timedelta(days=1)).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
    move = {"at": wall, "resource": open_door.resources["Dr Adeyemi"], "extent": "all"}
    answer = await press(desk, rows[0], "move", **move)
    assert answer.status_code == 204, answer.text
    new = await now(open_door, (await open_door.of(rows[0])).series_id)
    assert walls(new) == ["Tue 09:00", "Wed 09:00", "Thu 09:00"]
    assert (await undo(desk, answer)).status_code == 204
    assert walls(await now(open_door, rows[0].series_id)) == ["Mon 09:00", "Tue 09:00", "Wed 09:00"]


def monday(clinic: Clinic):
    return next(at for n in range(1, 9) if (at := clinic.at(9, days=n)).weekday() == 0)


async def test_what_was_pushed_is_what_a_fresh_page_shows(open_door: Clinic, sign: Sign) -> None:
    desk, rows = await sign("reception"), await weekly(open_door, 4)
    path = f"/series/{rows[0].series_id}"
    of = f"series/{series_of(rows[0].patient_id, rows[0].series_id)}"
    async with watching(await sign("doctor"), path, of, wall=None) as watcher:
        await press(desk, rows[3], "cancel", reason="pat", extent="following")
        await press(desk, rows[1], "move", **new_time(open_door, rows[1], 11))
        open_door.scene.node.pictures = Pictures()
        render._REMEMBERED.clear()
        await watcher.settled()
        assert watcher.shown.view == "full.en"


async def test_a_stale_sheet_changes_nothing_of_a_series(open_door: Clinic, sign: Sign) -> None:
    desk, rows = await sign("reception"), await weekly(open_door, 3)
    await press(desk, rows[0], "confirm")
    stale = await press(desk, rows[0], "cancel", reason="pat", extent="all")
    assert stale.status_code == 409
    assert await open_door.scene.scalar(STANDING) == 3
    with pytest.raises(KeyError):
        _ = stale.headers["ward-undo"]
