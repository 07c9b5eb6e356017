"""Demo: the hospital of the pictures, founded once however often one starts it."""

import re
import time

import httpx
import pytest
from sqlalchemy import select, text

from domain.access import Permission
from tests.cast import Cast
from tests.stations import Running, signed_in
from ward.config import Env, SettingsError
from ward.dev.admissions import admit_cast
from ward.dev.cast import BRANCHES
from ward.dev.clinics import found_clinics
from ward.dev.demo import FOUNDER, found_hospital, wall_link
from ward.dev.people import WAITING, everybody, member
from ward.dev.roster import keep_on_duty
from ward.node import Node
from ward.places.amend import rename_branch, rename_ward
from ward.places.models import Branch, Ward
from ward.work import work_as

COUNTED = (
    "branch",
    "ward",
    "bed",
    "app_user",
    "user_grant",
    "device",
    "patient",
    "allergy",
    "encounter",
    "stay",
    "move_request",
    "bed_change",
)


async def counted(node: Node) -> dict[str, int]:
    async with node.aside.connect() as connection:
        rows = {
            one: await connection.scalar(text(f"SELECT count(*) FROM {one}")) for one in COUNTED
        }
    return {one: int(rows[one] or 0) for one in COUNTED}


async def states(node: Node, ward: str) -> dict[str, str]:
    """Say for each bed its status, and what lies over it."""
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT bed.label, status, held_until IS NOT NULL, blocked IS NOT NULL"
                " FROM bed JOIN ward ON ward.id = bed.ward_id WHERE ward.label = :ward"
            ),
            {"ward": ward},
        )
        return {row[0]: row[1] + "r" * row[2] + "b" * row[3] for row in rows}


async def test_every_test_begins_with_thirty_ready_beds_on_six_east(node: Node) -> None:
    beds = await states(node, "Six East")
    assert sorted(beds) == [f"{number:02}" for number in range(1, 31)]
    assert set(beds.values()) == {"U"}


async def test_founded_twice_is_founded_once(node: Node) -> None:
    before = await counted(node)
    assert not await found_hospital(node)
    assert await counted(node) == before


async def test_what_is_missing_is_founded_again(node: Node) -> None:
    before = await counted(node)
    async with node.aside.begin() as connection:
        await connection.execute(text("DELETE FROM bed WHERE label IN ('03', '30')"))
    assert await found_hospital(node)
    assert await counted(node) == before


async def test_what_is_called_otherwise_and_stands_elsewhere_is_not_founded_again(
    node: Node,
) -> None:
    async with work_as(node, FOUNDER, "demo.places") as work:
        for branch in await work.every(select(Branch), Permission.VIEW_PLACES):
            await rename_branch(work, branch.id, f"{branch.label} Hospital", seen=None)
        for one in await work.every(select(Ward), Permission.VIEW_PLACES):
            await rename_ward(work, one.id, f"{one.label} Unit", f"{one.code}2", seen=None)
    async with node.aside.begin() as connection:
        await connection.execute(text("UPDATE bed SET position = position + 100"))
        await connection.execute(text("UPDATE bed SET label = label || 'a' WHERE label = '07'"))
    before = await counted(node)
    assert not await found_hospital(node)
    assert await counted(node) == before
    await found_clinics(node)
    await keep_on_duty(node)
    await wall_link(node)


async def test_the_cast_lies_as_the_pictures_show(node: Node) -> None:
    began = time.process_time()
    assert await admit_cast(node)
    assert time.process_time() - began < 20  # of work, however busy the machine is
    beds = await states(node, "Six East")
    assert sum(state[0] in "OI" for state in beds.values()) == 26
    assert {label: state for label, state in beds.items() if state != "O"} == {
        "04": "U",
        "09": "I",
        "16": "H",
        "21": "I",
        "23": "Ur",
        "27": "I",
        "29": "Ub",
    }
    before = await counted(node)
    assert not await admit_cast(node)
    assert await counted(node) == before


@pytest.mark.begins(fill=admit_cast)
async def test_a_board_shows_who_lies_there_and_who_waits(ward: Running) -> None:
    async with signed_in(ward.url, "nurse") as nurse:
        wards = await nurse.get("/wards")
        link = re.search(r'href="(/wards/[^"]+/beds)"[^>]*>\s*Six East', wards.text)
        assert link
        board = (await nurse.get(link[1])).text
    for shown in ("SMITH, Joan (Mrs)", "O&#39;CONNOR", "MÜLLER, Jürgen", "SINGH, Harpreet"):
        assert shown in board
    assert board.count('data-status="O"') == 23
    assert board.count('data-status="I"') == 3


async def test_the_wallboard_keeps_its_link(ward: Running, cast: Cast) -> None:
    link = await wall_link(ward.node)
    assert await wall_link(ward.node) == link
    async with httpx.AsyncClient(base_url=ward.url, follow_redirects=True) as screen:
        answer = await screen.get(link)
    assert answer.status_code == 200
    assert "Six East" in answer.text
    assert "J.S." in answer.text
    assert all(one.family not in answer.text for one in cast.members.values())


async def test_production_has_no_demo(node: Node, settings) -> None:
    node.settings = settings.model_copy(update={"env": Env.PRODUCTION})
    with pytest.raises(SettingsError):
        await found_hospital(node)


def test_the_cast_can_be_told_apart_and_searched_for() -> None:
    people = everybody()
    numbers = [one.mrn for one in people]
    assert len(set(numbers)) == len(numbers) > 80
    assert all(number.isdigit() and len(number) >= 7 for number in numbers)
    places = [one.bed for one in people if one.lies]
    assert len(set(places)) == len(places)
    assert sum(len(one.family) >= 7 for one in people) > 80
    assert sum(one.bed == WAITING for one in people) >= 8
    known = {plan.code: plan.beds for plans in BRANCHES.values() for plan in plans}
    assert all(int(place[-2:]) <= known[place[:-3]] for place in places)


def test_joan_smith_is_who_the_pictures_say() -> None:
    joan = member("0012345").person
    assert joan.name.shown == "SMITH, Joan (Mrs)"
    assert joan.preferred == "Jo"
    assert [number.labelled for number in joan.best_numbers] == [
        ("NHS No.", "943 476 5919"),
        ("MRN", "0012345"),
    ]


async def test_a_test_may_have_some_of_them(cast: Cast, node: Node) -> None:
    assert sorted(cast.patients) == ["chidi", "harpreet", "joan", "john", "jurgen"]
    assert sorted(cast.encounters) == ["chidi", "joan", "john", "jurgen"]
    beds = await states(node, "Six East")
    assert {label for label, state in beds.items() if state == "O"} == {"01", "03", "06", "12"}
    assert cast.bed_of("joan") == cast.beds["6E-06"]
