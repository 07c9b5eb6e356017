"""Revocation: a screen ends within a second of the right to it, with Redis or without."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import select, text

from domain.access import Permission
from domain.encounters import Disposition
from tests.adt.scene import Scene, six_east
from tests.databases import Database
from tests.stations import Running, Station, running, settings_for, signed_in
from tests.watchers import soon, watching
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.beds.reserve import reserve
from ward.dev.embedded import Stores
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.security.models import Grant, User
from ward.users import service

NO_REDIS = "redis://127.0.0.1:1"


@pytest.fixture(params=["redis", "no redis"])
async def served(
    request: pytest.FixtureRequest, database: Database, stores: Stores
) -> AsyncIterator[Running]:
    more = {} if request.param == "redis" else {"redis_url": NO_REDIS}
    async with running(settings_for(database, stores, **more)) as node:
        yield node


Revoke = Callable[[Scene, Station], Awaitable[None]]


async def sign_out(_scene: Scene, nurse: Station) -> None:
    answer = await nurse.client.post("/logout")
    assert answer.status_code in {200, 303}


async def lose_the_grant(scene: Scene, nurse: Station) -> None:
    async with scene.work() as work:
        mine = select(Grant).join(User, User.id == Grant.user_id).where(User.username == "nurse")
        for grant in await work.every(mine, Permission.MANAGE_USERS):
            await service.revoke(work, grant.id)


async def _sql(scene: Scene, statement: str) -> None:
    async with scene.node.engine.begin() as connection:
        await connection.execute(text(statement))


async def expire(scene: Scene, _nurse: Station) -> None:
    await _sql(scene, "UPDATE session SET abs_until = now()")


async def lock(scene: Scene, _nurse: Station) -> None:
    await _sql(scene, "UPDATE session SET idle_until = now()")


async def be_disabled(scene: Scene, _nurse: Station) -> None:
    await _sql(scene, "UPDATE app_user SET disabled_at = now() WHERE username = 'nurse'")


@pytest.mark.parametrize(
    ("revoke", "code"),
    [(sign_out, 4401), (lose_the_grant, 4403), (expire, 4401), (lock, 4401), (be_disabled, 4401)],
)
async def test_a_board_ends_with_the_right_to_it(
    served: Running, revoke: Revoke, code: int
) -> None:
    scene = await six_east(served.node)
    path, topic = f"/wards/{scene.east}/beds", f"beds/{scene.east}"
    async with signed_in(served.url, "nurse") as nurse, watching(nurse, path, topic) as board:
        await revoke(scene, nurse)
        begun = time.monotonic()
        ended, said = await board.over()
        assert said == code
        assert ended - begun <= soon()
        async with scene.work() as work:
            await reserve(work, scene.beds["6E-05"])
        await asyncio.sleep(0.2)
        assert [at for at, _ in board.frames if at > begun + soon()] == []
        assert (await nurse.get(path)).status_code in {303, 401, 403}


async def test_a_chart_ends_when_the_patient_was_long_on_another_ward(served: Running) -> None:
    scene = await six_east(served.node)
    ida = await scene.patient("Quillfeather", "Ida")
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-01"])
    path, topic = f"/patients/{ida}", f"chart/{ida}"
    async with signed_in(served.url, "nurse") as nurse, watching(nurse, path, topic) as chart:
        await _move_away(scene, ida)
        begun = time.monotonic()
        ended, said = await chart.over()
        assert said == "forbidden"
        assert ended - begun <= soon()
        async with scene.work() as work:
            await record_allergy(work, ida, AllergySaid(detail=AllergyDetail("Latex")))
        await asyncio.sleep(0.2)
        assert [at for at, _ in chart.frames if at > begun + soon()] == []
        assert (await nurse.get(path)).status_code == 403


async def _move_away(scene: Scene, patient: UUID) -> None:
    """Put the patient on the other ward as if she had left this one two days ago."""
    async with scene.node.engine.begin() as connection:
        for statement in (
            "UPDATE patient SET ward_id = :west WHERE id = :ida",
            "UPDATE stay SET ward_id = :west, bed_id = :bed WHERE patient_id = :ida",
        ):
            values = {"west": scene.west, "ida": patient, "bed": scene.beds["6W-01"]}
            names = {name: values[name] for name in values if f":{name}" in statement}
            await connection.execute(text(statement), names)


async def test_a_discharged_patient_leaves_the_board_of_those_who_may_not_look(
    served: Running,
) -> None:
    scene = await six_east(served.node)
    ida = await scene.patient("Quillfeather", "Ida")
    async with scene.work() as work:
        stay = await admit(work, ida, scene.beds["6E-01"])
    path, topic = f"/wards/{scene.east}/beds", f"beds/{scene.east}"
    async with signed_in(served.url, "nurse") as nurse, watching(nurse, path, topic) as board:
        assert "QUILLFEATHER" in board.shown.body
        async with scene.work() as work:
            await gone(work, stay.id, Disposition.HOME)
        await board.settled()
        assert "QUILLFEATHER" not in board.shown.body
