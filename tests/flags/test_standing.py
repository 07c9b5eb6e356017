"""Flags: set, changed, ended, undone; seen at once in banner and card, by whom they concern."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.access import Permission
from domain.encounters import Disposition
from domain.flags import Ending, FlagKind
from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.medications.scene import as_person
from tests.settling import settled
from tests.stations import Running, Station, running, signed_in
from ward import clock, live
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.discharge import gone
from ward.adt.models import CancelReason
from ward.adt.questions import has_care
from ward.flags.models import StandingFlag
from ward.flags.past import past_of
from ward.flags.service import FlagSaid, end_flag, set_flag, undo_end


async def setting(by: Station, ida, kind: str, words: str = "", **more):
    return await by.post(f"/patients/{ida}/flags", kind=kind, words=words, **more)


async def the_flag(scene: Scene, kind: str) -> StandingFlag:
    key = await scene.scalar(
        "SELECT id FROM standing_flag WHERE kind = :kind ORDER BY set_at DESC LIMIT 1", kind=kind
    )
    async with scene.work() as work:
        return await work.access(StandingFlag, key, Permission.VIEW_FLAGS)


def banner(html: str) -> str:
    """Take out of a page the line with place, resuscitation and flags."""
    found = re.search(r'id="patient-place".*?<nav', html, re.DOTALL)
    assert found
    return found[0]


async def test_a_flag_set_here_is_seen_on_a_chart_and_a_board_open_on_another_node(
    open_scene: Scene, ida, nurse: Station, settings
) -> None:
    async with (
        running(settings) as other,
        signed_in(other.url, "doctor") as doctor,
        doctor.watch(Topic("observations", ida)) as chart,
        doctor.watch(Topic("beds", open_scene.east)) as board,
    ):
        answer = await setting(nurse, ida, "falls", "Two falls in 12 months")
        assert answer.status_code == 200, answer.text
        assert "Two falls in 12 months" in answer.text
        assert "Falls" in (await chart.until("Falls")).content
        shown = (await board.until("Falls")).content
    assert "Two falls" not in shown  # what is said of it stands in the chart alone


async def test_one_kind_stands_once(ida, nurse: Station) -> None:
    await setting(nurse, ida, "falls")
    again = await setting(nurse, ida, "falls")
    assert again.status_code == 409
    assert "Falls is set already" in again.text


async def test_the_same_form_sent_twice_sets_one(open_scene: Scene, ida, nurse: Station) -> None:
    for _ in range(2):
        assert (await setting(nurse, ida, "falls", key="5c1e")).status_code == 200
    assert await open_scene.scalar("SELECT count(*) FROM standing_flag") == 1


async def test_a_change_keeps_what_stood_there(open_scene: Scene, ida, nurse: Station) -> None:
    await setting(nurse, ida, "pressure-area", "Sacrum, grade 1")
    flag = await the_flag(open_scene, "pressure-area")
    path, seen = f"/flags/{flag.id}/change", flag.version
    assert "Sacrum, grade 1" in (await nurse.get(path)).text
    answer = await nurse.post(path, words="Sacrum, grade 2", reason="Worse", version=seen)
    assert "Sacrum, grade 2" in answer.text
    assert "Sacrum, grade 1" not in answer.text
    late = await nurse.post(path, words="Healed", reason="Late", version=seen)
    assert late.status_code == 409
    past = (await nurse.get(f"/patients/{ida}/flags")).text
    assert "Sacrum, grade 1" in past
    assert "Worse" in past


async def test_an_end_needs_a_reason_and_can_be_undone_at_once(
    open_scene: Scene, ida, nurse: Station, charge: Station
) -> None:
    await setting(nurse, ida, "falls")
    flag = await the_flag(open_scene, "falls")
    silent = await nurse.post(f"/flags/{flag.id}/end", ending="no-longer", version=flag.version)
    assert silent.status_code == 409
    fields = {"ending": "no-longer", "reason": "Walks safely", "version": flag.version}
    ended = await nurse.post(f"/flags/{flag.id}/end", **fields)
    assert "Falls" not in ended.text
    path, _, version = ended.headers["ward-undo"].partition(" ")
    assert (await charge.post(path, version=version)).status_code == 409  # not hers to undo
    assert "Falls" in (await nurse.post(path, version=version)).text


async def test_an_end_that_is_undone_after_its_time_is_over_all_the_same(
    open_scene: Scene, ida
) -> None:
    ends = clock.now() + timedelta(minutes=10)
    async with as_person(open_scene, "nurse") as work:
        said = FlagSaid(ends_at=ends)
        flag = await set_flag(work, ida, FlagKind.NIL_BY_MOUTH, said)
    clock.shift(clock.offset() + (ends - timedelta(seconds=5) - clock.now()))
    async with as_person(open_scene, "nurse") as work:
        await end_flag(work, flag.id, Ending.NO_LONGER, "Eats", seen=None)
    clock.shift(clock.offset() + (ends + timedelta(seconds=2) - clock.now()))
    async with as_person(open_scene, "nurse") as work:
        await undo_end(work, flag.id, seen=None)
    async with open_scene.work() as work:
        (line,) = await past_of(work, ida)
    assert line.ended == (Ending.TIME.word, ends)


async def test_an_end_of_long_ago_is_not_undone(open_scene: Scene, ida, nurse: Station) -> None:
    await setting(nurse, ida, "falls")
    flag = await the_flag(open_scene, "falls")
    fields = {"ending": "entered-in-error", "reason": "Wrong patient", "version": flag.version}
    ended = await nurse.post(f"/flags/{flag.id}/end", **fields)
    path, _, version = ended.headers["ward-undo"].partition(" ")
    clock.shift(timedelta(seconds=20))
    assert (await nurse.post(path, version=version)).status_code == 409
    assert "Wrong patient" in (await nurse.get(f"/patients/{ida}/flags")).text


async def test_what_is_of_the_stay_ends_with_it_and_returns_with_it(
    open_scene: Scene, ida, nurse: Station, reception: Station
) -> None:
    await setting(nurse, ida, "falls")
    await setting(nurse, ida, "language", "Polish")
    (stay,) = await open_scene.stays(ida)
    async with open_scene.work() as work:
        await gone(work, stay.encounter_id, Disposition.HOME)
    left = banner((await reception.get(f"/patients/{ida}")).text)
    assert "Falls" not in left
    assert "Language" in left
    async with open_scene.work() as work:
        await cancel_discharge(work, stay.encounter_id, CancelReason.WRONG_PATIENT)
    assert "Falls" in banner((await reception.get(f"/patients/{ida}")).text)


async def test_what_is_of_the_stay_needs_one(open_scene: Scene, nurse: Station) -> None:
    nobody = await open_scene.patient("Unbedded")
    async with open_scene.work() as work:
        with pytest.raises(Exception, match="during a stay"):
            await set_flag(work, nobody, FlagKind.FALLS)


async def test_nil_by_mouth_ends_at_its_time_on_every_open_board(
    open_scene: Scene, ida, nurse: Station, ward: Running
) -> None:
    async with open_scene.work() as work:
        until = work.now + timedelta(minutes=3)
    wall = until.astimezone(await zone(open_scene)).strftime("%Y-%m-%dT%H:%M")
    async with nurse.watch(Topic("beds", open_scene.east)) as board:
        answer = await setting(nurse, ida, "nil-by-mouth", ends_at=wall)
        assert answer.status_code == 200, answer.text
        await board.until("Nil by mouth")
        clock.shift(timedelta(minutes=4))
        await board.until_gone("Nil by mouth")
    await settled(ward.node)  # the screen turns by the clock, the row by a job
    row = await the_flag(open_scene, "nil-by-mouth")
    assert row.ending == "time"


async def zone(scene: Scene):
    return ZoneInfo(await scene.scalar("SELECT zone FROM branch LIMIT 1"))


async def test_each_role_sees_the_flags_of_its_classes(
    open_scene: Scene, ida, nurse: Station, reception: Station, doctor: Station, sign
) -> None:
    for kind, words in (
        ("falls", "qfalls"), ("language", "qpolish"), ("safeguarding", "qguarded"),
    ):  # fmt: skip
        assert (await setting(nurse, ida, kind, words)).status_code == 200
    desk = (await reception.get(f"/patients/{ida}")).text
    assert "Falls" in banner(desk)
    assert "Language" in banner(desk)
    for hidden in ("Safeguarding", "qfalls", "qpolish", "qguarded", "esuscitation"):
        assert hidden not in desk, hidden
    for station in (doctor, await sign("pharmacist"), nurse):
        chart = (await station.get(f"/patients/{ida}")).text
        assert "Safeguarding" in banner(chart)
        assert "qguarded" not in chart
        assert "qguarded" not in (await station.get(f"/patients/{ida}/flags")).text
    flag = await the_flag(open_scene, "safeguarding")
    assert "qguarded" in (await doctor.get(f"/flags/{flag.id}/change")).text
    for station in (reception, await sign("pharmacist"), await sign("admin")):
        assert (await station.get(f"/flags/{flag.id}/change")).status_code == 403
        assert (await setting(station, ida, "pressure-area")).status_code == 403


async def test_the_wall_shows_only_what_a_corridor_may(
    open_scene: Scene, ida, nurse: Station
) -> None:
    for kind in ("falls", "nil-by-mouth", "language", "safeguarding"):
        await setting(nurse, ida, kind)
    drawn = await live.draw(
        open_scene.node, Topic("beds", open_scene.east), frozenset({"wall.en", "brief.en"})
    )
    for picture in drawn.pictures.values():
        text = " ".join(picture.regions.values())
        assert "Falls" in text
        assert "Nil by mouth" in text
        assert "Language" not in text
        assert "Safeguarding" not in text


async def test_an_admission_with_a_flag_is_not_taken_back(
    open_scene: Scene, ida, nurse: Station
) -> None:
    (stay,) = await open_scene.stays(ida)
    async with open_scene.work() as work:
        assert not await has_care(work, stay.encounter_id)
    await setting(nurse, ida, "falls")
    async with open_scene.work() as work:
        assert await has_care(work, stay.encounter_id)
