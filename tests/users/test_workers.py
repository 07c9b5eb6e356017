"""Several nodes behind one port: one that dies comes back, one that never lives ends it all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.databases import Database
from tests.ports import free_port
from tests.stations import ROOT_KEY
from ward.config import ROOT
from ward.dev import child
from ward.dev.embedded import Stores

SOON = 90.0  # four starts of Python, one after another, on a machine that tests other things too


def _serve(environ: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    serve = (sys.executable, "-m", "ward", "serve", "--workers", "2")
    command = child.command(serve, child.Account(""), (), signal.SIGTERM)
    wanted = os.environ | environ | {"WARD_ENV": "test", "WARD_PORT": str(port)}
    return subprocess.Popen(command, cwd=ROOT, env=wanted, stderr=subprocess.DEVNULL)


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _until(what: object) -> None:
    end = time.monotonic() + SOON
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.2)


def _children(pid: int) -> set[int]:
    return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_a_worker_that_dies_is_started_again(database: Database, stores: Stores) -> None:
    port = free_port()
    environ = {
        "WARD_DATABASE_URL": database.url,
        "WARD_DATABASE_OWNER_URL": database.owner_url,
        "WARD_REDIS_URL": stores.redis_url,
        "WARD_KEYS": "env",
        "WARD_ROOT_KEY": ROOT_KEY,
    }
    process = _serve(environ, port)
    try:
        _until(lambda: _ready(port) and len(_children(process.pid)) == 2)
        victim = min(_children(process.pid))
        os.kill(victim, signal.SIGKILL)
        _until(lambda: len(_children(process.pid) - {victim}) == 2)
        _until(lambda: _ready(port))
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON) == 0
    finally:
        process.kill()
        process.wait()
    assert not _ready(port)


def test_workers_that_never_live_end_with_a_status(tmp_path: Path) -> None:
    environ = {
        "WARD_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
        "WARD_REDIS_URL": "redis://127.0.0.1:1",
        "WARD_HOME": str(tmp_path),
    }
    process = _serve(environ, free_port())
    try:
        assert process.wait(SOON) == 1
    finally:
        process.kill()
        process.wait()
