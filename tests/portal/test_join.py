"""Making an account: a code from reception, good once, with the birth date; and how one ends."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from domain import join_codes
from tests.scheduling.clinic import Clinic
from tests.stations import Sign, Station
from tests.users.test_second_factor import turn_on
from ward import clock

BORN = "1950-03-04"  # of everybody whom the scene registers
PASSWORD = "four words make it long"


@pytest.fixture
async def desk(sign: Sign) -> Station:
    return await sign("reception")


@pytest.fixture
async def visitor(open_door: Clinic, desk: Station) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=desk.url, headers={"origin": desk.url}, timeout=30
    ) as client:
        yield client


async def given(desk: Station, patient) -> str:
    page = await desk.post(f"/patients/{patient}/portal/code", htmx=False)
    assert page.status_code == 200, page.text
    (code,) = re.findall(r'id="join-code">([^<]+)<', page.text)
    return code


async def joins(visitor: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
    said = {"born": BORN, "username": "joan", "password": PASSWORD, "again": PASSWORD}
    return await visitor.post("/join", data=said | {"code": code} | more)


async def test_a_patient_joins_and_sees_their_own_page(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient
) -> None:
    patient = await open_door.scene.patient("Smithson", "Joan")
    await open_door.book(patient, open_door.at(9, days=3))
    assert f"/patients/{patient}/portal" in (await desk.get(f"/patients/{patient}")).text
    assert "There is no account" in (await desk.get(f"/patients/{patient}/portal")).text
    code = await given(desk, patient)
    assert "has not been used" in (await desk.get(f"/patients/{patient}/portal")).text
    came = await joins(visitor, code.lower().replace("-", " "))
    assert (came.status_code, came.headers["location"]) == (303, "/me")
    page = await visitor.get("/me")
    assert "Joan Smithson" in page.text
    assert "09:00" in page.text
    assert "There is an account" in (await desk.get(f"/patients/{patient}/portal")).text
    again = await joins(visitor, code, username="other")
    assert (again.status_code, "not good, or no longer" in again.text) == (422, True)


async def test_a_new_code_voids_the_earlier(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient
) -> None:
    patient = await open_door.scene.patient()
    first, second = await given(desk, patient), await given(desk, patient)
    assert (await joins(visitor, first)).status_code == 422
    assert (await joins(visitor, second)).status_code == 303


async def test_a_code_is_void_after_too_many_wrong_birth_dates(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient
) -> None:
    code = await given(desk, await open_door.scene.patient())
    for _ in range(join_codes.TRIES):
        wrong = await joins(visitor, code, born="1950-03-05")
        assert "do not belong together" in wrong.text
        assert code not in wrong.text or "value=" in wrong.text
        assert PASSWORD not in wrong.text
    assert "not good, or no longer" in (await joins(visitor, code)).text


async def test_a_code_is_good_for_some_days(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient
) -> None:
    code = await given(desk, await open_door.scene.patient())
    clock.shift(join_codes.GOOD_FOR + timedelta(minutes=1))
    assert (await joins(visitor, code)).status_code == 422


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"again": "another"}, "not the same"),
        ({"born": "yesterday"}, "Enter your birth date"),
        ({"username": "Jo an"}, "A user name begins with"),
        ({"username": "nurse"}, "somebody with this user name"),
        ({"code": "1234"}, "not good, or no longer"),
    ],
)
async def test_what_is_wrong_is_said_and_the_code_stays_good(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient, more, sentence: str
) -> None:
    code = await given(desk, await open_door.scene.patient())
    wrong = await joins(
        visitor, more.get("code", code), **{k: v for k, v in more.items() if k != "code"}
    )
    assert wrong.status_code in {409, 422}
    assert sentence in wrong.text
    assert (await joins(visitor, code)).status_code == 303


async def test_who_lost_the_password_gets_another_by_a_new_code(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient
) -> None:
    patient = await open_door.scene.patient()
    await joins(visitor, await given(desk, patient))
    await turn_on(Station(visitor, desk.url, "joan"))  # and then the telephone is lost with it
    other = "another four words long"
    async with httpx.AsyncClient(
        base_url=desk.url, headers={"origin": desk.url}, timeout=30
    ) as second:
        came = await joins(
            second, await given(desk, patient), username="x", password=other, again=other
        )
        assert came.headers["location"] == "/me"
    assert (await visitor.get("/me")).status_code in {303, 401}  # signed out everywhere else
    said = {"username": "joan", "password": other}
    assert (await visitor.post("/login", data=said)).headers["location"] == "/me"


async def test_an_account_ends_at_once(
    open_door: Clinic, desk: Station, visitor: httpx.AsyncClient
) -> None:
    patient = await open_door.scene.patient()
    await joins(visitor, await given(desk, patient))
    page = await visitor.post("/me/calendar", data={"label": "Phone"})
    (feed,) = re.findall(r'value="(http[^"]+/feeds/[^"]+)"', page.text)
    assert (await visitor.get(feed)).status_code == 200
    await desk.post(f"/patients/{patient}/portal/end")
    assert (await visitor.get("/me")).status_code in {303, 401}
    assert (await visitor.get(feed)).status_code == 404
    said = {"username": "joan", "password": PASSWORD}
    assert (await visitor.post("/login", data=said)).status_code == 401


async def test_only_who_registers_gives_codes(open_door: Clinic, sign: Sign) -> None:
    patient = await open_door.scene.patient()
    for username in ("nurse", "doctor", "patient"):
        station = await sign(username)
        assert (await station.post(f"/patients/{patient}/portal/code")).status_code == 403


def test_codes_are_read_as_people_type_them() -> None:
    code = join_codes.new()
    assert join_codes.read(f" {join_codes.spoken(code).lower()} ") == code
    assert join_codes.read("OIL0-1111-2222") == "011011112222"
    assert join_codes.read("0U10-1111-2222") is None
    assert join_codes.read(code[:-1]) is None
