"""Outside: an identity provider's word is taken only when it is ours, signed, whole and new."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from domain.access import Role
from tests.databases import Database
from tests.stations import Running, Station, running, settings_for, signed_in
from tests.users.provider import Provider, provider_at
from tests.users.test_second_factor import code_at, turn_on
from tests.watchers import watching
from ward.dev.demo import FOUNDER
from ward.dev.embedded import Stores
from ward.users import factors
from ward.work import work_as


@dataclass
class House:
    """A hospital with a provider, at which the charge nurse has linked her account."""

    ward: Running
    provider: Provider

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(
            base_url=self.ward.url, headers={"origin": self.ward.url}, timeout=30
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


@pytest.fixture
async def strict(house: House) -> House:
    """The charge nurse's role takes a second factor."""
    async with work_as(house.ward.node, FOUNDER, "test") as work:
        await factors.set_rule(work, Role.CHARGE, second_factor=True)
    return house


async def test_a_role_that_takes_two_factors_is_not_let_in_by_a_provider_that_asked_for_one(
    strict: House,
) -> None:
    async with strict.browser() as client:
        answer = await strict.come(client)
        assert answer.headers["location"] == "/account/sign-in"
        kept_out = await client.get("/wards")
        assert (kept_out.status_code, kept_out.headers["location"]) == (303, "/account/sign-in")


@pytest.mark.parametrize(
    ("claims", "in_at_once"),
    [
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"acr": "urn:example:two"}, True),
        ({"acr": "urn:example:one"}, False),
    ],
)
async def test_the_providers_own_second_factor_counts_when_it_says_so(
    strict: House, claims: dict[str, object], in_at_once: bool
) -> None:
    choice = strict.ward.node.settings
    strict.ward.node.settings = choice.model_copy(update={"oidc_acr": "urn:example:two"})
    strict.provider.change = _with(**claims)
    async with strict.browser() as client:
        answer = await strict.come(client)
        assert (answer.headers["location"] == "/account") == in_at_once
        assert ((await client.get("/wards")).status_code == 200) == in_at_once


async def test_who_has_a_second_factor_here_is_asked_for_it_and_the_goodbye_still_counts(
    strict: House,
) -> None:
    async with signed_in(strict.ward.url, "charge") as charge:
        secret, _ = await turn_on(charge)
    async with strict.browser() as client:
        answer = await strict.come(client)
        assert answer.headers["location"] == "/login/second"
        assert (await client.get("/wards")).status_code == 303
        assert (await client.post("/login/second", data={"code": "000000"})).status_code == 401
        done = await client.post("/login/second", data={"code": code_at(secret)})
        assert (done.status_code, done.headers["location"]) == (303, "/account")
        assert (await client.get("/wards")).status_code == 200
        assert (await leave(strict, strict.provider.goodbye())).status_code == 200
        assert (await client.get("/wards")).status_code == 303


async def test_the_way_to_the_provider_and_its_calls_are_counted(house: House) -> None:
    house.provider.alg = "HS256"
    async with house.browser() as client:
        answers = [await house.come(client) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {401}
        counted = [await leave(house, house.provider.goodbye()) for _ in range(61)]
        assert {answer.status_code for answer in counted} == {400, 429}
        ways = [(await client.get("/login/outside")).status_code for _ in range(61)]
        assert ways[-1] == 429
