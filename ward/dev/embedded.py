"""Embedded: PostgreSQL and Redis for a demo and for tests, started and stopped with Ward."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

from ward.dev.child import StartError, account, undisturbed, until
from ward.dev.postgres import Postgres
from ward.dev.redis import Redis

_JOIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the stores are; an address is empty when that store was not asked for.

    `postgres` and `redis` are there for the one who started them (chaos tests kill and restart
    them) and None for those who joined.
    """

    database_url: str
    owner_url: str
    redis_url: str
    postgres: Postgres | None = field(default=None, repr=False)
    redis: Redis | None = field(default=None, repr=False)


@contextlib.contextmanager
def embedded(
    home: Path, *, postgres: bool = True, redis: bool = True, durable: bool = True
) -> Iterator[Stores]:
    """Serve the stores kept in `home` until the block, or this process, ends.

    They end with it on return, Ctrl-C and SIGTERM, and by the kernel's hand if it is killed. If
    another process serves them already, join it: they end with that process.
    `durable=False` forgets on a crash (tests).
    """
    if threading.current_thread() is not threading.main_thread():
        raise StartError("The stores live as long as the thread that starts them: use the main.")
    folder = home.resolve() / "embedded"
    _make(home, folder)
    with (folder / "lock").open("a+", encoding="ascii") as lock:
        joined = _lock_or_join(lock, folder / "running.json")
        if joined:
            yield joined
            return
        with _terminable(), _serving(folder, postgres, redis, durable) as stores:
            yield stores


def running(home: Path) -> Stores | None:
    """Return the stores that some process serves from `home` now, or None."""
    folder = home.resolve() / "embedded"
    with contextlib.suppress(OSError, ValueError), (folder / "lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Stores(**json.loads((folder / "running.json").read_text("utf-8")))
    return None


@contextlib.contextmanager
def _serving(folder: Path, postgres: bool, redis: bool, durable: bool) -> Iterator[Stores]:  # noqa: FBT001
    who, running = account(folder.parent), folder / "running.json"
    passwords = _passwords(folder / "passwords.json")
    database = Postgres(folder, who, passwords, durable) if postgres else None
    cache = Redis(folder, who, secrets.token_urlsafe(32)) if redis else None
    try:
        for server in (database, cache):
            if server:
                server.start()
        urls = {
            "database_url": database.url("app") if database else "",
            "owner_url": database.url("owner") if database else "",
            "redis_url": cache.url if cache else "",
        }
        _write(running, urls)
        yield Stores(**urls, postgres=database, redis=cache)
    finally:
        with undisturbed():
            running.unlink(missing_ok=True)
            for server in (cache, database):
                if server:
                    server.stop()


def _make(home: Path, folder: Path) -> None:
    """Make the folders; where root starts the servers, others may pass through but not look."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        for path in (home, folder):
            path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{error.filename} cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.W_OK):
        raise StartError(f"{folder} belongs to another user; choose another WARD_HOME.")


def _lock_or_join(lock: TextIO, running: Path) -> Stores | None:
    """Take the lock, or wait until its holder has told where the stores are."""
    found: list[Stores] = []

    def settled() -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            running.unlink(missing_ok=True)
            return True
        with contextlib.suppress(OSError, ValueError):
            found.append(Stores(**json.loads(running.read_text("utf-8"))))
        return bool(found)

    if not until(settled, _JOIN_SECONDS):
        raise StartError(f"Another process holds {lock.name} and does not serve.")
    return found[0] if found else None


def _passwords(path: Path) -> dict[str, str]:
    """Return the database's passwords, made at random the first time."""
    if not path.exists():
        _write(path, {role: secrets.token_urlsafe(32) for role in ("owner", "app")})
    return dict(json.loads(path.read_text("utf-8")))


def _write(path: Path, content: dict[str, str]) -> None:
    """Write a file that only this user reads, whole or not at all."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(content), "utf-8")
    new.replace(path)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Leave by SIGTERM as by Ctrl-C, through every `finally`, unless somebody else sees to it."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
