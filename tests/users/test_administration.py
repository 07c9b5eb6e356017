"""Administration: who signs in, as what and when; a file of many; what somebody would see."""

import re
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text

from tests.medications.test_step_up import long_ago
from tests.stations import Running, Station, ids, signed_in
from ward import clock
from ward.dev.cast import ZONE

SECRET = "a-long-first-password"
HEAD = "username,name,role,branch,ward,from,until\n"


async def enter(ward: Running, name: str, password: str = SECRET) -> httpx.Response:
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as client:
        return await client.post("/login", data={"username": name, "password": password})


async def add(admin: Station, name: str = "ida.q") -> str:
    said = {"username": name, "name": "Ida Quillfeather", "password": SECRET}
    answer = await admin.client.post("/admin/users", data=said)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def place(ward: Running, label: str | None) -> str:
    branch = (await ids(ward.node, "branch"))["Northsite"]
    ward_id = (await ids(ward.node, "ward"))[label] if label else ""
    return f"{branch}/{ward_id}"


async def test_a_person_is_added_given_a_role_for_days_and_loses_it(
    ward: Running, admin: Station
) -> None:
    path = await add(admin)
    assert "No role" not in (await enter(ward, "ida.q")).text
    assert (await enter(ward, "ida.q")).status_code == 401  # no role yet
    today = clock.now().astimezone(ZoneInfo(ZONE)).date()
    said = {"role": "nurse", "place": await place(ward, "Six East")}
    later = {"begins": str(today + timedelta(days=3)), "ends": str(today + timedelta(days=4))}
    assert (await admin.client.post(f"{path}/grants", data=said | later)).status_code == 303
    page = (await admin.get(path)).text
    assert "To come" in page
    assert "Nothing: no role is in force." in page
    assert (await enter(ward, "ida.q")).status_code == 401
    now = {"begins": str(today - timedelta(days=1)), "ends": str(today)}
    assert (await admin.client.post(f"{path}/grants", data=said | now)).status_code == 303
    page = (await admin.get(path)).text
    assert "Signing in now, as nurse at Northsite, Six East" in page
    assert "My patients" in page
    assert (await enter(ward, "ida.q")).status_code == 303
    grants = re.findall(r'id="grant-([0-9a-f-]+)"><span><b>Nurse</b> <span class="chip info"', page)
    ended = await admin.client.post(f"/admin/users/grants/{grants[0]}/end")
    assert ended.headers["location"] == path
    assert (await enter(ward, "ida.q")).status_code == 401


async def test_a_role_does_not_end_before_it_begins(ward: Running, admin: Station) -> None:
    path = await add(admin)
    said = {"role": "nurse", "place": await place(ward, None), "begins": "2031-02-02"}
    answer = await admin.post(f"{path}/grants", **said, ends="2031-02-01")
    assert (answer.status_code, "ends after it begins" in answer.text) == (422, True)
    answer = await admin.post(f"{path}/grants", **(said | {"role": "patient"}))
    assert answer.status_code == 422


async def test_a_closed_account_opens_nothing_until_it_is_opened_again(
    ward: Running, admin: Station
) -> None:
    people = await ids(ward.node, "app_user", "username")
    path = f"/admin/users/{people['nurse']}"
    async with signed_in(ward.url, "nurse") as nurse:
        assert "From 127.0.0.1" not in (await admin.get(path)).text
        assert "from 127.0.0.1" in (await admin.get(path)).text
        assert (await admin.client.post(f"{path}/disable")).status_code == 303
        assert (await nurse.get("/account")).status_code == 303
    assert "Open again" in (await admin.get(path)).text
    assert (await admin.client.post(f"{path}/enable")).status_code == 303
    async with signed_in(ward.url, "nurse") as nurse:
        sessions = re.findall(
            r'action="(/admin/users/sessions/[^"]+)"', (await admin.get(path)).text
        )
        assert len(sessions) == 1
        await admin.client.post(sessions[0])
        assert (await nurse.get("/account")).status_code == 303
    mine = f"/admin/users/{people['admin']}/disable"
    assert (await admin.post(mine)).status_code == 422


async def test_what_gives_rights_asks_again_who_gives_them(ward: Running, admin: Station) -> None:
    path = await add(admin)
    await long_ago(ward)
    said = {"role": "admin", "place": await place(ward, None)}
    assert (await admin.post(f"{path}/grants", **said)).status_code == 403
    assert (await admin.post("/admin/roles", role="nurse", needed="no")).status_code == 403
    people = await ids(ward.node, "app_user", "username")
    quick = f"/admin/users/{people['nurse']}/disable"
    assert (await admin.client.post(quick)).status_code == 303  # to take rights away is quick


async def test_a_staff_file_is_shown_before_it_is_entered_and_twice_is_once(
    ward: Running, admin: Station
) -> None:
    file = (
        f"{HEAD}ida.q,Ida Quillfeather,nurse,Northsite,Six East,,2031-06-30\n"
        "nurse,Ada Lovelock,charge,northsite,six west,,\n"
    )
    shown = await admin.client.post("/admin/staff", data={"text": file})
    assert "This would be entered: 2 lines" in shown.text
    assert "Known: gets this role" in shown.text
    assert "ida.q" not in await ids(ward.node, "app_user", "username")
    done = await admin.client.post("/admin/staff", data={"text": file, "do": "enter"})
    assert done.status_code == 200, done.text
    (password,) = re.findall(r'<span class="mono">([^<]+)</span>', done.text)
    assert (await enter(ward, "ida.q", password)).status_code == 303
    before = await _grants(ward)
    again = await admin.client.post("/admin/staff", data={"text": file, "do": "enter"})
    assert again.status_code == 200
    assert await _grants(ward) == before


async def _grants(ward: Running) -> int:
    async with ward.node.aside.connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM user_grant"))).scalar_one()


async def test_a_staff_file_with_one_wrong_line_enters_nothing(
    ward: Running, admin: Station
) -> None:
    bad = {
        "x y,Ida Q,nurse,Northsite,,,": "A user name begins with",
        "ida,Ida Q,king,Northsite,,,": "There is no role king.",
        "ida,Ida Q,nurse,Nowhere,,,": "There is no Nowhere, every ward.",
        "ida,Ida Q,nurse,Northsite,Attic,,": "There is no Northsite, Attic.",
        "ida,Ida Q,nurse,Northsite,,30.11.2026,": "Write from as 2026-11-30.",
    }
    file = HEAD + "ok.person,Ok Person,nurse,Northsite,,,\n" + "\n".join(bad)
    shown = await admin.client.post("/admin/staff", data={"text": file})
    for sentence in bad.values():
        assert sentence in shown.text
    refused = await admin.client.post("/admin/staff", data={"text": file, "do": "enter"})
    assert (refused.status_code, "Nothing was entered." in refused.text) == (422, True)
    assert "ok.person" not in await ids(ward.node, "app_user", "username")
    lame = await admin.client.post("/admin/staff", data={"text": "a,b\n1,2"})
    assert "missing: username" in lame.text


async def test_a_lost_phone_is_forgotten_and_a_role_can_ask_for_one(
    ward: Running, admin: Station, doctor: Station
) -> None:
    from tests.users.test_second_factor import turn_on
    from ward.dev.cast import PASSWORD

    await turn_on(doctor)
    asked = await enter(ward, "doctor", PASSWORD)
    assert asked.headers["location"] == "/login/second"
    people: dict[str, UUID] = await ids(ward.node, "app_user", "username")
    await admin.client.post(f"/admin/users/{people['doctor']}/factors")
    assert (await doctor.get("/account")).status_code == 303
    assert (await enter(ward, "doctor", PASSWORD)).headers["location"] != "/login/second"
    await admin.client.post("/admin/roles", data={"role": "doctor", "needed": "yes"})
    assert "Needs a second factor." in (await admin.get("/admin/roles")).text
    asked = await enter(ward, "doctor", PASSWORD)
    assert asked.headers["location"] == "/account/sign-in"
    async with httpx.AsyncClient(
        base_url=ward.url, headers={"origin": ward.url}, timeout=30
    ) as owing:
        await owing.post("/login", data={"username": "doctor", "password": PASSWORD})
        page = (await owing.get("/account/sign-in")).text
    assert "Set one up to go on" in page
    assert "hx-ws:connect" not in page  # nothing is live yet, so nothing says that it is over
    assert "hx-ws:connect" in (await admin.get("/admin/roles")).text
