"""Importing: messages from files, taken in as if they had come over the wire."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ward.interop.hl7 import client
from ward.interop.hl7.codes import ErrorCode, Fault
from ward.interop.hl7.intake import Intake, Received, read
from ward.interop.hl7.mllp import Limits
from ward.interop.hl7.report import Report
from ward.interop.hl7.wire import Rules
from ward.interop.hl7.worker import drain
from ward.node import Node

SUFFIXES = frozenset({".hl7", ".msg", ".er7"})
"""What is taken from a folder; a file that is named is taken whatever it is called."""
LARGEST_FILE = 64 * 2**20
PEER = "import"


class Progress(Protocol):
    """Hears how many of the files are read."""

    def __call__(self, done: int, total: int) -> None:
        """Hear it."""


def _silent(done: int, total: int) -> None:
    del done, total


async def import_hl7(
    node: Node | None,
    paths: Sequence[Path],
    progress: Progress = _silent,
    *,
    dry_run: bool = False,
) -> Report:
    """Store every message in these files once, then process what may go; twice is once.

    A dry run only reads and judges, and needs no node.
    """
    report, files = Report(dry_run=dry_run), listed(paths)
    intake = Intake(node) if node and not dry_run else None
    for done, file in enumerate(files, 1):
        await _take(file, intake, report)
        progress(done, len(files))
    if node and intake:
        report.settled = await drain(node)
    return report


def listed(paths: Sequence[Path]) -> list[Path]:
    """List the files of these paths, each once, the folders' in order of their names."""
    found: dict[Path, None] = {}
    for path in paths:
        for file in _inside(path) if path.is_dir() else [path]:
            found.setdefault(file)
    return list(found)


def _inside(folder: Path) -> list[Path]:
    fitting = (file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    visible = (file for file in fitting if not file.name.startswith(".") and file.is_file())
    return sorted(visible) or [folder]


async def _take(file: Path, intake: Intake | None, report: Report) -> None:
    try:
        for number, block in enumerate(_messages(file), 1):
            where = f"{file}:{number}"
            if len(block) > Limits().message:
                fault = Fault(ErrorCode.TOO_LONG, "", "The message is larger than is taken in here")
                report.refuse(where, fault)
                continue
            report.count(where, await _one(block, intake))
    except OSError as error:
        report.fail(str(file), f"It cannot be read: {error.strerror}.")
    except _Unfit as unfit:
        report.fail(str(file), str(unfit))


async def _one(block: bytes, intake: Intake | None) -> Received:
    if intake is None:
        return Received(b"", await read(block, Rules()), fresh=True)
    return await intake.receive(block, PEER)


class _Unfit(Exception):
    """A file that is none of messages."""


def _messages(file: Path) -> Iterator[bytes]:
    if file.is_dir():
        raise _Unfit("The folder holds no file of messages (.hl7, .msg, .er7).")
    if file.stat().st_size > LARGEST_FILE:
        raise _Unfit(f"It is larger than {LARGEST_FILE >> 20} MB: split it.")
    found = client.messages(file.read_bytes())
    if not found:
        raise _Unfit("It is empty.")
    yield from found
