"""How many beds are staffed: who says it, who sees it, how it is taken back."""

import asyncio

import pytest
from sqlalchemy import text

from realtime.topics import Topic
from tests.stations import signed_in


@pytest.fixture
def path(open_scene) -> str:
    return f"/wards/{open_scene.east}/staffed"


async def counted(open_scene) -> tuple[int, int | None, int]:
    """Count beds, staffed beds and the ward's version as the database has them."""
    asked = text(
        "SELECT (SELECT count(*) FROM bed b WHERE b.ward_id = w.id AND b.ended_at IS NULL) AS beds,"
        " staffed, version FROM ward w WHERE id = :ward"
    )
    async with open_scene.node.aside.connect() as connection:
        row = (await connection.execute(asked, {"ward": open_scene.east})).one()
    return row.beds, row.staffed, row.version


async def test_the_beds_that_nobody_can_nurse_stand_on_every_board(
    open_scene, charge, nurse, path
) -> None:
    beds, _, seen = await counted(open_scene)
    assert (await charge.get(path, headers={"hx-request": "true"})).status_code == 200
    branch = (await open_scene.bed("6E-01")).branch_id
    async with (
        nurse.watch(Topic("beds", open_scene.east)) as board,
        nurse.watch(Topic("wards", branch)) as house,
    ):
        answer = await charge.post(path, staffed=beds - 4, version=seen, note="Two are ill")
        assert answer.status_code == 204, answer.text
        frame = await board.until("Not staffed")
        assert "<b>4</b>" in frame.content.partition('id="tile-unstaffed"')[2][:120]
        assert "4 not staffed" in (await house.until("not staffed")).content
    assert await counted(open_scene) == (beds, beds - 4, seen + 1)
    sheet = (await charge.get(path, headers={"hx-request": "true"})).text
    assert f"all → {beds - 4}" in sheet
    assert "Two are ill" in sheet


async def test_it_is_taken_back_to_what_it_was(open_scene, charge, path) -> None:
    beds, before, seen = await counted(open_scene)
    answer = await charge.post(path, staffed=1, version=seen)
    undo, version = answer.headers["ward-undo"].split()
    assert (await charge.post(undo, version=version)).status_code == 204
    assert (await counted(open_scene))[:2] == (beds, before)
    assert (await charge.post(undo, version=version)).status_code == 409


async def test_two_who_set_it_at_once_do_not_overwrite_each_other(open_scene, charge, path) -> None:
    _, _, seen = await counted(open_scene)
    answers = await asyncio.gather(
        *(charge.post(path, staffed=number, version=seen) for number in (1, 2))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert "Six East, Staffed" in late.text


async def test_no_more_beds_are_staffed_than_stand_there(open_scene, charge, path) -> None:
    beds, _, seen = await counted(open_scene)
    for wrong in (beds + 1, -1):
        answer = await charge.post(path, staffed=wrong, version=seen)
        assert answer.status_code == 422, wrong
        assert f"{beds} beds" in answer.text


async def test_whoever_leads_another_ward_hears_whose_it_is(open_scene, charge) -> None:
    answer = await charge.post(f"/wards/{open_scene.west}/staffed", staffed=1, version=1)
    assert answer.status_code == 403
    assert "Whoever leads Six West" in answer.text


async def test_the_administrator_sets_it_and_a_nurse_does_not(
    open_scene, ward, nurse, path
) -> None:
    _, _, seen = await counted(open_scene)
    assert (await nurse.post(path, staffed=1, version=seen)).status_code == 403
    async with signed_in(ward.url, "admin") as admin:
        assert (await admin.post(path, staffed=1, version=seen)).status_code == 204


async def test_the_trail_says_who_set_it(open_scene, charge, path) -> None:
    _, _, seen = await counted(open_scene)
    await charge.post(path, staffed=2, version=seen)
    asked = text("SELECT actor_name, resource_id FROM audit_event WHERE code = 'beds.staff'")
    async with open_scene.node.aside.connect() as connection:
        row = (await connection.execute(asked)).one()
    assert (row.actor_name, row.resource_id) == ("charge", open_scene.east)
