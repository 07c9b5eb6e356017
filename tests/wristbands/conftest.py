"""The ward of the tests of stays, with a patient in bed 01."""

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import lain
from tests.stations import Filling


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"ida": lain}


@pytest.fixture
async def ida(open_scene):  # noqa: F811
    """A patient in bed 01 of Six East."""
    return await open_scene.lies()
