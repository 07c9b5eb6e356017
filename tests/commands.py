"""Commands: `ward …` in a process of its own that does not begin with seconds of imports.

One process a worker has everything imported and waits; each command is a fork of it with its own
arguments, environment, streams and end. Real starts of Python stay: `doctor` and the pipe in
tests/contracts/test_commands.py, tests/users/test_workers.py, tests/chaos.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.reduction import DupFd

from ward.config import ROOT

_SECONDS = 60.0


def run_ward(
    *arguments: str, environ: Mapping[str, str], into: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with these settings alone, and a line put into it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WARD_")}
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write(into.encode())
        given.seek(0)
        streams = [(given.fileno(), 0), (out.fileno(), 1), (err.fileno(), 2)]
        status = _ended(arguments, clean | dict(environ), streams)
        out.seek(0)
        err.seek(0)
        said, wrong = out.read().decode(), err.read().decode()
    return subprocess.CompletedProcess(arguments, status, said, wrong)


def _ended(
    arguments: tuple[str, ...], environ: dict[str, str], streams: list[tuple[int, int]]
) -> int:
    process = _warm().Process(target=_become, args=(arguments, environ, _Streams(streams)))
    process.start()
    try:
        process.join(_SECONDS)
        assert process.exitcode is not None, f"ward {arguments[0]} does not end"
        return process.exitcode
    finally:
        process.kill()
        process.join()
        process.close()


@cache
def _warm() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["ward.commands", "ward.app", "ward.dev.demo"])
    return context


class _Streams:
    """Open files on their way to the process that shall have them as 0, 1 and 2."""

    def __init__(self, streams: list[tuple[int, int]]) -> None:
        self._streams = streams

    def __getstate__(self) -> list[tuple[object, int]]:
        return [(DupFd(own), number) for own, number in self._streams]

    def __setstate__(self, state: list[tuple[object, int]]) -> None:
        self._streams = [(copy.detach(), number) for copy, number in state]  # type: ignore[attr-defined]

    def take(self) -> None:
        """Put them in the place of the streams this process was born with."""
        for own, number in self._streams:
            os.dup2(own, number)
            os.close(own)
        sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - as long as the process


def _become(arguments: tuple[str, ...], environ: dict[str, str], streams: _Streams) -> None:
    from ward.cli import main

    streams.take()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    main(arguments)
