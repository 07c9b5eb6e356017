"""Places by pages: called otherwise, closed once nothing hangs on them, opened again."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.errors import NotAllowed
from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.settling import PATIENCE
from ward.adt.admit import admit
from ward.beds.keep import end_bed, return_bed
from ward.beds.models import Bed
from ward.beds.service import change_status
from ward.house.close import close_ward, reopen_ward
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.datatypes import Place
from ward.interop.hl7.places import known
from ward.node import Node
from ward.places.models import Ward

AT = "/admin/places"
SENDER = Sender("PAS", "NORTH")


async def one(node: Node, sql: str, **given: object):
    async with node.aside.connect() as connection:
        return (await connection.execute(text(sql), given)).one()


async def run(node: Node, sql: str, **given: object) -> None:
    async with node.aside.begin() as connection:
        await connection.execute(text(sql), given)


async def version(scene: Scene, table: str, key) -> int:
    return (await one(scene.node, f"SELECT version FROM {table} WHERE id = :id", id=key)).version


async def empty(scene: Scene) -> None:
    """Take from Six West what the demo hospital hangs on it."""
    await run(
        scene.node, "UPDATE user_grant SET revoked_at = now() WHERE ward_id = :w", w=scene.west
    )


async def test_a_rename_reaches_the_open_boards_and_the_wards_of_the_branch(
    open_scene, admin, nurse
) -> None:
    branch = (await open_scene.bed("6E-01")).branch_id
    async with (
        nurse.watch(Topic("beds", open_scene.east)) as board,
        nurse.watch(Topic("wards", branch)) as house,
    ):
        seen = await version(open_scene, "ward", open_scene.east)
        said = {"label": "Cedar", "code": "CD", "version": seen}
        answer = await admin.post(f"{AT}/wards/{open_scene.east}/name", **said)
        assert answer.status_code == 204, answer.text
        await board.until('data-place="Cedar"')
        await house.until("Cedar")
        assert (await admin.post(f"{AT}/wards/{open_scene.east}/name", **said)).status_code == 409
    page = (await admin.get(f"{AT}/wards/{open_scene.east}")).text
    assert "Six East →" in page


async def test_a_chart_names_the_ward_as_it_is_called_now(open_scene, admin, doctor) -> None:
    patient = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, patient, open_scene.beds["6E-01"])
    async with doctor.watch(Topic("chart", patient)) as chart:
        seen = await version(open_scene, "ward", open_scene.east)
        said = {"label": "Cedar", "code": "CD", "version": seen}
        await admin.post(f"{AT}/wards/{open_scene.east}/name", **said)
        assert "Cedar" in (await chart.until("Cedar")).content


async def test_a_sender_that_has_not_heard_of_the_new_names_is_understood(
    open_scene, admin
) -> None:
    bed, seen = await open_scene.bed("6E-01"), await version(open_scene, "ward", open_scene.east)
    said = {"label": "Cedar", "code": "CD", "version": seen}
    await admin.post(f"{AT}/wards/{open_scene.east}/name", **said)
    new = {"label": "A1", "position": 1, "version": bed.version}
    assert (await admin.post(f"{AT}/beds/{bed.id}", **new)).status_code == 204
    async with open_scene.work() as work:
        for ward, label in (("6E", bed.label), ("Six East", "A1"), ("Cedar", bed.label)):
            found = await known(work, SENDER, Place(ward=ward, bed=label))
            assert isinstance(found, Bed), (ward, label)
            assert found.id == bed.id


async def test_a_ward_on_which_something_hangs_stays_and_says_what(open_scene, admin) -> None:
    patient = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, patient, open_scene.beds["6E-01"])
    at = f"{AT}/wards/{open_scene.east}/close"
    sheet = await admin.get(at, headers={"hx-request": "true"})
    assert "Patients lie in" in sheet.text
    assert "nurse (nurse)" in sheet.text
    seen = await version(open_scene, "ward", open_scene.east)
    answer = await admin.post(at, why="Moves", version=seen)
    assert answer.status_code == 409
    assert "Six East stays open. Patients lie in" in answer.text
    assert "Quillfeather" not in answer.text


async def test_a_closed_ward_leaves_boards_and_choices_and_keeps_its_history(
    open_scene, admin, doctor
) -> None:
    await empty(open_scene)
    at = f"{AT}/wards/{open_scene.west}"
    seen = await version(open_scene, "ward", open_scene.west)
    assert (await admin.post(f"{at}/close", version=seen)).status_code == 409  # why?
    answer = await admin.post(f"{at}/close", why="Refurbished", version=seen)
    assert answer.status_code == 204, answer.text
    for page in ("/wards", "/admin/users", "/admin/devices"):
        assert "Six West" not in (await admin.get(page)).text, page
    assert "is closed since" in (await doctor.get(f"/wards/{open_scene.west}/beds")).text
    assert "Refurbished" in (await admin.get(at)).text
    async with open_scene.work() as work:
        assert await known(work, SENDER, Place(ward="6W", bed="")) is None
    again = await admin.post(f"{at}/reopen", version=seen + 1)
    assert again.status_code == 204, again.text
    there = "SELECT count(*) AS n FROM bed WHERE ward_id = :w AND ended_at IS NULL AND status = 'H'"
    assert (await one(open_scene.node, there, w=open_scene.west)).n == sum(
        label.startswith("6W") for label in open_scene.beds
    )


@pytest.mark.parametrize("nth", range(3))
async def test_of_two_who_close_a_bed_and_admit_to_it_one_is_refused(scene, nth) -> None:
    patient, bed = await scene.patient(), scene.beds["6E-02"]

    async def admits() -> bool:
        async with scene.work() as work:
            await admit(work, patient, bed)
        return True

    async def ends() -> bool:
        async with scene.work() as work:
            await end_bed(work, bed, "Broken", seen=None)
        return True

    first, second = (admits, ends) if nth % 2 else (ends, admits)
    done = await asyncio.gather(first(), second(), return_exceptions=True)
    assert [one for one in done if one is True] == [True]
    assert [type(one) for one in done if one is not True] == [NotAllowed]
    row = await one(
        scene.node,
        "SELECT ended_at IS NOT NULL AS gone, (SELECT count(*) FROM stay WHERE bed_id = :b"
        " AND ended_at IS NULL) AS lie FROM bed WHERE id = :b",
        b=bed,
    )
    assert (row.gone, row.lie) in {(True, 0), (False, 1)}


async def test_of_two_who_close_a_ward_and_admit_to_it_one_is_refused(scene) -> None:
    await empty(scene)
    patient, bed = await scene.patient(), scene.beds["6W-01"]

    async def admits() -> bool:
        async with scene.work() as work:
            await admit(work, patient, bed)
        return True

    async def closes() -> bool:
        async with scene.work() as work:
            await close_ward(work, scene.west, "Night", seen=None)
        return True

    done = await asyncio.gather(closes(), admits(), return_exceptions=True)
    assert [one for one in done if one is True] == [True]
    assert [type(one) for one in done if one is not True] == [NotAllowed]


_ROLE = """
    INSERT INTO user_grant (id, version, user_id, role, branch_id, ward_id, since)
    SELECT gen_random_uuid(), 1, u.id, 'nurse', w.branch_id, w.id, now()
    FROM app_user u, ward w WHERE w.id = :ward LIMIT 1
"""
_ROOM = """
    INSERT INTO room (id, version, ward_id, label) VALUES (gen_random_uuid(), 1, :ward, 'Bay Y')
"""


WAITS = """
    SELECT count(*) AS n FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.mark.parametrize("sql", [_ROLE, _ROOM], ids=["a role", "a room"])
async def test_nothing_new_hangs_on_a_closed_ward(scene, sql) -> None:
    await empty(scene)
    async with scene.work() as work:
        await close_ward(work, scene.west, "Night", seen=None)
    with pytest.raises(IntegrityError, match="this ward is closed"):
        await run(scene.node, sql, ward=scene.west)


async def test_whoever_gives_a_role_on_a_closing_ward_waits_and_is_refused(scene) -> None:
    await empty(scene)
    async with scene.work() as work:
        await close_ward(work, scene.west, "Night", seen=None)
        late = asyncio.create_task(run(scene.node, _ROLE, ward=scene.west))
        async with asyncio.timeout(PATIENCE):
            while not (await one(scene.node, WAITS)).n:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    with pytest.raises(IntegrityError, match="this ward is closed"):
        await late


async def test_the_database_keeps_a_bed_that_was_taken_away_out_of_use(scene) -> None:
    bed = scene.beds["6E-03"]
    async with scene.work() as work:
        await end_bed(work, bed, "Broken", seen=None)
    with pytest.raises(IntegrityError, match="ended_is_closed"):
        async with scene.work() as work:
            await change_status(work, bed, "H")
    async with scene.work() as work:
        assert (await return_bed(work, bed, seen=None)).status == "H"


async def test_a_ward_comes_back_with_the_beds_that_went_with_it_and_no_others(scene) -> None:
    await empty(scene)
    async with scene.work() as work:
        await end_bed(work, scene.beds["6W-02"], "Broken", seen=None)
    async with scene.work() as work:
        await close_ward(work, scene.west, "Night", seen=None)
    with pytest.raises(NotAllowed, match="closed"):
        async with scene.work() as work:
            await return_bed(work, scene.beds["6W-02"], seen=None)
    async with scene.work() as work:
        await reopen_ward(work, scene.west, seen=None)
        ward = await work.access(Ward, scene.west, "places.view")
    assert ward.ended_at is None
    gone = "SELECT id FROM bed WHERE ward_id = :w AND ended_at IS NOT NULL"
    assert (await one(scene.node, gone, w=scene.west)).id == scene.beds["6W-02"]


async def test_beds_and_rooms_are_added_by_a_page_and_stand_on_the_board(
    open_scene, admin, nurse
) -> None:
    at = f"{AT}/wards/{open_scene.east}"
    assert (await admin.post(f"{at}/rooms", label="Bay Z")).status_code == 204
    room = await one(open_scene.node, "SELECT id, version FROM room WHERE label = 'Bay Z'")
    async with nurse.watch(Topic("beds", open_scene.east)) as board:
        said = {"labels": "91-92, Z1", "room_id": room.id, "attributes": "oxygen"}
        answer = await admin.post(f"{at}/beds", **said)
        assert answer.status_code == 204, answer.text
        assert "Z1" in (await board.until("Z1")).content
    twice = await admin.post(f"{at}/beds", labels="92-93")
    assert twice.status_code == 409
    assert "has a bed 92 already" in twice.text
    full = await admin.post(f"{AT}/rooms/{room.id}/close", why="x", version=room.version)
    assert "Beds stand in it: 91, 92, Z1." in full.text


async def test_every_page_and_sheet_opens(open_scene, admin) -> None:
    room = await one(open_scene.node, "SELECT id FROM room LIMIT 1")
    bed = open_scene.beds["6E-01"]
    branch = (await open_scene.bed("6E-01")).branch_id
    paths = [AT, f"{AT}/branches/new", f"{AT}/branches/{branch}", f"{AT}/branches/{branch}/wards"]
    ward = f"{AT}/wards/{open_scene.east}"
    paths += [ward, *(f"{ward}/{name}" for name in ("name", "close", "rooms", "beds"))]
    paths += [f"{AT}/rooms/{room.id}", f"{AT}/rooms/{room.id}/close"]
    paths += [f"{AT}/beds/{bed}", f"{AT}/beds/{bed}/close"]
    for path in paths:
        for headers in ({"hx-request": "true"}, {}):
            answer = await admin.get(path, headers=headers)
            assert answer.status_code == 200, (path, answer.text)
    assert 'href="/admin/places"' in (await admin.get("/wards")).text
