"""Second factor: an app's codes and codes on paper, each of which opens the door once."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from domain.access import Role
from tests.stations import Running, Sign, Station, signed_in
from ward import clock
from ward.dev.cast import PASSWORD
from ward.dev.demo import FOUNDER
from ward.security import totp
from ward.users import factors
from ward.work import work_as


def code_at(secret: str, steps: int = 0) -> str:
    """Give what the app shows now, or some steps of half a minute later."""
    import base64

    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.hotp import HOTP

    step = int(clock.now().timestamp()) // totp.STEP + steps
    return HOTP(base64.b32decode(secret), 6, SHA1()).generate(step).decode()


def _until_a_code_begins() -> timedelta:
    return timedelta(seconds=totp.STEP - clock.now().timestamp() % totp.STEP)


async def turn_on(station: Station) -> tuple[str, list[str]]:
    """Set an app up as a person does; return its secret and the recovery codes."""
    clock.shift(clock.offset() + _until_a_code_begins())  # none runs out on its way
    shown = await station.client.post("/account/sign-in/app", follow_redirects=True)
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', shown.text)[1].replace(" ", "")
    answer = await station.client.post(shown.url.path, data={"code": code_at(secret, -1)})
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r'<li class="mono">([a-z0-9-]+)<', answer.text)


@asynccontextmanager
async def at_the_second_step(
    ward: Running, name: str = "doctor"
) -> AsyncIterator[httpx.AsyncClient]:
    """Give the password; the second factor is awaited."""
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        answer = await client.post("/login", data={"username": name, "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login/second")
        assert "ward_session" not in client.cookies
        yield client


async def enter(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/login/second", data={"code": code})


async def test_the_app_is_asked_for_and_lets_in(ward: Running, doctor: Station) -> None:
    secret, codes = await turn_on(doctor)
    assert len(set(codes)) == 10
    async with at_the_second_step(ward) as client:
        assert (await client.get("/wards")).status_code == 303
        assert "Code from your app" in (await client.get("/login/second")).text
        wrong = await enter(client, "000000")
        assert (wrong.status_code, "not right" in wrong.text) == (401, True)
        assert (await enter(client, code_at(secret))).status_code == 303
        assert (await client.get("/wards")).status_code == 200


async def test_of_eight_who_use_one_code_at_once_one_comes_in(
    ward: Running, doctor: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ward.security.limits import Limit
    from ward.users import routes_second

    monkeypatch.setattr(routes_second, "SECOND_FACTOR", Limit("of-this-test", 100, 300))
    secret, codes = await turn_on(doctor)
    for code in (code_at(secret), codes[0]):
        async with AsyncDoors(ward, 8) as clients:
            answers = await asyncio.gather(*(enter(client, code) for client in clients))
        assert sorted(answer.status_code for answer in answers) == [303] + [401] * 7


class AsyncDoors:
    """Many browsers that wait at the second step of one person."""

    def __init__(self, ward: Running, many: int) -> None:
        self.ward, self.many, self.open = ward, many, []

    async def __aenter__(self) -> list[httpx.AsyncClient]:
        for _ in range(self.many):
            door = at_the_second_step(self.ward)
            self.open.append((door, await door.__aenter__()))
        return [client for _, client in self.open]

    async def __aexit__(self, *wrong: object) -> None:
        for door, _ in self.open:
            await door.__aexit__(None, None, None)


async def test_a_code_that_was_used_or_is_old_opens_nothing(ward: Running, doctor: Station) -> None:
    secret, codes = await turn_on(doctor)
    code = code_at(secret)
    async with at_the_second_step(ward) as client:
        assert (await enter(client, codes[3].upper())).status_code == 303
    async with at_the_second_step(ward) as client:
        assert (await enter(client, codes[3])).status_code == 401
        assert (await enter(client, code_at(secret, -2))).status_code == 401
        assert (await enter(client, code)).status_code == 303
    async with at_the_second_step(ward) as client:
        assert (await enter(client, code)).status_code == 401


async def test_five_wrong_codes_are_enough(ward: Running, sign: Sign) -> None:
    secret, _ = await turn_on(await sign("pharmacist"))
    async with at_the_second_step(ward, "pharmacist") as client:
        tried = [(await enter(client, "123456")).status_code for _ in range(5)]
        assert tried == [401] * 5
        last = await enter(client, code_at(secret))
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) <= 300
    async with at_the_second_step(ward, "pharmacist") as client:  # no way around
        assert (await enter(client, code_at(secret))).status_code == 429


async def test_the_step_ends_after_five_minutes(ward: Running, doctor: Station) -> None:
    secret, _ = await turn_on(doctor)
    async with at_the_second_step(ward) as client:
        clock.shift(clock.offset() + timedelta(minutes=6))
        try:
            answer = await enter(client, code_at(secret))
        finally:
            clock.shift(clock.offset() - timedelta(minutes=6))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert "ward_session" not in client.cookies


async def test_who_must_have_a_second_factor_sees_nothing_before_it_stands(ward: Running) -> None:
    async with work_as(ward.node, FOUNDER, "test.rule") as work:
        await factors.set_rule(work, Role.DOCTOR, second_factor=True)
    async with signed_in(ward.url, "doctor") as doctor:
        for path in ("/wards", "/", "/account", "/patients?q=smith"):
            answer = await doctor.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/account/sign-in")
        poll = await doctor.get("/live/beds/0198a000-0000-7000-8000-000000000000")
        assert poll.status_code in {303, 401}
        await turn_on(doctor)
        assert (await doctor.get("/wards")).status_code == 200
    async with signed_in(ward.url, "nurse") as nurse:
        assert (await nurse.get("/wards")).status_code == 200


async def test_the_secret_and_the_codes_are_not_stored_readable(
    ward: Running, doctor: Station
) -> None:
    secret, codes = await turn_on(doctor)
    async with ward.node.aside.connect() as connection:
        rows = await connection.execute(text("SELECT secret FROM totp"))
        kept = b"".join(row.secret for row in rows)
        rows = await connection.execute(text("SELECT code_hash FROM recovery_code"))
        kept += b"".join(row.code_hash for row in rows)
    assert secret.encode() not in kept
    assert not any(code.replace("-", "").encode() in kept for code in codes)


async def test_new_codes_make_the_old_ones_worthless(ward: Running, doctor: Station) -> None:
    _, codes = await turn_on(doctor)
    answer = await doctor.client.post("/account/sign-in/codes")
    fresh = re.findall(r'<li class="mono">([a-z0-9-]+)<', answer.text)
    async with at_the_second_step(ward) as client:
        assert (await enter(client, codes[0])).status_code == 401
        assert (await enter(client, fresh[0])).status_code == 303


async def test_the_password_alone_that_opens_a_locked_screen_signs_for_nothing(
    doctor: Station,
) -> None:
    await turn_on(doctor)
    await doctor.client.post("/session/lock", data={"path": "/"})
    said = {"username": "doctor", "password": PASSWORD}
    assert (await doctor.client.post("/login", data=said)).headers["location"] != "/login/second"
    assert (await doctor.client.post("/account/sign-in/codes")).status_code == 403
