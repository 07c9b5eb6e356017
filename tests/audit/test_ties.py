"""Ties: a colleague, a household, a watched record, after discharge, an account unused, files."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.encounters import Disposition
from tests.adt.scene import Scene, person
from tests.adt.test_transfer import lying
from tests.audit.test_signals import _on_duty, _wrote, settled, user
from tests.stations import Sign, Station, ids
from tests.users.test_administration import place
from ward import clock
from ward.adt.discharge import gone
from ward.db import new_id
from ward.patients.index import index_of
from ward.patients.person import Address, Contact
from ward.patients.register import register

HOME = Address(("7 Mill Lane",), "Northsite", postcode="NS1 7AB")


@pytest.fixture
async def privacy(sign: Sign) -> Station:
    return await sign("privacy")


async def kinds(scene: Scene, whom: UUID | None) -> set[str]:
    return {kind for kind, _, patient, _ in await settled(scene) if patient == whom}


async def _entered(scene: Scene, family: str, given: str, **more) -> UUID:
    async with scene.work() as work:
        return (await register(work, replace(person(family, given), **more))).id


async def _is(scene: Scene, username: str, patient: UUID) -> None:
    """Have somebody of the house be a patient too."""
    async with scene.node.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO patient_account (id, version, user_id, patient_id, since)"
                " SELECT gen_random_uuid(), 1, id, :patient, now() FROM app_user"
                " WHERE username = :username"
            ),
            {"patient": patient, "username": username},
        )


async def test_who_lives_where_one_lives_oneself_is_a_case(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    mine = await _entered(open_scene, "Hidden", "Anna", addresses=(HOME,))
    theirs = await _entered(
        open_scene, "Otherwise", "Bo",
        addresses=(replace(HOME, postcode="ns17ab", lines=("7, Mill Lane",)),),
    )  # fmt: skip
    called = await _entered(open_scene, "Thirdly", "Cy", contacts=(Contact("+44 7700 900123"),))
    stranger = await _entered(open_scene, "Fourth", "Di", contacts=(Contact("+44 7700 900124"),))
    await _is(open_scene, "nurse", mine)
    for whom in (mine, theirs, called, stranger):
        await nurse.get(f"/patients/{whom}")
    found = {(kind, whom) for kind, _, whom, _ in await settled(open_scene)}
    assert ("self", mine) in found
    assert ("household", theirs) in found
    assert {whom for kind, whom in found if kind == "household"} == {theirs}
    page = (await privacy.get("/audit/signals?kind=household")).text
    assert "shared by more than a family" in page


async def test_a_colleagues_record_is_a_case(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    _, name = await user(open_scene, "doctor")
    given, family = name.split()[0], name.split()[-1]
    whom = await _entered(open_scene, family, given)
    linked = await _entered(open_scene, "Married", "Name")
    await _is(open_scene, "doctor2", linked)
    for one in (whom, linked):
        await nurse.get(f"/patients/{one}")
    found = await settled(open_scene)
    assert {one for kind, _, one, _ in found if kind == "colleague"} == {whom, linked}
    assert "Two people may have one name" in (await privacy.get("/audit/signals")).text


@pytest.mark.usefixtures("by_day")
async def test_a_patient_who_signs_in_is_no_colleague_and_may_read_what_is_theirs(
    open_scene: Scene, nurse: Station
) -> None:
    who, name = await user(open_scene, "patient")
    given, family = name.split()[0], name.split()[-1]
    mine = await _entered(open_scene, family, given)
    await _is(open_scene, "patient", mine)
    said = {"relation": "own", "code": "portal.show"}
    await _wrote(open_scene, who, "patient", clock.now(), mine, **said)
    await nurse.get(f"/patients/{mine}")
    assert await kinds(open_scene, mine) == set()


async def test_a_look_long_after_discharge_is_a_case_and_one_soon_after_is_none(
    open_scene: Scene, nurse: Station, privacy: Station
) -> None:
    who, _ = await user(open_scene, "nurse")
    ida, encounter = await lying(open_scene, "6E-01")
    async with open_scene.work() as work:
        await gone(work, encounter, Disposition.HOME)
    left = clock.now()
    noon = {"relation": "recent", "code": "patients.chart"}
    await _wrote(open_scene, who, "nurse", left + timedelta(hours=1), ida, **noon)
    assert "after" not in await kinds(open_scene, ida)
    await _wrote(open_scene, who, "nurse", left + timedelta(hours=6), ida, **noon)
    assert "after" in await kinds(open_scene, ida)
    assert "Letters, codes and late results" in (await privacy.get("/audit/signals")).text
    assert nurse


@pytest.mark.usefixtures("by_day")
async def test_a_watched_record_is_told_of_when_whoever_opens_it_is_not_on_duty(
    open_scene: Scene, nurse: Station, doctor: Station, privacy: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01", "Famous")
    await index_of(open_scene.node).refresh()
    done = await privacy.post("/audit/honeytokens", patient="Famous Ida", watch="vip")
    assert done.status_code == 204, done.text
    assert "In the public eye" in (await privacy.get("/audit/signals")).text
    async with open_scene.work() as work:
        await _on_duty(work, open_scene, "nurse")
    await nurse.get(f"/patients/{ida}")
    assert await kinds(open_scene, ida) == set()
    await doctor.get(f"/patients/{ida}")
    found = {(kind, who) for kind, who, whom, _ in await settled(open_scene) if whom == ida}
    assert found == {("watched", (await user(open_scene, "doctor"))[0])}


async def test_an_account_that_was_not_used_for_long_is_a_case(
    open_scene: Scene, sign: Sign, privacy: Station
) -> None:
    async with open_scene.node.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO session (id, version, token_hash, user_id, grant_id, kind, ip,"
                " auth_time, amr, owes, idle_until, abs_until, ended_at) SELECT gen_random_uuid(),"
                " 1, 'x', user_id, g.id, 'desktop', '', now() - interval '80 days', 'pwd', false,"
                " now(), now(), now() FROM user_grant g JOIN app_user u ON u.id = g.user_id"
                " WHERE u.username = 'doctor2'"
            )
        )
    ida, _ = await lying(open_scene, "6E-01")
    for station in (await sign("doctor2"), await sign("doctor")):
        await station.get(f"/patients/{ida}")
    who, _ = await user(open_scene, "doctor2")
    found = [(actor, n) for kind, actor, _, n in await settled(open_scene) if kind == "dormant"]
    assert found == [(who, 80)]
    page = (await privacy.get("/audit/signals?kind=dormant")).text
    assert "80 days without a sign-in" in page
    assert "perhaps back after a time away" in page


async def test_many_files_in_a_day_are_a_case(open_scene: Scene, privacy: Station) -> None:
    who, _ = await user(open_scene, "doctor")
    other, _ = await user(open_scene, "doctor2")
    noon = clock.now().replace(hour=12, minute=0) - timedelta(days=1)
    for actor, files in ((who, 9), (other, 8)):
        for nth in range(files):
            at = noon + timedelta(minutes=nth)
            await _wrote(open_scene, actor, "doctor", at, new_id(), code="labs.as_file")
    found = [(actor, n) for kind, actor, _, n in await settled(open_scene) if kind == "exports"]
    assert found == [(who, 9)]
    assert "9 files in a day" in (await privacy.get("/audit/signals?kind=exports")).text


async def test_who_tries_to_give_themselves_a_role_is_a_case(
    open_scene: Scene, admin: Station, privacy: Station, ward
) -> None:
    me = (await ids(open_scene.node, "app_user", "username"))["admin"]
    said = {"role": "doctor", "place": await place(ward, None)}
    assert (await admin.post(f"/admin/users/{me}/grants", **said)).status_code == 422
    assert ("own-rights", me) in {(kind, who) for kind, who, _, _ in await settled(open_scene)}
    page = (await privacy.get("/audit/signals")).text
    assert "Role for oneself" in page
    assert "nothing was given" in page
