"""A node without a server, and the scene on it or on a node that serves."""

from collections.abc import AsyncIterator

import pytest

from tests.adt.scene import Scene, six_east
from tests.stations import Running
from ward.config import Settings
from ward.node import Node, open_node


@pytest.fixture
async def quiet(settings: Settings) -> AsyncIterator[Node]:
    """A node that nobody is connected to."""
    node = await open_node(settings)
    yield node
    await node.close()


@pytest.fixture
async def scene(quiet: Node) -> Scene:
    """Six East and Six West with beds."""
    return await six_east(quiet)


@pytest.fixture
async def open_scene(ward: Running) -> Scene:
    """The same on a node that serves."""
    return await six_east(ward.node)
