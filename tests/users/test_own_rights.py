"""Own rights: nobody gives themselves a role or a password; what is changed ends what it opened."""

import httpx
import pytest
from sqlalchemy import text

from domain.access import Role
from tests.stations import Running, Sign, Station, ids, signed_in
from tests.users.test_administration import place
from tests.users.test_second_factor import turn_on
from ward.dev.cast import PASSWORD
from ward.dev.demo import FOUNDER
from ward.users import factors
from ward.work import work_as

NEW = "another-long-password"


async def the_id(ward: Running, username: str) -> str:
    return str((await ids(ward.node, "app_user", "username"))[username])


async def test_an_administrator_gives_themselves_no_role(ward: Running, admin: Station) -> None:
    me = await the_id(ward, "admin")
    said = {"role": "doctor", "place": await place(ward, None)}
    answer = await admin.post(f"/admin/users/{me}/grants", **said)
    assert (answer.status_code, "gives a role to themselves" in answer.text) == (422, True)
    file = "username,name,role,branch,ward\nadmin,Piet Vandenberg,doctor,Northsite,\n"
    answer = await admin.post("/admin/staff", text=file, do="enter")
    assert answer.status_code == 422
    async with ward.node.aside.connect() as connection:
        asked = "SELECT role FROM user_grant WHERE user_id = CAST(:me AS uuid)"
        assert (await connection.execute(text(asked), {"me": me})).scalars().all() == ["admin"]
        asked = (
            "SELECT resource_id::text FROM audit_event WHERE code = 'users.give' AND outcome = '4'"
        )
        assert (await connection.execute(text(asked))).scalars().all() == [me]
    page = (await admin.get(f"/admin/users/{me}")).text
    assert "Another administrator gives you a role." in page


async def test_an_administrator_resets_neither_their_own_factors_nor_their_password(
    ward: Running, admin: Station
) -> None:
    me = await the_id(ward, "admin")
    assert (await admin.post(f"/admin/users/{me}/factors")).status_code == 422
    answer = await admin.post(f"/admin/users/{me}/password", password=NEW)
    assert (answer.status_code, "Change your own" in answer.text) == (422, True)


async def test_a_person_changes_their_password_and_is_signed_out_elsewhere(
    ward: Running, sign: Sign
) -> None:
    here, there = await sign("nurse"), await sign("nurse")
    at = "/account/sign-in/password"
    wrong = await here.post(at, old="not the password", new=NEW, again=NEW)
    assert (wrong.status_code, "not your password" in wrong.text) == (422, True)
    assert (await here.post(at, old=PASSWORD, new=NEW, again=f"{NEW}x")).status_code == 422
    assert (await here.post(at, old=PASSWORD, new="short", again="short")).status_code == 422
    assert (await there.get("/account")).status_code == 200
    assert (await here.post(at, old=PASSWORD, new=NEW, again=NEW)).status_code == 204
    assert (await here.get("/account")).status_code == 200
    assert (await there.get("/account")).status_code == 303
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        said = {"username": "nurse", "password": PASSWORD}
        assert (await client.post("/login", data=said)).status_code == 401
        said["password"] = NEW
        assert (await client.post("/login", data=said)).status_code == 303


async def _linked(ward: Running, username: str) -> None:
    async with ward.node.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO outside_identity (id, version, user_id, issuer, subject_hash,"
                " linked_at) SELECT gen_random_uuid(), 1, id, 'https://id.example', 'x', now()"
                " FROM app_user WHERE username = :username"
            ),
            {"username": username},
        )


async def _links(ward: Running) -> int:
    async with ward.node.aside.connect() as connection:
        asked = "SELECT count(*) FROM outside_identity WHERE ended_at IS NULL"
        return int((await connection.execute(text(asked))).scalar_one())


@pytest.mark.parametrize(("said", "left"), [("keep", 1), ("end", 0)])
async def test_who_changes_a_password_says_what_becomes_of_the_other_ways_in(
    ward: Running, sign: Sign, admin: Station, said: str, left: int
) -> None:
    nurse = await sign("nurse")
    await _linked(ward, "nurse")
    given = {"old": PASSWORD, "new": NEW, "again": NEW}
    asked = await nurse.post("/account/sign-in/password", **given)
    assert (asked.status_code, "go on letting this person in" in asked.text) == (422, True)
    answer = await nurse.post("/account/sign-in/password", **given, others=said)
    assert (answer.status_code, await _links(ward)) == (204, left)
    at = f"/admin/users/{await the_id(ward, 'nurse')}"
    if left:
        assert "Passkeys and linked accounts" in (await admin.get(at)).text
        assert (await admin.post(f"{at}/password", password=NEW)).status_code == 422
    answer = await admin.post(f"{at}/password", password=NEW, others="end")
    assert (answer.status_code, await _links(ward)) == (204, 0)


async def test_the_last_factor_of_a_role_that_needs_one_stays(ward: Running) -> None:
    async with signed_in(ward.url, "pharmacist") as station:
        await turn_on(station)
        off = "/account/sign-in/app-off"
        async with work_as(ward.node, FOUNDER, "test") as work:
            await factors.set_rule(work, Role.PHARMACIST, second_factor=True)
        answer = await station.post(off)
        assert (answer.status_code, "Set up another one first" in answer.text) == (409, True)
        assert "Since" in (await station.get("/account/sign-in")).text
        async with work_as(ward.node, FOUNDER, "test") as work:
            await factors.set_rule(work, Role.PHARMACIST, second_factor=False)
        assert (await station.post(off)).status_code == 204
