"""Revocation on the other node: what ends on one takes every screen away on all, in a second."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from domain.access import Role
from tests.adt.scene import Scene, six_east
from tests.databases import Database
from tests.stations import Running, Station, running, settings_for, signed_in
from tests.watchers import soon, watching
from ward import clock
from ward.adt.admit import admit
from ward.beds.reserve import reserve
from ward.dev.demo import FOUNDER
from ward.dev.embedded import Stores
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.security.models import Grant
from ward.users import devices, service
from ward.work import work_as

NO_REDIS = "redis://127.0.0.1:1"


@dataclass
class Two:
    """Two nodes of one hospital: rights end on the first, screens are open on the second."""

    one: Running
    other: Running
    scene: Scene

    async def sql(self, statement: str, **values: object) -> None:
        async with self.one.node.engine.begin() as connection:
            await connection.execute(text(statement), values)

    def here(self, station: Station) -> httpx.AsyncClient:
        """Let the same browser talk to the first node."""
        cookies = {one.name: one.value for one in station.client.cookies.jar}
        return httpx.AsyncClient(
            base_url=self.one.url, headers={"origin": self.one.url}, cookies=cookies, timeout=15
        )


@pytest.fixture(params=["redis", "no redis"])
async def two(
    request: pytest.FixtureRequest, database: Database, stores: Stores
) -> AsyncIterator[Two]:
    more = {} if request.param == "redis" else {"redis_url": NO_REDIS}
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                running(settings_for(database, stores, node=name, **more))
            )
            for name in ("one", "other")
        ]
        yield Two(one, other, await six_east(one.node))


async def user_id(two: Two) -> UUID:
    async with two.one.node.aside.connect() as connection:
        asked = text("SELECT id FROM app_user WHERE username = 'nurse'")
        return (await connection.execute(asked)).scalar_one()


async def sign_out(two: Two, nurse: Station) -> None:
    async with two.here(nurse) as client:
        assert (await client.post("/logout")).status_code == 303


async def lock(two: Two, nurse: Station) -> None:
    async with two.here(nurse) as client:
        assert (await client.post("/session/lock")).status_code == 303


async def be_idle(two: Two, _nurse: Station) -> None:
    await two.sql("UPDATE session SET idle_until = now()")


async def expire(two: Two, _nurse: Station) -> None:
    await two.sql("UPDATE session SET abs_until = now()")


async def another_device_ends_it(two: Two, nurse: Station) -> None:
    async with signed_in(two.one.url, "nurse") as at_the_desk:
        page = (await at_the_desk.get("/account/sign-in")).text
        paths = [part.split('"')[0] for part in page.split('action="/account/sessions/')[1:]]
        assert len(paths) == 1  # one's own is ended by signing out
        answer = await at_the_desk.client.post(f"/account/sessions/{paths[0]}")
        assert answer.status_code == 303


async def be_disabled(two: Two, _nurse: Station) -> None:
    async with work_as(two.one.node, FOUNDER, "test.disable") as work:
        await service.disable(work, await user_id(two))


async def lose_the_role(two: Two, _nurse: Station) -> None:
    async with work_as(two.one.node, FOUNDER, "test.revoke") as work:
        for grant in await _grants(two, work):
            await service.revoke(work, grant.id)


async def lose_the_ward(two: Two, _nurse: Station) -> None:
    """Work on another ward from now on: what was open under the old role closes."""
    async with work_as(two.one.node, FOUNDER, "test.move") as work:
        (old,) = await _grants(two, work)
        user = await work.access(service.User, await user_id(two), service._MANAGE)
        await service.grant(work, user, Role.NURSE, old.branch_id, ward_id=two.scene.west)
        await service.revoke(work, old.id)


async def grant_runs_out(two: Two, _nurse: Station) -> None:
    until = clock.now() + timedelta(milliseconds=300)
    await two.sql("UPDATE user_grant SET until = :until WHERE user_id IS NOT NULL", until=until)


async def lose_the_device(two: Two, _nurse: Station) -> None:
    async with work_as(two.one.node, FOUNDER, "test.enrol") as work:
        device, _ = await devices.enrol(work, "Tablet", two.scene.east)
    await two.sql("UPDATE session SET device_id = :id", id=device.id)
    async with work_as(two.one.node, FOUNDER, "test.end") as work:
        await devices.revoke(work, device.id)


async def the_device_alone_is_lost(two: Two, _nurse: Station) -> None:
    """End the device and not the sessions on it, as a session that begins beside the order to."""
    async with work_as(two.one.node, FOUNDER, "test.enrol") as work:
        device, _ = await devices.enrol(work, "Another", two.scene.east)
    await two.sql("UPDATE session SET device_id = :id", id=device.id)
    await two.sql("UPDATE device SET revoked_at = now() WHERE id = :id", id=device.id)


async def _case(two: Two) -> UUID:
    async with two.one.node.aside.connect() as connection:
        asked = text("SELECT id FROM break_glass WHERE ended_at IS NULL")
        return (await connection.execute(asked)).scalar_one()


async def the_officer_ends_break_glass(two: Two, _nurse: Station) -> None:
    async with signed_in(two.one.url, "privacy") as privacy:
        answer = await privacy.post(f"/break-glass/{await _case(two)}/revoke")
        assert answer.status_code == 204, answer.text


async def break_glass_is_given_back(two: Two, nurse: Station) -> None:
    async with two.here(nurse) as client:
        answer = await client.post(f"/break-glass/{await _case(two)}/end")
        assert answer.status_code == 303


async def break_glass_runs_out(two: Two, _nurse: Station) -> None:
    until = clock.now() + timedelta(milliseconds=300)
    await two.sql("UPDATE break_glass SET until = :until WHERE ended_at IS NULL", until=until)


async def _grants(two: Two, work) -> list[Grant]:
    mine = select(Grant).where(Grant.user_id == await user_id(two), Grant.revoked_at.is_(None))
    return await work.every(mine, service._MANAGE)


Revoke = Callable[[Two, Station], Awaitable[None]]
GLASS: list[Revoke] = [
    the_officer_ends_break_glass,
    break_glass_is_given_back,
    break_glass_runs_out,
]
WAYS: list[tuple[Revoke, int | str]] = [
    (sign_out, 4401),
    (lock, 4401),
    (be_idle, 4401),
    (expire, 4401),
    (another_device_ends_it, 4401),
    (lose_the_device, 4401),
    (the_device_alone_is_lost, 4401),
    (lose_the_ward, 4403),
    (grant_runs_out, 4403),
    (lose_the_role, 4403),
    (be_disabled, 4401),
    *((way, "forbidden") for way in GLASS),  # of that record alone: the rest stays open
]


async def test_every_way_to_lose_a_right_empties_the_screens_of_the_other_node(two: Two) -> None:
    took = {}
    for number, (revoke, code) in enumerate(WAYS):
        await _made_whole(two)
        took[revoke.__name__] = await _revoked(two, revoke, code, f"6E-{number + 10}")
    assert {way: round(s, 2) for way, (s, most) in took.items() if s > most} == {}


async def _made_whole(two: Two) -> None:
    """Give the nurse her role back, as the hospital began."""
    await two.sql(
        "UPDATE user_grant SET until = NULL, revoked_at = CASE WHEN ward_id = :west THEN now() END"
        " WHERE user_id IS NOT NULL",
        west=two.scene.west,
    )
    await two.sql("UPDATE app_user SET disabled_at = NULL")
    await two.sql("UPDATE session SET ended_at = now()")


async def _page(two: Two, nurse: Station, revoke: Revoke, label: str) -> tuple[str, str]:
    """Give what is open: the ward's board, or a record of the other ward through the glass."""
    if revoke not in GLASS:
        return f"/wards/{two.scene.east}/beds", f"beds/{two.scene.east}"
    patient = await two.scene.patient(f"Behindglass{label[-1]}")
    async with two.scene.work() as work:
        await admit(work, patient, two.scene.beds[f"6W-{label[-2:]}"])
    said = {"reason": "emergency", "words": "Called to the arrest there."}
    answer = await nurse.post(f"/patients/{patient}/break-glass", **said)
    assert answer.status_code == 204, answer.text
    return f"/patients/{patient}", f"chart/{patient}"


async def _happens(two: Two, topic: str, label: str) -> None:
    """Have something happen that the page would show."""
    kind, _, key = topic.partition("/")
    async with two.scene.work() as work:
        if kind == "beds":
            await reserve(work, two.scene.beds[label])
        else:
            await record_allergy(work, UUID(key), AllergySaid(detail=AllergyDetail("Latex")))


LATER = {grant_runs_out, break_glass_runs_out}  # they end a moment after they were told to


async def _revoked(two: Two, revoke: Revoke, code: int | str, label: str) -> tuple[float, float]:
    """Tell after how many seconds it was over, and how many that may take."""
    async with AsyncExitStack() as stack:
        nurse = await stack.enter_async_context(signed_in(two.other.url, "nurse"))
        path, topic = await _page(two, nurse, revoke, label)
        board = await stack.enter_async_context(watching(nurse, path, topic))
        begun = time.monotonic()
        await revoke(two, nurse)
        done = time.monotonic()
        ended, said = await board.over()
        most = soon()
        assert said == code, revoke.__name__
        await _happens(two, topic, label)
        await asyncio.sleep(0.1)
        late = [at for at, _ in board.frames if at > done + most]
        assert late == [], revoke.__name__
        assert (await nurse.get(path)).status_code in {303, 401, 403, 404}
        return ended - (begun if revoke in LATER else done), most
