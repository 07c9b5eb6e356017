"""The outer wall: hosts, other sites, sizes, headers and what nobody may see."""

import httpx
import pytest

from tests.stations import Running, Station
from ward.security.headers import LARGEST_BODY


@pytest.mark.parametrize("path", ["/login", "/healthz", "/static/css/ward.css", "/nowhere"])
async def test_every_answer_carries_the_policy_of_the_page(ward: Running, path: str) -> None:
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


async def test_patient_pages_are_never_stored_by_a_browser(nurse: Station) -> None:
    answer = await nurse.get("/account")
    assert answer.headers["cache-control"] == "no-store"


async def test_another_host_is_not_served(ward: Running) -> None:
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.get("/login", headers={"host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"}, {"sec-fetch-site": "cross-site"}],
)
async def test_a_command_from_elsewhere_is_not_carried_out(
    ward: Running, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.post("/session/activity", headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


async def test_a_body_that_hides_its_size_is_stopped(ward: Running) -> None:
    async def endless() -> object:  # chunked: no Content-Length
        for _ in range(LARGEST_BODY // 65536 + 2):
            yield b"x" * 65536

    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        answer = await client.post(
            "/login",
            content=endless(),  # type: ignore[arg-type]
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
    assert answer.status_code == 413


async def test_an_announced_giant_is_refused_at_once(ward: Running) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        answer = await client.post("/login", content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413


async def test_a_cookie_from_nowhere_signs_nobody_in(ward: Running) -> None:
    async with httpx.AsyncClient(
        base_url=ward.url, cookies={"ward_session": "guess"}, timeout=30
    ) as client:
        answer = await client.get("/account", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_no_database_can_keep_is_refused_and_not_taken_for_a_fault(
    charge: Station,
) -> None:
    page = await charge.get("/medications/report/rules/%00")
    assert page.status_code == 422
    assert "cannot be kept" in page.text
    key = await charge.post("/session/lock", idempotency_key="a\x00b")
    assert key.status_code == 422
