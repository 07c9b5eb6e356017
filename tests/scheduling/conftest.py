"""The clinic of the tests of scheduling, on a quiet node or on one that serves."""

from datetime import timedelta

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from tests.scheduling.clinic import Clinic, outpatients, standing
from tests.stations import Filling
from ward import clock


@pytest.fixture(autouse=True)
def _true_time():
    yield
    clock.shift(timedelta(0))


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"clinic": outpatients, "open_door": outpatients}


@pytest.fixture
async def clinic(scene: Scene) -> Clinic:  # noqa: F811 - the fixture
    """A clinic that nobody is connected to."""
    return await standing(scene)


@pytest.fixture
async def open_door(open_scene: Scene) -> Clinic:  # noqa: F811 - the fixture
    """The same on a node that serves."""
    return await standing(open_scene)
