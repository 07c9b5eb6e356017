"""Balancer: one address in front of several nodes; looks after them, takes turns, cuts nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOK_SECONDS = 0.3
ANSWER_SECONDS = 0.5
_READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Balancer:
    """Hands each new connection to the next node that says it is ready."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.ready = set(ports)
        self.port = 0
        self.only: int | None = None  # where all are sent while a test says so
        self._turn = 0
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def choose(self) -> int | None:
        """Take the next ready node, or none when none is."""
        if self.only is not None:
            return self.only
        for _ in self.ports:
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            if port in self.ready:
                return port
        return None

    async def look(self) -> None:
        """Ask every node, again and again, whether it may be sent people."""
        while True:
            for port in self.ports:
                if await _is_ready(port):
                    self.ready.add(port)
                else:
                    self.ready.discard(port)
            await asyncio.sleep(LOOK_SECONDS)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a client to a node until either hangs up."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        port = self.choose()
        try:
            if port is not None:
                there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    await _either(_pump(reader, there_writer), _pump(there_reader, writer))
                finally:
                    there_writer.close()
        except OSError:
            self.ready.discard(port or 0)
        except asyncio.CancelledError:
            return  # we hang up ourselves: a server's callback would report it as an error
        finally:
            writer.close()
            self._open.discard(task)

    async def close(self) -> None:
        """Hang up on everybody."""
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)


async def _either(*ways: object) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


async def _is_ready(port: int) -> bool:
    writer = None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_READY)
            return (await reader.readline()).split()[1:2] == [b"200"]
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()


@asynccontextmanager
async def balancing(ports: list[int]) -> AsyncIterator[Balancer]:
    """Balance over these ports of the loopback."""
    balancer = Balancer(ports)
    server = await asyncio.start_server(balancer.carry, "127.0.0.1", 0)
    balancer.port = server.sockets[0].getsockname()[1]
    looking = asyncio.create_task(balancer.look())
    try:
        yield balancer
    finally:
        looking.cancel()
        server.close()
        await balancer.close()
        await asyncio.gather(looking, return_exceptions=True)
