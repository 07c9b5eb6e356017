"""Outside: an identity provider's word is taken only when it is ours, signed, whole and new."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from tests.databases import Database
from tests.stations import Running, Station, running, settings_for, signed_in
from tests.users.provider import Provider, provider_at
from tests.watchers import watching
from ward.dev.embedded import Stores


@dataclass
class House:
    """A hospital with a provider, at which the charge nurse has linked her account."""

    ward: Running
    provider: Provider

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(
            base_url=self.ward.url, headers={"origin": self.ward.url}, timeout=15
        ) as client:
            yield client

    async def fetch(self, client: httpx.AsyncClient, path: str = "/login/outside") -> str:
        """Go to the provider; return the address that it sends the browser back to."""
        away = await client.get(path)
        assert away.status_code == 303, away.text
        async with httpx.AsyncClient(timeout=15) as there:
            return (await there.get(away.headers["location"])).headers["location"]

    async def come(self, client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(await self.fetch(client, "/login/outside?next=/account"))


@pytest.fixture
async def house(database: Database, stores: Stores) -> AsyncIterator[House]:
    async with provider_at() as provider:
        more = {"oidc_issuer": provider.url, "oidc_client_id": "ward", "oidc_client_secret": "s"}
        async with running(settings_for(database, stores, **more)) as ward:
            made = House(ward, provider)
            async with signed_in(ward.url, "charge") as charge:
                back = await made.fetch(charge.client, "/account/sign-in/outside")
                assert (await charge.get(back)).headers["location"] == "/account/sign-in"
            yield made


async def test_whom_the_provider_vouches_for_comes_in_under_the_role_given_here(
    house: House,
) -> None:
    async with house.browser() as client:
        answer = await house.come(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        page = (await client.get("/account")).text
    assert "Grace Hopwell" in page
    assert "Charge nurse" in page


async def test_somebody_the_provider_knows_and_we_do_not_stays_outside(house: House) -> None:
    house.provider.subject = "mallory@provider"
    async with house.browser() as client:
        answer = await house.come(client)
        assert (answer.status_code, "linked to that account" in answer.text) == (401, True)
        assert "ward_session" not in client.cookies


def _without(name: str):
    return lambda claims: claims.pop(name, None)


def _with(**claims: object):
    return lambda said: said.update(claims)


@pytest.mark.parametrize(
    "case",
    [
        "no id token", "unsigned", "our public key as a secret", "another algorithm",
        "another key", "another issuer", "another client", "no audience", "no subject",
        "expired", "another nonce", "no nonce",
    ],
)  # fmt: skip
async def test_a_word_that_is_not_whole_opens_nothing(house: House, case: str) -> None:
    from joserfc.jwk import RSAKey

    told = house.provider
    changes = {
        "another issuer": _with(iss="https://evil.example"),
        "another client": _with(aud="other"),
        "no audience": _without("aud"),
        "no subject": _without("sub"),
        "expired": _with(exp=int(time.time()) - 120),
        "another nonce": _with(nonce="x"),
        "no nonce": _without("nonce"),
    }
    told.change = changes.get(case, told.change)
    if case == "no id token":
        told.id_token = False
    if case == "unsigned":
        told.alg = "none"
    if case == "our public key as a secret":
        told.alg = "HS256"
    if case == "another algorithm":
        told.alg = "RS512"
    if case == "another key":
        told.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    async with house.browser() as client:
        answer = await house.come(client)
        assert (answer.status_code, "can be trusted" in answer.text) == (401, True)
        assert "ward_session" not in client.cookies


async def test_an_answer_is_taken_once_and_only_in_the_browser_that_asked(house: House) -> None:
    async with house.browser() as client, house.browser() as other:
        back = await house.fetch(client)
        assert (await other.get(back)).status_code == 401
        step = client.cookies["ward_step"]
        assert (await client.get(f"{back}x")).status_code == 401  # another state
        assert (await client.get(back)).status_code == 401  # that attempt is spent
        back = await house.fetch(client)
        step = client.cookies["ward_step"]
        assert (await client.get(back)).status_code == 303
        again = await other.get(back, headers={"cookie": f"ward_step={step}"})
        assert again.status_code == 401
        wrong = await house.fetch(other)
        assert (await other.get(f"{wrong}&iss=https://evil.example")).status_code == 401


async def leave(house: House, token: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=house.ward.url, timeout=15) as client:
        path = "/login/outside/logout"
        return await client.post(path, data={"logout_token": token}, headers=headers)


@pytest.mark.parametrize("named", ["sid", "sub"])
async def test_when_the_provider_says_goodbye_screens_close_and_the_session_ends(
    house: House, named: str, wards: dict[str, UUID]
) -> None:
    async with house.browser() as client:
        await house.come(client)
        station = Station(client, house.ward.url, "charge")
        east = wards["Six East"]
        async with watching(station, f"/wards/{east}/beds", f"beds/{east}") as board:
            house.provider.change = _without("sub" if named == "sid" else "sid")
            token = house.provider.goodbye()
            assert (await leave(house, token)).status_code == 200
            assert (await board.over())[1] == 4401
        assert (await client.get("/account")).status_code == 303
        assert (await leave(house, token)).status_code == 400  # heeded once


@pytest.mark.parametrize(
    "case", ["old", "other issuer", "other client", "with a nonce", "no event", "nobody", "forged"]
)
async def test_a_goodbye_that_is_none_ends_nothing(house: House, case: str) -> None:
    told = house.provider
    async with house.browser() as client:
        await house.come(client)
        told.change = {
            "old": _with(iat=int(time.time()) - 3600),
            "other issuer": _with(iss="https://evil.example"),
            "other client": _with(aud="other"),
            "with a nonce": _with(nonce="x"),
            "no event": _without("events"),
            "nobody": lambda claims: [claims.pop("sub"), claims.pop("sid")],
        }.get(case, told.change)
        if case == "forged":
            told.alg = "HS256"
        assert (await leave(house, told.goodbye())).status_code == 400
        assert (await client.get("/account")).status_code == 200


async def test_a_browser_cannot_say_goodbye_for_the_provider(house: House) -> None:
    token = house.provider.goodbye()
    for headers in ({"origin": "https://evil.example"}, {"cookie": "ward_session=x"}):
        assert (await leave(house, token, **headers)).status_code == 403


@pytest.fixture
async def wards(house: House) -> dict[str, UUID]:
    from tests.stations import ids

    return await ids(house.ward.node, "ward")


async def test_a_locked_screen_links_nothing(house: House) -> None:
    house.provider.subject = "ada@provider"
    async with signed_in(house.ward.url, "nurse") as nurse:
        back = await house.fetch(nurse.client, "/account/sign-in/outside")
        await nurse.client.post("/session/lock", data={"path": "/"})
        assert (await nurse.get(back)).status_code == 401
