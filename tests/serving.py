"""Serving: a server in the test's own loop that ends when it is told to, not at its next look.

uvicorn looks ten times a second whether it shall end, then sleeps a tenth, and a tenth more for
each look at who still speaks: nothing in the life of a node, minutes in a run of the tests.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn

_DATED = 1.0  # seconds: how often the date in the answers is set anew
_LOOK = 0.005


@contextlib.asynccontextmanager
async def serving(config: uvicorn.Config, listening: socket.socket) -> AsyncIterator[None]:
    """Serve until the block ends, then as uvicorn does: close, wait a while, cancel, shut down."""
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup([listening])
    ticking = asyncio.create_task(_tick(server))
    try:
        yield
    finally:
        ticking.cancel()
        await _end(server)


async def _tick(server: uvicorn.Server) -> None:
    while True:
        await server.on_tick(0)
        await asyncio.sleep(_DATED)


async def _end(server: uvicorn.Server) -> None:
    for listener in server.servers:
        listener.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(server.config.timeout_graceful_shutdown):
            while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(_LOOK)
    for task in state.tasks:
        task.cancel()
    await server.lifespan.shutdown()
