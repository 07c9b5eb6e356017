"""The clinic of the tests of scheduling, on a quiet node or on one that serves."""

from datetime import timedelta

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from tests.scheduling.clinic import Clinic, open_clinic
from tests.stations import ids
from ward import clock


@pytest.fixture(autouse=True)
def _true_time():
    yield
    clock.shift(timedelta(0))


@pytest.fixture
async def clinic(scene: Scene) -> Clinic:  # noqa: F811 - the fixture
    """A clinic that nobody is connected to."""
    return await open_clinic(scene, (await ids(scene.node, "ward"))["Outpatients"])


@pytest.fixture
async def open_door(open_scene: Scene) -> Clinic:  # noqa: F811 - the fixture
    """The same on a node that serves."""
    return await open_clinic(open_scene, (await ids(open_scene.node, "ward"))["Outpatients"])
