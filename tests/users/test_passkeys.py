"""Passkeys: a signature opens the door once, for this site, with the person verified."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from tests.stations import Running, Station
from tests.users.keys import PRESENT, Key

JSON = {"accept": "application/json"}


@pytest.fixture
async def key(ward: Running, doctor: Station) -> Key:
    """A key of the doctor's, known to Ward."""
    made = Key("127.0.0.1", ward.url)
    answer = await offer(doctor.client, made)
    assert answer.json() == {"go": "/account/sign-in"}
    return made


async def offer(client: httpx.AsyncClient, made: Key, **flags: int) -> httpx.Response:
    options = (await client.post("/account/sign-in/passkeys/options", headers=JSON)).json()
    credential = made.made(options["challenge"], **flags)
    said = {"credential": credential, "label": "Phone"}
    return await client.post("/account/sign-in/passkeys", json=said, headers=JSON)


@pytest.fixture
async def visitor(ward: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        yield client


async def question(client: httpx.AsyncClient) -> str:
    return (await client.post("/login/passkey/options", headers=JSON)).json()["challenge"]


async def sign(client: httpx.AsyncClient, credential: object) -> httpx.Response:
    said = {"credential": credential, "next": "/account"}
    return await client.post("/login/passkey", json=said, headers=JSON)


async def test_a_signature_opens_the_door_once(key: Key, visitor: httpx.AsyncClient) -> None:
    credential = key.signed(await question(visitor))
    step = visitor.cookies["ward_step"]
    answer = await sign(visitor, credential)
    assert (answer.status_code, answer.json()) == (200, {"go": "/account"})
    assert "Joan Patelle" in (await visitor.get("/account")).text
    visitor.cookies.clear()
    visitor.cookies["ward_step"] = step
    assert (await sign(visitor, credential)).status_code == 401
    assert "ward_session" not in visitor.cookies


@pytest.mark.parametrize(
    "case", ["unverified", "other site", "other host", "other question", "other key", "garbage"]
)
async def test_what_was_not_signed_here_by_this_person_opens_nothing(
    ward: Running, key: Key, visitor: httpx.AsyncClient, case: str
) -> None:
    asked = await question(visitor)
    credential: object = {
        "unverified": lambda: key.signed(asked, PRESENT),
        "other site": lambda: replace(key, origin="https://ward.example").signed(asked),
        "other host": lambda: replace(key, host="ward.example").signed(asked),
        "other question": lambda: key.signed("AAAA" * 11),
        "other key": lambda: replace(Key("127.0.0.1", ward.url), name=key.name).signed(asked),
        "garbage": lambda: {"id": 7, "response": []},
    }[case]()
    answer = await sign(visitor, credential)
    assert answer.status_code == 401
    assert "ward_session" not in visitor.cookies


async def test_a_key_that_was_copied_is_found_by_its_count(
    key: Key, visitor: httpx.AsyncClient
) -> None:
    copy = replace(key)
    for _ in range(2):
        assert (await sign(visitor, key.signed(await question(visitor)))).status_code == 200
    assert (await sign(visitor, copy.signed(await question(visitor)))).status_code == 401


async def test_what_no_browser_would_send_is_no_key(visitor: httpx.AsyncClient) -> None:
    for said in ("[" * 100_000, '{"credential": "\\ud800"}', "1" * 5000, "\xff"):
        answer = await visitor.post("/login/passkey", content=said.encode("latin-1"))
        assert 400 <= answer.status_code < 500, said[:30]


async def test_a_key_made_without_its_person_is_not_kept(ward: Running, doctor: Station) -> None:
    answer = await offer(doctor.client, Key("127.0.0.1", ward.url), flags=PRESENT)
    assert answer.status_code == 401


async def test_nobody_takes_another_persons_key_away(
    key: Key, doctor: Station, nurse: Station
) -> None:
    page = (await doctor.get("/account/sign-in")).text
    path = page.split('action="/account/sign-in/passkeys/')[1].split('"')[0]
    answer = await nurse.client.post(f"/account/sign-in/passkeys/{path}")
    assert answer.status_code == 404
