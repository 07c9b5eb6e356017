"""The office of these tests, on a quiet node or on one that serves."""

from collections.abc import AsyncIterator

import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.reminders.office import Office, reachable
from tests.scheduling.clinic import Clinic
from tests.scheduling.conftest import (  # noqa: F401 - fixtures
    _true_time,
    beginnings,
    clinic,
    open_door,
)
from ward.dev.capture import Capture


@pytest.fixture
async def capture() -> AsyncIterator[Capture]:
    """What would leave the house arrives here."""
    async with Capture(most=None).serving() as made:
        yield made


@pytest.fixture
async def office(clinic: Clinic, capture: Capture) -> Office:  # noqa: F811 - the fixture
    """An office on a node that nobody is connected to."""
    reachable(clinic.scene.node, capture)
    return Office(clinic, capture)


@pytest.fixture
async def open_office(open_door: Clinic, capture: Capture) -> Office:  # noqa: F811 - the fixture
    """The same on a node that serves."""
    reachable(open_door.scene.node, capture)
    return Office(open_door, capture)
