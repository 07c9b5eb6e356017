"""Providers: two that others wrote sign a person in, and one says when she has left."""

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.databases import Database
from tests.ports import free_port
from tests.stations import running, settings_for, signed_in
from ward.config import ROOT
from ward.dev.embedded import Stores

HERE = Path(__file__).parent / "npm"
BUILT = ROOT / ".pytest_cache" / "oidc-provider"
SECRET = "secret-of-the-test"
Start = Callable[[int, str], Awaitable[list[str]]]


async def from_pypi(port: int, _ward: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port)]


async def from_npm(port: int, ward: str) -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node is not installed.")
    if not (BUILT / "node_modules" / "oidc-provider").exists():
        shutil.copytree(HERE, BUILT, dirs_exist_ok=True)
        arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        pipe = asyncio.subprocess.PIPE
        ran = await asyncio.create_subprocess_exec(npm, *arguments, cwd=BUILT, stderr=pipe)
        if await ran.wait() != 0:
            pytest.skip("npm cannot fetch oidc-provider here.")
    shutil.copy(HERE / "provider.mjs", BUILT)
    return [node, str(BUILT / "provider.mjs"), str(port), ward]


@asynccontextmanager
async def served(command: list[str], port: int) -> AsyncIterator[None]:
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    try:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"http://localhost:{port}/.well-known/openid-configuration")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def walk(there: httpx.AsyncClient, address: str, ward: str) -> str:
    """Fill in the provider's pages as a person does, until it sends the browser back."""
    answer = await there.get(address)
    for _ in range(12):
        if answer.status_code in {301, 302, 303, 307}:
            onward = urljoin(str(answer.url), answer.headers["location"])
            if onward.startswith(ward):
                return onward
            answer = await there.get(onward)
            continue
        form = re.search(r"<form[^>]*>.*?</form>", answer.text, re.DOTALL)
        assert form, answer.text
        action = re.search(r'action="([^"]+)"', form[0])
        said = {"sub": "grace", "login": "grace", "password": "any"}
        said |= dict(re.findall(r'name="(prompt)" value="([^"]*)"', form[0]))
        to = urljoin(str(answer.url), action[1]) if action else str(answer.url)
        answer = await there.post(to, data=said)
    raise AssertionError(answer.text)


async def leave(there: httpx.AsyncClient, provider: str) -> None:
    """Sign out at the provider."""
    page = await there.get(f"{provider}/session/end")
    to = re.search(r'action="([^"]+)"', page.text)[1]
    said = dict(re.findall(r'name="(xsrf)" value="([^"]*)"', page.text))
    await there.post(to, data=said | {"logout": "yes"})


@pytest.mark.parametrize(
    ("start", "says_goodbye"), [(from_pypi, False), (from_npm, True)], ids=["pypi", "npm"]
)
async def test_a_provider_of_other_peoples_making_signs_a_person_in(
    database: Database, stores: Stores, start: Start, *, says_goodbye: bool
) -> None:
    port = free_port()
    issuer = f"http://localhost:{port}"
    more = {"oidc_issuer": issuer, "oidc_client_id": "ward", "oidc_client_secret": SECRET}
    async with running(settings_for(database, stores, **more)) as ward:
        url = ward.url
        async with (
            served(await start(port, url), port),
            httpx.AsyncClient(timeout=20) as there,
            signed_in(url, "charge") as charge,
            httpx.AsyncClient(base_url=url, headers={"origin": url}, timeout=20) as fresh,
        ):
            away = await charge.get("/account/sign-in/outside")
            back = await charge.get(await walk(there, away.headers["location"], url))
            assert back.headers["location"] == "/account/sign-in", back.text
            away = await fresh.get("/login/outside")
            back = await fresh.get(await walk(there, away.headers["location"], url))
            assert back.status_code == 303, back.text
            assert "Grace Hopwell" in (await fresh.get("/account")).text
            if says_goodbye:
                await leave(there, issuer)
                assert (await fresh.get("/account")).status_code == 303
                assert (await charge.get("/account")).status_code == 200  # came by password
