"""A patient in a bed of Six East."""

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene, lain
from tests.stations import Filling


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"ida": lain}


@pytest.fixture
async def ida(open_scene: Scene):  # noqa: F811 - the fixture
    """Somebody who was admitted two hours ago to bed 01, on a node that serves."""
    return await open_scene.lies()
