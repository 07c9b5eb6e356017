"""The ward of the tests of stays, with a patient in bed 01."""

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from ward.adt.admit import admit


@pytest.fixture
async def ida(open_scene):  # noqa: F811
    """A patient in bed 01 of Six East."""
    patient = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, patient, open_scene.beds["6E-01"])
    return patient
