"""Roster of the demo: everybody is on duty, beds are split, and it stays so for days."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from ward import clock
from ward.dev.roster import keep_on_duty, prolong
from ward.node import Node, open_node


@pytest.fixture
async def quiet(settings):
    """A node that nobody is connected to, so that no errand runs."""
    node = await open_node(settings)
    yield node
    await node.close()
    clock.shift(timedelta(0))


async def scalar(node: Node, sql: str) -> int:
    async with node.aside.connect() as connection:
        return int((await connection.execute(text(sql))).scalar_one())


ON = "SELECT count(*) FROM duty WHERE ended_at IS NULL"
HELD = "SELECT count(*) FROM bed_nurse WHERE ended_at IS NULL"
SHARES = "SELECT count(DISTINCT user_id) FROM bed_nurse WHERE ended_at IS NULL"


async def test_everybody_is_on_duty_from_the_start_and_beds_are_split(quiet: Node) -> None:
    for _ in range(2):  # a second start changes nothing
        await keep_on_duty(quiet)
        assert await scalar(quiet, ON) == 3 + 2 * 3
        assert (await scalar(quiet, HELD), await scalar(quiet, SHARES)) == (30, 2)


async def test_a_demo_that_runs_for_days_still_has_people_on_duty(quiet: Node) -> None:
    await keep_on_duty(quiet)
    assert await prolong(quiet) == 0
    for hours in (11, 22, 33):
        clock.shift(timedelta(hours=hours))
        assert await prolong(quiet) == 9
    assert await scalar(quiet, ON) == 9


async def test_whose_role_was_ended_stays_away_and_the_demo_starts_again(quiet: Node) -> None:
    await keep_on_duty(quiet)
    async with quiet.engine.begin() as connection:
        nurse = "(SELECT id FROM app_user WHERE username = 'nurse')"
        await connection.execute(
            text(f"UPDATE user_grant SET revoked_at = now() WHERE user_id = {nurse}")
        )
        for table in ("duty", "bed_nurse"):
            await connection.execute(
                text(f"UPDATE {table} SET ended_at = now() WHERE user_id = {nurse}")
            )
    await keep_on_duty(quiet)
    assert await scalar(quiet, ON) == 2 + 2 * 3
    assert (await scalar(quiet, HELD), await scalar(quiet, SHARES)) == (15, 1)
