"""Signing in and out, through the real doors."""

import httpx
from sqlalchemy import text

from tests.stations import Running, Sign, Station
from ward.dev.cast import PASSWORD


async def test_a_nurse_lands_on_her_wards_board(nurse: Station) -> None:
    answer = await nurse.get("/")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/beds")


async def test_a_wrong_password_and_an_unknown_user_hear_the_same(ward: Running) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        wrong = await client.post("/login", data={"username": "nurse", "password": "not-this-one"})
        unknown = await client.post("/login", data={"username": "nobody", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert "User name or password is not right." in wrong.text
    assert "User name or password is not right." in unknown.text


async def test_another_site_cannot_sign_anybody_in(ward: Running) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": "https://evil.example"}, timeout=30
    ) as client:
        answer = await client.post("/login", data={"username": "nurse", "password": PASSWORD})
    assert answer.status_code == 403


async def test_after_ten_wrong_passwords_the_eleventh_must_wait(ward: Running) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        for _ in range(10):
            await client.post("/login", data={"username": "doctor2", "password": "wrong"})
        answer = await client.post("/login", data={"username": "doctor2", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_signing_out_ends_the_session_on_the_server(sign: Sign) -> None:
    nurse = await sign("nurse")
    cookie = nurse.client.cookies["ward_session"]
    assert (await nurse.post("/logout", htmx=False)).status_code == 303
    nurse.client.cookies.set("ward_session", cookie)
    answer = await nurse.get("/account")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


async def test_nobody_is_shown_anything_without_signing_in(ward: Running) -> None:
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.get("/account", headers={"accept": "text/html"})
    assert answer.status_code == 303


async def test_the_trail_says_at_whose_door_somebody_knocked(ward: Running) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        for name in ("nurse", "nobody"):
            said = {"username": name, "password": "not the right one"}
            assert (await client.post("/login", data=said)).status_code == 401
    asked = text(
        "SELECT e.outcome, u.username FROM audit_event e LEFT JOIN app_user u"
        " ON u.id = e.resource_id WHERE e.code = 'users.sign_in' ORDER BY e.at"
    )
    async with ward.node.aside.connect() as connection:
        told = [tuple(row) for row in await connection.execute(asked)]
    assert told == [("4", "nurse"), ("4", None)]


async def test_from_an_address_that_nobody_came_in_from_ten_failures_are_enough(
    ward: Running,
) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:

        async def fails(number: int) -> int:
            said = {"username": f"guess{number}", "password": "wrong"}
            return (await client.post("/login", data=said)).status_code

        assert [await fails(number) for number in range(11)] == [*[401] * 10, 429]
        assert (await client.get("/login/outside")).status_code in {404, 429}
        async with ward.node.engine.begin() as connection:  # somebody came in from here
            await connection.execute(
                text(
                    "INSERT INTO session (id, version, token_hash, user_id, grant_id, kind, ip,"
                    " auth_time, amr, owes, idle_until, abs_until) SELECT gen_random_uuid(), 1,"
                    " 'x', user_id, id, 'desktop', '127.0.0.1', now(), 'pwd', false, now(), now()"
                    " FROM user_grant WHERE user_id IS NOT NULL LIMIT 1"
                )
            )
        assert [await fails(number) for number in range(20, 50)] == [401] * 30
