"""A node without a server, for what needs no pages; and a patient whom a monitor watches."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests.adt.conftest import open_scene, scene  # noqa: F401 - fixtures
from tests.adt.scene import Scene, person
from tests.interop.hl7.monitoring import MRN
from tests.scheduling.conftest import beginnings, clinic, open_door  # noqa: F401 - fixtures
from tests.vitals.conftest import _true_time  # noqa: F401 - a fixture
from ward import clock
from ward.adt.admit import admit
from ward.config import Settings
from ward.node import Node, open_node
from ward.patients.register import register


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still but for what a test moves it: no try comes due by itself."""
    begun = clock.now() - clock.offset()
    monkeypatch.setattr(clock, "now", lambda: begun + clock.offset())


@pytest.fixture
async def quiet(settings: Settings) -> AsyncIterator[Node]:
    """A node that nobody is connected to."""
    node = await open_node(settings)
    yield node
    await node.close()


@pytest.fixture
async def ida(open_scene: Scene) -> UUID:  # noqa: F811 - the fixture
    """Somebody who was admitted two hours ago to bed 01, where a monitor stands."""
    async with open_scene.work() as work:
        patient = (await register(work, person("Quillfeather", "Ida", MRN))).id
        bed = open_scene.beds["6E-01"]
        await admit(work, patient, bed, at=work.now - timedelta(hours=2))
    return patient
