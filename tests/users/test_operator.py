"""What somebody at the machine can do to people and wallboards, and how soon screens feel it."""

import asyncio
import time

import httpx
import pytest
from sqlalchemy import text

from tests.adt.scene import Scene, six_east
from tests.settling import PATIENCE
from tests.stations import Running, Station, signed_in
from tests.users.operator import typed
from tests.watchers import soon, watching
from ward.adt.admit import admit
from ward.dev.cast import PASSWORD
from ward.dev.demo import wall_link
from ward.users import service

NEW = "another-long-password"


async def enter(ward: Running, username: str, password: str) -> httpx.Response:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=3 * PATIENCE
    ) as client:
        return await client.post("/login", data={"username": username, "password": password})


async def trailed(ward: Running, code: str) -> list[tuple[str, str]]:
    """Give kind of row and outcome of each trail row of this command."""
    asked = text("SELECT resource, outcome FROM audit_event WHERE code = :code ORDER BY at")
    async with ward.node.aside.connect() as connection:
        rows = await connection.execute(asked, {"code": code})
        return [(row.resource, row.outcome) for row in rows]


@pytest.mark.parametrize(
    ("command", "into", "code"),
    [
        (["user", "revoke", "nurse"], "", 4403),
        (["user", "disable", "nurse"], "", 4401),
        (["user", "password", "nurse"], NEW, 4401),
    ],
    ids=["revoke", "disable", "password"],
)
async def test_a_command_ends_open_screens_within_a_second(
    ward: Running, command: list[str], into: str, code: int
) -> None:
    scene = await six_east(ward.node)
    path, topic = f"/wards/{scene.east}/beds", f"beds/{scene.east}"
    async with signed_in(ward.url, "nurse") as nurse, watching(nurse, path, topic) as board:
        told = await typed(ward.node.settings, *command, into=into)
        done = time.monotonic()
        assert (told.status, told.err) == (0, "")
        ended, said = await board.over()
        assert said == code
        assert ended - done <= soon()
        assert (await nurse.get(path)).status_code == 303
    kind = "user_grant" if code == 4403 else "app_user"
    assert await trailed(ward, f"cli.user_{command[1]}") == [(kind, "0")]


async def test_a_revoked_wallboard_goes_blank_and_its_link_is_dead(
    ward: Running, nurse: Station
) -> None:
    scene = await six_east(ward.node)
    path = await wall_link(ward.node)
    token, topic = path.rpartition("/")[2], f"beds/{scene.east}"
    async with watching(nurse, path, topic, wall=token) as board:
        (hung,) = (await typed(ward.node.settings, "wall", "list", "--json")).lines
        assert hung["shows"] == "Northsite, Six East"
        told = await typed(ward.node.settings, "wall", "revoke", hung["id"])
        done = time.monotonic()
        assert told.status == 0
        ended, said = await board.over()
        assert said == 4403
        assert ended - done <= soon()
    assert (await nurse.get(path)).status_code in {303, 401, 403, 404}
    assert (await typed(ward.node.settings, "wall", "list", "--json")).lines == []
    assert await trailed(ward, "cli.wall_revoke") == [("device", "0")]


async def test_a_disabled_person_comes_back_only_when_enabled_and_signed_in_anew(
    ward: Running,
) -> None:
    async with signed_in(ward.url, "nurse") as nurse:
        await typed(ward.node.settings, "user", "disable", "nurse")
        assert (await enter(ward, "nurse", PASSWORD)).status_code == 401
        assert (await typed(ward.node.settings, "user", "enable", "Nurse")).status == 0
        assert (await nurse.get("/account")).status_code == 303  # the old session stays ended
    assert (await enter(ward, "nurse", PASSWORD)).status_code == 303


async def test_the_old_password_opens_nothing_more(ward: Running) -> None:
    short = await typed(ward.node.settings, "user", "password", "nurse", into="short")
    assert (short.status, short.err) == (
        1,
        "Not saved. A password needs at least 12 characters.\n",
    )
    assert (await typed(ward.node.settings, "user", "password", "nurse", into=NEW)).status == 0
    assert (await enter(ward, "nurse", PASSWORD)).status_code == 401
    assert (await enter(ward, "nurse", NEW)).status_code == 303


async def test_a_new_person_signs_in_with_the_role_in_force(ward: Running) -> None:
    choice = ward.node.settings
    where = ("--branch", "northsite", "--ward", "six east")
    told = await typed(
        choice, "user", "add", "Ida.Q", "--name", "Ida [/] Q", "--role", "nurse", *where, into=NEW
    )
    assert (told.status, told.out) == (
        0,
        "ida.q can sign in as nurse at Northsite, Six East.\n",
    )
    told = await typed(choice, "user", "grant", "ida.q", "--role", "charge", *where, "--json")
    assert told.lines[0]["signs_in_as"] == "nurse at Northsite, Six East"
    told = await typed(choice, "user", "revoke", "ida.q")
    assert told.status == 1
    assert told.err.startswith("ida.q is nurse at Northsite, Six East; charge at")
    assert (await typed(choice, "user", "revoke", "ida.q", "--role", "nurse")).status == 0
    people = {one["username"]: one for one in (await typed(choice, "user", "list", "--json")).lines}
    assert people["ida.q"]["roles"] == "charge at Northsite, Six East"
    assert people["ida.q"]["name"] == "Ida [/] Q"
    assert "Ida [/] Q" in (await typed(choice, "user", "list")).out
    assert (await enter(ward, "ida.q", NEW)).status_code == 303


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["user", "disable", "nobody"], "There is no user called nobody."),
        (["user", "revoke", "nurse", "--role", "doctor"], "nurse holds no such role."),
        (
            ["user", "add", "nurse", "--name", "A", "--role", "nurse", "--branch", "Northsite"],
            "There is somebody with this user name already.",
        ),
        (
            ["user", "add", "Ä b", "--name", " ", "--role", "nurse", "--branch", "Northsite"],
            "Not saved. A user name begins with a-z or 0-9; . _ - @ may follow; at most 64. A name",
        ),
        (
            ["user", "grant", "nurse", "--role", "lab", "--branch", "Nowhere"],
            "There is no branch called Nowhere. There is Northsite, Riverside.",
        ),
        (["wall", "revoke", "Attic"], "There is no wallboard Attic."),
        (["place", "branch", "add", "Northsite", "--zone", "Europe/London"], "There is a branch"),
        (["place", "branch", "add", "West", "--zone", "Mars/X"], "Not saved. There is no time"),
        (["place", "ward", "add", "West", "--code", "W"], "Say which branch: Northsite, River"),
        (["place", "room", "add", "\t", "--ward", "Harbour"], "Not saved. The room's name has 1"),
        (["place", "bed", "add", "31", "04", "--ward", "Six East"], "Six East has a bed 04"),
    ],
)
async def test_a_mistake_is_a_sentence_and_changes_nothing(
    ward: Running, arguments: list[str], sentence: str
) -> None:
    told = await typed(ward.node.settings, *arguments, into=NEW)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith(sentence)
    assert len(told.err.splitlines()) == 1
    async with ward.node.aside.connect() as connection:
        counted = await connection.scalar(text("SELECT count(*) FROM bed WHERE label = '31'"))
    assert counted == 0


async def test_a_ward_opened_by_commands_takes_patients(ward: Running, admin: Station) -> None:
    choice = ward.node.settings
    before = (await admin.get("/wards")).text
    assert "Seven North" not in before
    for command in (
        ["branch", "add", "Hillside", "--zone", "Europe/Dublin"],
        ["ward", "add", "Seven North", "--code", "7N", "--branch", "Northsite"],
        ["room", "add", "Bay A", "--ward", "Seven North"],
        ["bed", "add", "01-03", "A1", "--ward", "Seven North", "--room", "bay a"],
        ["ward", "staff", "Seven North", "3"],
    ):
        told = await typed(choice, "place", *command)
        assert (told.status, told.err) == (0, "")
    listed = (await typed(choice, "place", "list", "--json")).lines
    here = {line["ward"]: line for line in listed}["Seven North"]
    assert (here["beds"], here["staffed"], here["code"]) == ("4", "3", "7N")
    assert "Seven North" in (await admin.get("/wards")).text
    async with ward.node.aside.connect() as connection:
        rows = await connection.execute(
            text("SELECT bed.label, bed.id FROM bed JOIN ward ON ward.id = bed.ward_id"
                 " WHERE ward.label = 'Seven North' AND room_id IS NOT NULL ORDER BY position")
        )  # fmt: skip
        beds = {row[0]: row[1] for row in rows}
    assert list(beds) == ["01", "02", "03", "A1"]
    scene = Scene(ward.node, ward.node, ward.node, beds)  # type: ignore[arg-type]
    async with scene.work() as work:
        await admit(work, await scene.patient(), beds["A1"])
    assert await trailed(ward, "cli.bed_add") == [("bed", "0")]


async def test_no_session_begins_beside_the_order_to_end_them_all(
    ward: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    verify = service.verify_password

    async def slowly(*given: object) -> bool:
        known = await verify(*given)  # type: ignore[arg-type]
        reached.set()
        await go_on.wait()
        return known

    monkeypatch.setattr(service, "verify_password", slowly)
    entering = asyncio.create_task(enter(ward, "nurse", PASSWORD))
    await reached.wait()
    assert (await typed(ward.node.settings, "user", "password", "nurse", into=NEW)).status == 0
    go_on.set()
    assert (await entering).status_code == 401
