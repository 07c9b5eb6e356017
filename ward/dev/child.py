"""Child: a server process that Ward started, and that ends when Ward ends, however it ends."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")
_POLL = 0.01
_LAST_LINES = 8


class StartError(Exception):
    """An embedded server did not start; the text says why, for the person who started Ward."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server runs as: the account of `name`, or whoever runs Ward when it is empty."""

    name: str

    def own(self, *paths: Path) -> None:
        """Give these paths to the account; where the container knows one user only, leave them."""
        if self.name:
            entry = pwd.getpwnam(self.name)
            for path in paths:
                with contextlib.suppress(OSError):
                    os.chown(path, entry.pw_uid, entry.pw_gid)


def account(home: Path) -> Account:
    """Choose who runs the servers when Ward is root, which PostgreSQL refuses to be.

    The owner of the home if that is not root, else `postgres`, else `nobody`: the first with an
    entry in the list of users, without which PostgreSQL does not start either.
    """
    if os.geteuid() != 0:
        return Account("")
    names = {entry.pw_uid: entry.pw_name for entry in reversed(pwd.getpwall())}
    owner = names.get(home.stat().st_uid, "root")
    for name in (owner, "postgres", "nobody"):
        if name != "root" and name in names.values():
            return Account(name)
    raise StartError("PostgreSQL does not run as root, and there is no user nobody to run it as.")


def command(
    argv: Sequence[str | Path], who: Account, probes: Sequence[Path], end: int
) -> list[str]:
    """Wrap a command so that it runs as `who` and gets the signal `end` if this process dies."""
    launch = [sys.executable, "-I", "-S", _LAUNCH, os.getpid(), who.name]
    parts = [*launch, ":".join(map(str, probes)), int(end), *argv]
    return [str(part) for part in parts]


def spawn(argv: Sequence[str], log: Path, stdin: str = "") -> subprocess.Popen[str]:
    """Start a wrapped command; what it says goes to `log`, which starts afresh."""
    with log.open("w", encoding="utf-8") as out:
        child = subprocess.Popen(  # noqa: S603 - built by command() above
            argv, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, text=True, cwd="/"
        )
    with contextlib.suppress(BrokenPipeError), child.stdin or contextlib.nullcontext() as pipe:
        if pipe:
            pipe.write(stdin)
    return child


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it is done or the time is over."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL)
    return True


def stop(child: subprocess.Popen[str], signals: Sequence[tuple[int, float]]) -> None:
    """Send each signal in turn, with the seconds it is given, and SIGKILL at last."""
    for number, seconds in signals:
        if child.poll() is not None:
            return
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    if child.poll() is None:
        child.kill()
        child.wait()


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wheel(package: str) -> Path:
    """Return the folder of an installed package without running its code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(f"The package {package} is not installed; `make demo` installs it.")
    return Path(spec.submodule_search_locations[0])


def tail(log: Path) -> str:
    """Return the last words of a server."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])
    return ""


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C leave servers behind while they are being stopped."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
