"""Hospital: durable stores, a full ward and serving nodes, for measuring."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import text

from ward.config import ROOT, Settings, read
from ward.dev.cast import PASSWORD
from ward.dev.embedded import Stores, embedded
from ward.node import Node, open_node

ROOT_KEY = "b3" * 32


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital to measure: where its stores are, and the ward that is full."""

    stores: Stores
    environ: dict[str, str]
    ward_id: UUID

    @property
    def settings(self) -> Settings:
        return read(self.environ)


@contextlib.contextmanager
def hospital() -> Iterator[Hospital]:
    """Open the demo hospital on stores that keep what they are told, 30 beds of Six East full."""
    with tempfile.TemporaryDirectory(prefix="ward-bench-") as folder:
        Path(folder).chmod(0o711)
        with embedded(Path(folder)) as stores:
            environ = {
                "WARD_ENV": "test",
                "WARD_HOME": folder,
                "WARD_DATABASE_URL": stores.database_url,
                "WARD_DATABASE_OWNER_URL": stores.owner_url,
                "WARD_REDIS_URL": stores.redis_url,
                "WARD_KEYS": "env",
                "WARD_ROOT_KEY": ROOT_KEY,
            }
            ward_id = asyncio.run(_fill(read(environ), stores))
            yield Hospital(stores, environ, ward_id)


async def _fill(choice: Settings, stores: Stores) -> UUID:
    from bench.patients import fill_ward
    from ward.dev.demo import found_hospital
    from ward.schema import migrate

    await migrate(stores.owner_url)
    node = await open_node(choice)
    try:
        await found_hospital(node)
        ward_id = await _ward(node)
        await fill_ward(node, ward_id)
    finally:
        await node.close()
    return ward_id


async def _ward(node: Node) -> UUID:
    async with node.aside.connect() as connection:
        found = await connection.scalar(text("SELECT id FROM ward WHERE label = 'Six East'"))
    assert isinstance(found, UUID)
    return found


@dataclass(slots=True)
class Serving:
    """A node in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        return spent(self.process.pid)

    @property
    def memory(self) -> int:
        """Bytes of memory that are its own."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def serving(place: Hospital, *options: str, port: int | None = None) -> Iterator[Serving]:
    """Serve a node; options go to `python -m bench.node`."""
    port = port or free_port()
    environ = os.environ | place.environ | {"WARD_PORT": str(port), "WARD_NODE": f"bench-{port}"}
    command = [sys.executable, "-m", "bench.node", *options]
    process = subprocess.Popen(command, env=environ, cwd=ROOT)
    try:
        _wait_ready(process, port)
        yield Serving(process, port)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def _wait_ready(process: subprocess.Popen[bytes], port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("The node did not become ready.")


def spent(pid: int) -> float:
    """Give the seconds of processor time that a process's threads have used, to the nanosecond."""
    each = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text("ascii").split()[0]) for thread in each) / 1e9


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cookie(url: str, username: str) -> str:
    """Sign in and give the Cookie header."""
    answer = httpx.post(
        f"{url}/login", data={"username": username, "password": PASSWORD}, headers={"origin": url}
    )
    assert answer.status_code == 303, answer.text
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def without(place: Hospital, **changes: str) -> Hospital:
    """The same hospital under other settings."""
    return replace(place, environ=place.environ | changes)
