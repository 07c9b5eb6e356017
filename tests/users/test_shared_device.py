"""Shared device: who has a PIN here comes in with it, here alone; five wrong tries void it."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from tests.stations import Running, Station, signed_in
from tests.watchers import soon, watching
from ward.dev.cast import PASSWORD

PIN = "830264"


class Tablet:
    """A browser that many people use."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client, self.url = client, url

    async def sign_in(self, name: str) -> httpx.Response:
        return await self.client.post("/login", data={"username": name, "password": PASSWORD})

    async def set_pin(self, pin: str = PIN, again: str | None = None) -> httpx.Response:
        said = {"pin": pin, "again": again or pin}
        return await self.client.post("/account/sign-in/pin", data=said)

    async def switch(self, who: UUID | None = None, pin: str = PIN, badge: str = ""):
        said = {"who": str(who or ""), "pin": pin, "badge": badge}
        return await self.client.post("/login/pin", data=said)

    async def name(self) -> str:
        page = await self.client.get("/account")
        found = re.search(r"<h1 class=\"page\">([^<]+)</h1>", page.text)
        return found[1] if found else f"{page.status_code} {page.headers.get('location')}"

    @property
    def cookie(self) -> str:
        return self.client.cookies["ward_session"]


@pytest.fixture
async def tablet(ward: Running, wards: dict[str, UUID]) -> AsyncIterator[Tablet]:
    """A tablet of Six East, enrolled; nurse and nurse2 have set a PIN on it."""
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        made = Tablet(client, ward.url)
        await made.sign_in("admin")
        said = {"label": "Tablet 3", "ward_id": str(wards["Six East"])}
        assert (await client.post("/admin/devices", data=said)).status_code == 303
        for name in ("nurse", "nurse2"):
            await made.sign_in(name)
            assert (await made.set_pin()).status_code == 303
        yield made


@pytest.fixture
async def people(ward: Running) -> dict[str, UUID]:
    async with ward.node.aside.connect() as connection:
        rows = await connection.execute(text("SELECT username, id FROM app_user"))
        return {row[0]: row[1] for row in rows}


async def test_a_tile_and_a_pin_let_in_and_the_one_before_is_locked(
    tablet: Tablet, people: dict[str, UUID]
) -> None:
    page = (await tablet.client.get("/login")).text
    assert "Ada Lovelock" in page
    assert "Florence Okonjo" in page
    assert "Grace Hopwell" not in page
    before = tablet.cookie
    assert await tablet.name() == "Florence Okonjo"
    assert (await tablet.switch(people["nurse"])).status_code == 303
    assert await tablet.name() == "Ada Lovelock"
    old = await tablet.client.get("/account", headers={"cookie": f"ward_session={before}"})
    assert old.headers["location"].startswith("/login")


async def test_a_pin_is_worth_nothing_on_another_device(
    ward: Running, tablet: Tablet, people: dict[str, UUID], wards: dict[str, UUID]
) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        other = Tablet(client, ward.url)
        refused = await other.switch(people["nurse"])
        assert (refused.status_code, "enrolled" in refused.text) == (401, True)
        await other.sign_in("admin")
        said = {"label": "Tablet 4", "ward_id": str(wards["Six East"])}
        await client.post("/admin/devices", data=said)
        assert (await other.switch(people["nurse"])).status_code == 401
        assert await other.name() == "Piet Vandenberg"


async def test_five_wrong_pins_void_it_also_when_they_come_at_once(
    tablet: Tablet, people: dict[str, UUID]
) -> None:
    tries = [tablet.switch(people["nurse"], f"83026{n}") for n in (0, 1, 2, 3, 5, 6, 7, 8)]
    answers = await asyncio.gather(*tries)
    assert {answer.status_code for answer in answers} == {401}
    assert any("void" in answer.text for answer in answers)
    assert (await tablet.switch(people["nurse"])).status_code == 401  # the right one
    assert (await tablet.switch(people["nurse2"])).status_code == 303
    await tablet.sign_in("nurse")
    assert (await tablet.set_pin("194738")).status_code == 303
    assert (await tablet.switch(people["nurse"], "194738")).status_code == 303


async def test_an_easy_pin_is_refused(tablet: Tablet) -> None:
    for pin in ("111111", "123456", "654321", "12345", "abcdef"):
        assert (await tablet.set_pin(pin)).status_code == 422
    assert (await tablet.set_pin(PIN, "830265")).status_code == 422


async def test_a_pin_signs_for_nothing(tablet: Tablet, people: dict[str, UUID]) -> None:
    await tablet.switch(people["nurse"])
    asked = await tablet.set_pin("194738")
    assert (asked.status_code, "Confirm that it is you" in asked.text) == (403, True)
    proved = await tablet.client.post("/session/prove", data={"password": PASSWORD})
    assert proved.status_code == 200
    assert (await tablet.set_pin("194738")).status_code == 303


async def test_sockets_of_the_one_before_close_within_a_second(
    ward: Running, tablet: Tablet, people: dict[str, UUID], wards: dict[str, UUID]
) -> None:
    await tablet.switch(people["nurse"])
    east = wards["Six East"]
    station = Station(tablet.client, ward.url, "nurse")
    async with watching(station, f"/wards/{east}/beds", f"beds/{east}") as board:
        begun = time.monotonic()
        assert (await tablet.switch(people["nurse2"])).status_code == 303
        ended, code = await board.over()
    assert code == 4401
    assert ended - begun <= soon()


async def test_what_was_typed_waits_for_its_writer_alone(
    tablet: Tablet, people: dict[str, UUID]
) -> None:
    await tablet.switch(people["nurse"])
    page = "/patients/0198a000-0000-7000-8000-000000000000"
    typed = {"path": page, "source": f"{page}/allergies/new", "fields": [["substance", "latex"]]}
    said = {"path": page, "draft": json.dumps(typed)}
    answer = await tablet.client.post("/session/lock", data=said)
    assert answer.headers["location"].startswith("/login?next=")
    assert (await tablet.client.get("/account")).status_code == 303
    assert "Ada Lovelock works here" in (await tablet.client.get("/login")).text
    assert (await tablet.switch(people["nurse2"])).headers["location"] != page
    assert (await tablet.client.post("/session/draft", data={"path": page})).status_code == 204
    back = await tablet.switch(people["nurse"])
    assert back.headers["location"] == page
    kept = await tablet.client.post("/session/draft", data={"path": page})
    assert kept.json()["fields"] == [["substance", "latex"]]
    assert (await tablet.client.post("/session/draft", data={"path": page})).status_code == 204


async def test_the_password_unlocks_the_same_session_under_a_new_token(
    ward: Running, nurse: Station
) -> None:
    before = nurse.client.cookies["ward_session"]
    await nurse.client.post("/session/lock", data={"path": "/wards"})
    assert (await nurse.get("/account")).headers["location"] == "/login?next=/account"
    locked = (await nurse.get("/login")).text
    assert ("I am somebody else" in locked, 'href="/join"' in locked) == (True, False)
    said = {"username": "nurse", "password": PASSWORD, "next": "/wards"}
    assert (await nurse.client.post("/login", data=said)).headers["location"] == "/wards"
    assert nurse.client.cookies["ward_session"] != before
    async with ward.node.aside.connect() as connection:
        counted = text(
            "SELECT count(*) FROM session s JOIN app_user u ON u.id = s.user_id"
            " WHERE u.username = 'nurse' AND s.locked_at IS NULL AND s.ended_at IS NULL"
        )
        assert (await connection.execute(counted)).scalar() == 1


async def test_a_revoked_device_lets_nobody_in_and_ends_who_is_there(
    ward: Running, tablet: Tablet, people: dict[str, UUID]
) -> None:
    await tablet.switch(people["nurse"])
    async with signed_in(ward.url, "admin") as admin:
        page = (await admin.get("/admin/devices")).text
        path = re.search(r'action="(/admin/devices/[^"]+/revoke)"', page)[1]
        assert (await admin.client.post(path)).status_code == 303
    assert (await tablet.client.get("/account")).status_code == 303
    assert (await tablet.switch(people["nurse"])).status_code == 401
    assert "Ada Lovelock" not in (await tablet.client.get("/login")).text


async def test_a_badge_says_who_and_the_pin_proves_it(
    ward: Running, tablet: Tablet, people: dict[str, UUID]
) -> None:
    from ward.dev.demo import FOUNDER
    from ward.users import devices
    from ward.work import work_as

    async with work_as(ward.node, FOUNDER, "test.badge") as work:
        await devices.give_badge(work, people["nurse"], "BADGE-0042")
    assert (await tablet.switch(badge="BADGE-0042", pin="830265")).status_code == 401
    assert (await tablet.switch(badge="BADGE-0042")).status_code == 303
    assert await tablet.name() == "Ada Lovelock"
    assert (await tablet.switch(badge="BADGE-0043")).status_code == 401


@pytest.mark.parametrize("how", ["password", "factors"])
async def test_no_pin_outlives_the_password_or_the_factors(
    ward: Running, tablet: Tablet, people: dict[str, UUID], how: str
) -> None:
    async with signed_in(ward.url, "admin") as admin:
        said = {"password": "another long password"} if how == "password" else {}
        path = f"/admin/users/{people['nurse']}/{how}"
        assert (await admin.client.post(path, data=said)).status_code == 303
    assert (await tablet.switch(people["nurse"])).status_code == 401
    assert (await tablet.switch(people["nurse2"])).status_code == 303


async def test_a_pin_is_no_way_around_the_second_factor_of_a_role(
    ward: Running, tablet: Tablet, people: dict[str, UUID]
) -> None:
    async with signed_in(ward.url, "admin") as admin:
        asked = {"role": "nurse", "needed": "yes"}
        assert (await admin.client.post("/admin/roles", data=asked)).status_code == 303
    came = await tablet.switch(people["nurse"])
    assert came.headers["location"] == "/account/sign-in"
    assert (await tablet.client.get("/wards")).headers["location"] == "/account/sign-in"


@pytest.mark.parametrize(
    "said",
    [
        "[]",
        '{"path": "//evil"}',
        json.dumps({"path": "/a\0", "fields": [["a", "b"]]}),
        json.dumps({"path": "/a", "fields": [["a", "\ud83d"]]}),  # half a character
        "[" * 100_000,
    ],
)
async def test_a_draft_that_cannot_be_kept_keeps_no_screen_open(nurse: Station, said: str) -> None:
    answer = await nurse.client.post("/session/lock", data={"path": "/", "draft": said})
    assert answer.status_code == 303
    assert (await nurse.get("/account")).headers["location"] == "/login?next=/account"


async def test_a_wrong_pin_is_in_the_trail_as_a_refusal(
    ward: Running, tablet: Tablet, people: dict[str, UUID]
) -> None:
    assert (await tablet.switch(people["nurse"], "830265")).status_code == 401
    asked = text(
        "SELECT p.user_id FROM audit_event e JOIN device_pin p ON p.id = e.resource_id"
        " WHERE e.code = 'users.pin' AND e.outcome = '4'"
    )
    async with ward.node.aside.connect() as connection:
        assert list((await connection.execute(asked)).scalars()) == [people["nurse"]]
