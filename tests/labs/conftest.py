"""A patient in a bed of Six East, and a clock that goes back to the true time."""

from datetime import timedelta

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene
from ward import clock
from ward.adt.admit import admit


@pytest.fixture(autouse=True)
def _true_time():
    yield
    clock.shift(timedelta(0))


@pytest.fixture
async def ida(open_scene: Scene):  # noqa: F811 - the fixture
    """Somebody who was admitted two hours ago to bed 01, on a node that serves."""
    patient = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, patient, open_scene.beds["6E-01"], at=work.now - timedelta(hours=2))
    return patient


@pytest.fixture
async def laboratory(sign):
    """Somebody at the laboratory."""
    return await sign("lab")
