"""A patient in bed 01 of Six East, and people who come on duty there."""

import asyncio
from datetime import timedelta

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import FIRST, Scene, six_east
from tests.alerts.calls import Calls
from tests.alerts.phones import PushService
from tests.duty.conftest import Roster, staff  # noqa: F401 - a fixture
from tests.stations import Filling
from ward import clock
from ward.adt.admit import admit
from ward.node import Node


@pytest.fixture(autouse=True)
def _the_clock_comes_back():
    yield
    clock.shift(timedelta(0))


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"calls": come}


async def come(node: Node) -> None:
    """Ida was admitted to bed 01 a minute ago."""
    place = await six_east(node)
    ida = await place.patient(number=FIRST)
    async with place.work() as work:
        await admit(work, ida, place.beds["6E-01"], at=work.now - timedelta(minutes=1))


@pytest.fixture
async def calls(open_scene: Scene, staff: Roster) -> Calls:  # noqa: F811 - the fixtures
    """Ida in bed 01; nobody is on duty yet."""
    stay = await open_scene.scalar("SELECT id FROM encounter")
    made = Calls(open_scene, staff, await open_scene.lies(), stay)
    yield made
    await made.sane()


@pytest.fixture
async def service():
    """A stand-in for a push service."""
    made = PushService()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
