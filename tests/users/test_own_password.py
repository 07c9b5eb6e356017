"""A password that somebody else chose: it opens one page, and there its owner chooses another."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import websockets
from sqlalchemy import text

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.stations import Running, Station, ids, signed_in
from tests.users.operator import typed
from tests.users.test_second_factor import turn_on
from ward import modules
from ward.dev.cast import PASSWORD, SIGN_INS

GIVEN, OWN = "given-over-the-counter", "only-the-nurse-knows"
HERE = "/account/own-password"
WHERE = ("--branch", "northsite", "--ward", "six east")
BEFORE = {HERE, "/logout", "/session/lock", "/session/prove", "/session/activity"}
WALLS = {"/wall/{token:str}", "/wall/{token:str}/waiting"}  # know a screen, and no session


@asynccontextmanager
async def browser(ward: Running) -> AsyncIterator[Station]:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        yield Station(client, ward.url, "nurse")


async def enter(at: Station, password: str, name: str = "nurse", onward: str = "") -> str:
    said = {"username": name, "password": password, "next": onward}
    answer = await at.client.post("/login", data=said)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def choose(at: Station, new: str, again: str | None = None, **more: str) -> httpx.Response:
    said = {"new": new, "again": new if again is None else again}
    return await at.client.post(HERE, data=said | more)


@pytest.fixture
async def given(ward: Running, admin: Station) -> str:
    """The nurse's page, after an administrator gave her a password there."""
    nurse = (await ids(ward.node, "app_user", "username"))["nurse"]
    path = f"/admin/users/{nurse}"
    assert (
        await admin.client.post(f"{path}/password", data={"password": GIVEN})
    ).status_code == 303
    return path


async def test_a_password_set_by_an_administrator_is_changed_before_anything_else(
    ward: Running, nurse: Station, admin: Station
) -> None:
    person = (await ids(ward.node, "app_user", "username"))["nurse"]
    path = f"/admin/users/{person}"
    await admin.client.post(f"{path}/password", data={"password": GIVEN})
    assert (await nurse.get("/account")).headers["location"] == "/login?next=/account"
    assert "They have not chosen their own yet." in (await admin.get(path)).text
    async with browser(ward) as at, browser(ward) as other:
        assert await enter(at, GIVEN, onward="/account") == f"{HERE}?next=%2Faccount"
        assert await enter(other, GIVEN) == HERE
        done = await choose(at, OWN, next="/account")
        assert (done.status_code, done.headers["location"]) == (303, "/account")
        assert (await at.get("/account")).status_code == 200
        assert (await other.get(HERE)).headers["location"] == f"/login?next={HERE}"
    assert "They have not chosen their own yet." not in (await admin.get(path)).text
    async with browser(ward) as at:
        said = {"username": "nurse", "password": GIVEN}
        assert (await at.client.post("/login", data=said)).status_code == 401
        assert HERE not in await enter(at, OWN)


@pytest.mark.usefixtures("given")
async def test_until_then_no_other_page_answers(ward: Running) -> None:
    async with browser(ward) as at:
        await enter(at, GIVEN)
        for route in modules.ROUTES:
            if route.policy.permission is None or route.path in BEFORE | WALLS:
                continue
            path, get = _filled(route.path), "GET" in (route.methods or ())
            answer = await (at.get(path) if get else at.post(path, htmx=False))
            led = answer.headers.get("location", "")
            held = answer.status_code == 303 and led.startswith(HERE)
            assert held or answer.status_code == 403, (route.path, answer.status_code, led)
            assert not answer.is_success
        page = (await at.get(HERE)).text
        assert "Choose your password" in page
        assert "hx-ws:connect" not in page
        assert (await at.client.post("/session/activity")).status_code == 204
        assert (await at.client.post("/logout")).headers["location"] == "/login"
        assert (await at.get(HERE)).headers["location"].startswith("/login")


def _filled(path: str) -> str:
    """Give a path in which every place is filled in with something that is nowhere."""
    parts = path.split("{")
    return parts[0] + "".join(_sample(part) for part in parts[1:])


def _sample(part: str) -> str:
    kind, _, rest = part.partition("}")
    return ("0198c0de-0000-7000-8000-000000000000" if ":uuid" in kind else "1") + rest


async def test_until_then_no_screen_is_live(ward: Running, scene: Scene, given: str) -> None:
    topic = Topic("beds", scene.east)
    async with browser(ward) as at:
        await enter(at, GIVEN)
        assert (
            await at.get(f"/live/{topic}", headers={"accept": "application/json"})
        ).status_code == 401
        cookies = "; ".join(f"{name}={value}" for name, value in at.client.cookies.items())
        headers = {"Cookie": cookies, "Origin": ward.url}
        address = ward.url.replace("http", "ws") + "/live"
        async with websockets.connect(address, additional_headers=headers) as socket:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await _only_control(socket, topic)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        await choose(at, OWN)
        async with at.watch(topic) as screen:
            assert screen.first.content


async def _only_control(socket: Any, topic: Topic) -> None:
    await socket.send(json.dumps({"op": "sub", "topics": {str(topic): [None, 0]}}))
    while True:
        assert "content" not in json.loads(await socket.recv())


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(
    ("new", "again", "field", "sentence"),
    [
        ("short", "short", "new", "A password needs at least 12 characters."),
        (OWN, "another-than-that", "again", "The two passwords differ."),
        (GIVEN, GIVEN, "new", "This is the password you were given. Choose another."),
        ("", "", "new", "Enter the new password."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
    ward: Running, new: str, again: str, field: str, sentence: str
) -> None:
    async with browser(ward) as at:
        await enter(at, GIVEN)
        answer = await choose(at, new, again, next="/account")
        assert answer.status_code == 422
        assert f'id="f-{field}-error">{sentence}' in answer.text
        assert 'name="next" value="/account"' in answer.text
        assert (await at.get("/account")).headers["location"].startswith(HERE)


@pytest.mark.usefixtures("given")
async def test_whoever_has_chosen_is_asked_no_more_and_cannot_do_without_the_old_one(
    ward: Running,
) -> None:
    async with browser(ward) as at:
        await enter(at, GIVEN)
        await choose(at, OWN)
        assert (await at.get(HERE)).headers["location"] == "/"
        answer = await choose(at, "another-long-password")
        assert (answer.status_code, "You have chosen your password" in answer.text) == (409, True)


async def test_a_second_gift_ends_the_session_in_which_one_is_chosen(
    ward: Running, admin: Station, given: str
) -> None:
    async with browser(ward) as at:
        await enter(at, GIVEN)
        await admin.client.post(f"{given}/password", data={"password": f"{GIVEN}-2"})
        assert (await choose(at, OWN)).status_code == 401
        assert await enter(at, f"{GIVEN}-2") == HERE


async def test_with_a_second_factor_both_are_asked_for(
    ward: Running, doctor: Station, admin: Station
) -> None:
    await turn_on(doctor)
    person = (await ids(ward.node, "app_user", "username"))["doctor"]
    await admin.client.post(f"/admin/users/{person}/password", data={"password": GIVEN})
    async with browser(ward) as at:
        assert await enter(at, GIVEN, "doctor") == "/login/second"
    await admin.client.post(f"/admin/users/{person}/factors")
    await admin.client.post("/admin/roles", data={"role": "doctor", "needed": "yes"})
    async with browser(ward) as at:
        assert await enter(at, GIVEN, "doctor") == HERE
        assert (await at.get("/account/sign-in")).headers["location"].startswith(HERE)
        assert (await choose(at, OWN)).headers["location"] == "/"
        assert (await at.get("/")).headers["location"] == "/account/sign-in"


async def test_who_is_added_or_given_a_password_by_a_command_chooses_their_own(
    ward: Running,
) -> None:
    choice = ward.node.settings
    told = await typed(
        choice, "user", "add", "ida.q", "--name", "Ida Q", "--role", "nurse", *WHERE, into=GIVEN
    )
    assert told.status == 0
    assert (await typed(choice, "user", "password", "charge", into=GIVEN)).status == 0
    async with browser(ward) as at:
        assert await enter(at, GIVEN, "ida.q") == HERE
    async with browser(ward) as at:
        assert await enter(at, GIVEN, "charge") == HERE


async def test_who_comes_from_a_staff_file_or_a_form_chooses_their_own(
    ward: Running, admin: Station
) -> None:
    file = "username,name,role,branch\nida.q,Ida Quillfeather,nurse,Northsite\n"
    await admin.client.post("/admin/staff", data={"text": file, "do": "enter"})
    said = {"username": "ada.b", "name": "Ada Byron", "password": GIVEN}
    await admin.client.post("/admin/users", data=said)
    async with ward.node.aside.connect() as connection:
        asked = text("SELECT username FROM app_user WHERE must_change_since IS NOT NULL")
        assert {row[0] for row in await connection.execute(asked)} == {"ida.q", "ada.b"}


@pytest.mark.parametrize("username", [one.username for one in SIGN_INS])
async def test_nobody_of_the_demo_is_asked(ward: Running, username: str) -> None:
    async with browser(ward) as at:
        assert HERE not in await enter(at, PASSWORD, username)


@pytest.mark.usefixtures("given")
async def test_a_change_of_ones_own_asks_nothing_more(ward: Running) -> None:
    async with signed_in(ward.url, "charge") as charge:
        said = {"old": PASSWORD, "new": OWN, "again": OWN}
        assert (
            await charge.post("/account/sign-in/password", htmx=False, **said)
        ).status_code == 303
        assert (await charge.get("/account")).status_code == 200
    async with browser(ward) as at:
        assert HERE not in await enter(at, OWN, "charge")
