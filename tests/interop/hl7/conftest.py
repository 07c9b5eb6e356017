"""A node without a server, for what needs no pages."""

from collections.abc import AsyncIterator

import pytest

from ward.config import Settings
from ward.node import Node, open_node


@pytest.fixture
async def quiet(settings: Settings) -> AsyncIterator[Node]:
    """A node that nobody is connected to."""
    node = await open_node(settings)
    yield node
    await node.close()
