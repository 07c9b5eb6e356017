"""Bare: what writing the same bytes to as many sockets costs without any of us."""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop


async def _serve(connections: int, writes: int, pause: float, frame: bytes) -> None:
    gathered: list[asyncio.Transport] = []
    full = asyncio.Event()

    class Peer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            gathered.append(cast("asyncio.Transport", transport))
            if len(gathered) == connections:
                full.set()

    server = await asyncio.get_running_loop().create_server(Peer, "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await full.wait()
    await asyncio.sleep(1)
    begun = time.process_time()
    for _ in range(writes):
        for transport in gathered:
            transport.write(frame)
        await asyncio.sleep(pause)
    used = time.process_time() - begun
    print(json.dumps({"cpu": used}), flush=True)


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    uvloop.run(_serve(wanted["sockets"], wanted["writes"], wanted["pause"], b"x" * wanted["size"]))
