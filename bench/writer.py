"""Writer: a node without pages that commits changes and tells the others through Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import starmap

import ward.modules  # noqa: F401 - facts find their reactions, errands who does them
from bench.hospital import Hospital
from realtime.bus import Bus
from ward.node import Node, open_node


@contextlib.asynccontextmanager
async def writing(place: Hospital) -> AsyncIterator[Node]:
    """Open a node for commands; what it commits pokes the serving nodes at once."""
    node = await open_node(place.settings)
    bus = Bus(place.stores.redis_url, poked=lambda *_: None, resubscribed=lambda: None)
    speaking = asyncio.create_task(bus.run())
    node.poke = lambda revs: [*starmap(bus.publish, revs.items())]  # type: ignore[assignment]
    try:
        yield node
    finally:
        speaking.cancel()
        await asyncio.wait({speaking})
        await node.close()
