"""Bare: a uvloop server that only writes given bytes to its sockets; what fan-out is held against.

Its sockets have the options of ours, and shake hands, so that the same browsers can sit there.
"""

import asyncio
import base64
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

from bench.hospital import spent
from realtime.protocol import HIGH_WATER, LOW_WATER, tune

HELLO = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
FIRST = b'{"t":"'  # what a browser waits for when it has asked


class Peer(asyncio.Protocol):
    """One socket: answers two messages as a browser expects, then is only written to."""

    gathered: list[asyncio.Transport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER, low=LOW_WATER)
        tune(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET"):
            self.transport.write(HELLO)
        else:
            self.transport.write(FIRST)
            self.gathered.append(self.transport)


async def _serve() -> None:
    """Write each line of standard input, decoded, to every socket."""
    gathered = Peer.gathered = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Peer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    told = asyncio.StreamReader(limit=2**22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    while line := await told.readline():
        frame = base64.b64decode(line)
        for transport in gathered:
            transport.write(frame)


@dataclass(slots=True)
class Bare:
    """The server in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    @property
    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        return spent(self.process.pid)

    def write(self, frame: bytes) -> None:
        """Have it write a frame to every socket."""
        assert self.process.stdin is not None
        self.process.stdin.write(base64.b64encode(frame).decode() + "\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def bare() -> Iterator[Bare]:
    """Serve until the end of the block."""
    command = [sys.executable, "-m", "bench.bare"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield Bare(process, int(process.stdout.readline()))
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    uvloop.run(_serve())
