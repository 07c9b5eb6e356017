"""The end of it: by the person, by time, by the privacy officer; in the middle of a command."""

import asyncio
import time

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from realtime.topics import Topic
from tests.breakglass.conftest import SUBSTANCE, WORDS, West
from tests.settling import settled
from tests.stations import Sign, Station
from tests.watchers import soon, watching
from ward import clock, ending
from ward.breakglass import service
from ward.breakglass.errands import GlassOver
from ward.errors import NoRelation
from ward.later import ERRANDS
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail
from ward.security import sessions
from ward.security.actors import Actor, System
from ward.security.glass import BreakGlass
from ward.users import service as users
from ward.work import work_as


async def test_given_back_it_is_over_at_once(west: West, nurse: Station) -> None:
    case = await west.broken(nurse)
    topic = f"chart/{west.patient}"
    async with watching(nurse, west.path, topic) as chart:
        assert SUBSTANCE in chart.shown.body
        answer = await nurse.post(f"/break-glass/{case}/end", htmx=False)
        assert answer.status_code == 303
        begun = time.monotonic()
        ended, said = await chart.over()
        assert (said, ended - begun <= soon()) == ("forbidden", True)
    assert (await nurse.get(west.path)).status_code == 403
    assert await west.moment(case, "ended") == "given-back"
    again = await west.broken(nurse)  # who may open it once may open it again, as another case
    assert again != case


async def test_nobody_ends_what_somebody_else_opened(
    west: West, nurse: Station, sign: Sign
) -> None:
    case = await west.broken(nurse)
    other = await sign("nurse2")
    assert (await other.post(f"/break-glass/{case}/end")).status_code == 404
    assert (await other.get(west.path)).status_code == 403
    assert (await other.post(f"/break-glass/{case}/revoke")).status_code == 403
    assert await west.moment(case, "ended_at") is None


async def test_whom_the_officer_ended_asks_before_opening_it_again(
    west: West, nurse: Station, privacy: Station
) -> None:
    case = await west.broken(nurse)
    assert (await privacy.post(f"/break-glass/{case}/revoke")).status_code == 204
    refused = await nurse.post(f"{west.path}/break-glass", reason="other", words=WORDS)
    assert refused.status_code == 409
    assert "Ask them" in refused.text
    said = {"verdict": "justified", "note": "She was called.", "version": 2}
    assert (await privacy.post(f"/break-glass/{case}/review", **said)).status_code == 204
    await west.broken(nurse)


async def test_time_ends_it_and_says_so(west: West, nurse: Station) -> None:
    case = await west.broken(nurse)
    mine = Topic("glass", await west.scene.scalar("SELECT user_id FROM break_glass"))
    async with nurse.watch(mine) as strip:
        assert "data-ends" in strip.first.content
        await west.sql(
            "UPDATE break_glass SET opened_at = opened_at - interval '4 hours',"
            " until = until - interval '4 hours'"
        )
        assert (await nurse.get(west.path)).status_code == 403
        task = ERRANDS[GlassOver]
        by_itself = System(f"job:{task.name}", task.permissions)
        async with work_as(west.scene.node, by_itself, "test") as work:
            await task.handler(work, GlassOver(case))
        await strip.until("Ended by itself")
    assert await west.moment(case, "ended_at") == await west.moment(case, "until")


async def test_a_role_that_is_taken_takes_it_along(west: West, nurse: Station) -> None:
    case = await west.broken(nurse)
    async with west.scene.work() as work:
        grant = await west.scene.scalar("SELECT grant_id FROM break_glass")
        await users.revoke(work, grant)
    async with asyncio.timeout(30):  # by whichever hands come first
        while await west.moment(case, "ended") is None:
            await settled(west.scene.node)
    assert await west.moment(case, "ended") == "time"


async def test_a_command_at_its_commit_is_finished_first(west: West, nurse: Station) -> None:
    """The officer waits for a command that is at its commit: then it was within the time."""
    case = await west.broken(nurse)
    actor = await _actor(west, nurse)
    node, order = west.scene.node, []
    async with work_as(node, actor, "test.record") as work:
        await record_allergy(work, west.patient, AllergySaid(detail=AllergyDetail("Latex")))
        await ending.hold_open([work])

        async def end() -> None:
            async with west.scene.work() as work:
                (row,) = await service.locked(work, BreakGlass.id == case)
                await service.run_out(work, row)
            order.append("ended")

        officer = asyncio.create_task(end())
        await _waits(west)
        order.append("committed")
    await officer
    assert order == ["committed", "ended"]
    assert await _allergies(west) == 2


async def test_a_command_that_comes_to_its_commit_too_late_is_undone(
    west: West, nurse: Station
) -> None:
    await west.broken(nurse)
    actor = await _actor(west, nurse)
    with pytest.raises(NoRelation):  # noqa: PT012 - it is the commit that raises
        async with work_as(west.scene.node, actor, "test.record") as work:
            await record_allergy(work, west.patient, AllergySaid(detail=AllergyDetail("Latex")))
            await west.sql("UPDATE break_glass SET ended_at = now(), ended = 'revoked'")
    assert await _allergies(west) == 1
    refused = await west.rows(
        "SELECT patients FROM audit_event WHERE code = 'test.record' AND outcome = '4'"
    )
    assert [row.patients for row in refused] == [[west.patient]]


async def test_around_the_end_nothing_is_done_without_its_mark(
    west: West, nurse: Station, privacy: Station
) -> None:
    """Commands run while the officer ends it: each is done within the time, or not at all."""
    case = await west.broken(nurse)
    said = [f"Substance {nth}" for nth in range(12)]
    posts = [nurse.post(f"{west.path}/allergies", substance=one, criticality="low") for one in said]
    first = asyncio.gather(*posts[:4])
    end = asyncio.create_task(privacy.post(f"/break-glass/{case}/revoke"))
    rest = asyncio.gather(*posts[4:])
    answers = [*await first, *await rest]
    assert (await end).status_code == 204
    assert {answer.status_code for answer in answers} <= {200, 403, 409}
    done = sum(answer.status_code == 200 for answer in answers)
    assert await _allergies(west) == 1 + done
    marked = [code for code, action, _ in await west.trail(case) if action in {"C", "U"}]
    assert len([code for code in marked if not code.startswith("breakglass.")]) == done


async def _actor(west: West, nurse: Station) -> Actor:
    (token,) = nurse.client.cookies.values()
    async with AsyncSession(west.scene.node.engine) as db:
        return await sessions.read(db, west.scene.node.vault, token, "", clock.now())


async def _waits(west: West) -> None:
    """Return once somebody waits for a row that another holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with asyncio.timeout(30):
        while not await west.scene.scalar(waiting):  # noqa: ASYNC110 - the database tells no one
            await asyncio.sleep(0.02)


async def _allergies(west: West) -> int:
    asked = "SELECT count(*) FROM allergy WHERE patient_id = :whom"
    return await west.scene.scalar(asked, whom=west.patient)
