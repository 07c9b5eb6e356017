"""The wards and beds that the contracts are tried on."""

import pytest

from tests.adt.scene import Scene, six_east
from tests.stations import Running


@pytest.fixture
async def open_ward(ward: Running) -> Scene:
    """Six East and Six West on a node that serves."""
    return await six_east(ward.node)
