"""The sign-in under a storm: no connection held, no more tries than allowed, at once or in turn."""

import asyncio

import httpx
import pytest

from tests.databases import Database
from tests.stations import Running, running, settings_for
from ward.dev.cast import PASSWORD
from ward.dev.embedded import Stores
from ward.users import routes, service


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], asyncio.Event]:
    """Passwords whose comparing takes until the test says so, and all that were compared."""
    tried: list[str] = []
    go_on = asyncio.Event()

    async def slowly(_vault: object, _stored: str | None, password: str) -> bool:
        tried.append(password)
        await go_on.wait()
        return False

    monkeypatch.setattr(service, "verify_password", slowly)
    return tried, go_on


async def test_nobody_who_signs_in_holds_a_connection_while_the_password_is_hashed(
    ward: Running, hashing: tuple[list[str], asyncio.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, go_on = hashing
    monkeypatch.setattr(routes, "AT_ONCE", 8)
    async with _browser(ward) as client:
        storm = [asyncio.create_task(_try(client, f"nobody{one}")) for one in range(8)]
        async with asyncio.timeout(30):
            while len(tried) < 8:  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)
        held = ward.node.engine.pool.checkedout()  # type: ignore[attr-defined]
        go_on.set()
        answers = await asyncio.gather(*storm)
    assert held == 0
    assert {answer.status_code for answer in answers} == {401}


async def test_forty_guesses_at_once_are_not_more_than_ten(
    ward: Running, hashing: tuple[list[str], asyncio.Event]
) -> None:
    tried, go_on = hashing
    go_on.set()
    async with _browser(ward) as client:
        answers = await asyncio.gather(*(_try(client, "doctor2") for _ in range(40)))
    assert len(tried) == 10
    assert sorted({answer.status_code for answer in answers}) == [401, 429]


async def test_signing_in_rightly_often_locks_nobody_out(ward: Running) -> None:
    async with _browser(ward) as client:
        for _ in range(12):
            assert (await _try(client, "nurse", PASSWORD)).status_code == 303


def _browser(ward: Running) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=ward.url, headers={"origin": ward.url}, timeout=15)


async def _try(client: httpx.AsyncClient, name: str, password: str = "wrong") -> httpx.Response:
    return await client.post("/login", data={"username": name, "password": password})


async def test_behind_a_proxy_the_public_address_says_that_cookies_are_secure(
    database: Database, stores: Stores
) -> None:
    public = "https://ward.example"
    async with running(settings_for(database, stores, public_url=public)) as ward:
        headers = {"origin": public, "host": "ward.example"}
        async with httpx.AsyncClient(base_url=ward.url, headers=headers, timeout=30) as client:
            answer = await _try(client, "nurse", PASSWORD)
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-ward_session=")
    assert "Secure" in answer.headers["set-cookie"]
