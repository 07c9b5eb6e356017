"""Line: the network between a browser and a node, which a test can cut, freeze and mend."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    """Passes bytes both ways between a port of its own and the node behind it."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.sockets = True  # whether it lets web sockets pass
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def freeze(self) -> None:
        """Let nothing through any more; nobody is told, as with a lost radio."""
        self._flows.clear()

    def mend(self) -> None:
        """Let everything through again; what stood still is lost, as with a lost radio."""
        self.hang_up()
        self._flows.set()

    def hang_up(self) -> None:
        """Close what is open."""
        for writer in self._open:
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the browser."""
        self._open.add(writer)
        try:
            await self._flows.wait()
            first = await reader.read(65536)
            if not self.sockets and b"Upgrade: websocket" in first:
                return
            behind, node = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(node)
            node.write(first)
            await asyncio.gather(self._pass(reader, node), self._pass(behind, writer))
            self._open.discard(node)
        except OSError:
            pass  # nobody answers behind: the browser sees a closed connection
        finally:
            self._open.discard(writer)
            writer.close()


@asynccontextmanager
async def line_to(target: int) -> AsyncIterator[Line]:
    """Lay a line to a node's port for the length of the block."""
    line = Line(target)
    server = await asyncio.start_server(line.join, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.mend()
