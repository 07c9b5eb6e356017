"""The ward of the tests of stays, with people who can come on duty."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.duty import DutyRole
from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from tests.stations import ids
from ward import clock
from ward.duty.service import begin


@pytest.fixture(autouse=True)
def _the_clock_comes_back():
    yield
    clock.shift(timedelta(0))


async def until(scalar, sql: str, value: int = 0, **values) -> None:
    """Wait until a count is what it should be: jobs are done soon, on any node."""
    async with asyncio.timeout(30):
        while await scalar(sql, **values) != value:  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.02)


class Roster:
    """A short way to put people on duty."""

    def __init__(self, here: Scene, users: dict[str, UUID]) -> None:
        self.scene, self.users = here, users

    def beds(self, *labels: str) -> list[UUID]:
        return [self.scene.beds[label] for label in labels]

    async def on(self, who: str, part: DutyRole = DutyRole.NURSE, hours: float = 12) -> UUID:
        """Put somebody on duty on Six East and give the id of their duty."""
        async with self.scene.work() as work:
            until = work.now + timedelta(hours=hours)
            duty = await begin(work, self.scene.east, self.users[who], part, until)
        return duty.id


async def roster_of(here: Scene) -> Roster:
    return Roster(here, await ids(here.node, "app_user", "username"))


@pytest.fixture
async def staff(open_scene: Scene) -> Roster:  # noqa: F811
    return await roster_of(open_scene)
