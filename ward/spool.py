"""Spool: the trail's second device: a file beside the node, for rows PostgreSQL does not take."""

import asyncio
import fcntl
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from struct import Struct
from typing import Any
from zlib import crc32

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import DBAPIError

MOST_BYTES = 256 * 1024 * 1024  # about half a million looks; then there is no second device
_FRAME = Struct(">II")  # length and CRC-32 of what follows
_LONGEST = 16 * 1024 * 1024
SUFFIX, REFUSED = ".spool", ".refused"

SPOOLED = Counter("trail_spooled_total", "Trail rows that went to the spool")
WAITING = Gauge("trail_spool_rows", "Trail rows that wait in the spool for PostgreSQL")

log = structlog.get_logger(__name__)
Row = dict[str, Any]
Write = Callable[[list[Row]], Awaitable[None]]
AT_ONCE = 500  # rows by one statement
_NEVER = ("22", "23")  # classes of SQLSTATE: what PostgreSQL will not take however often


def frames(rows: Sequence[Row]) -> bytes:
    """Write rows so that a torn end is told from a whole one."""
    told = (json.dumps(row, separators=(",", ":")).encode() for row in rows)
    return b"".join(_FRAME.pack(len(each), crc32(each)) + each for each in told)


def whole(data: bytes) -> Iterator[tuple[Row, int]]:
    """Read the whole frames, each with where it ends; what was torn is not there."""
    at = 0
    while at + _FRAME.size <= len(data):
        length, check = _FRAME.unpack_from(data, at)
        end = at + _FRAME.size + length
        told = data[at + _FRAME.size : end]
        if length > _LONGEST or len(told) < length or crc32(told) != check:
            return
        yield json.loads(told), end
        at = end


def _called(database: str) -> str:
    """Name the trail of a database: another one is another trail."""
    return sha256(database.encode()).hexdigest()[:12]


def forget(folder: Path, database: str) -> None:
    """Remove what waits for the trail of a database that was set back to nothing."""
    for path in folder.glob(f"*.{_called(database)}.*"):
        path.unlink()


class Spool:
    """Rows on this machine's disk; each node has a file of its own, which it holds locked.

    Rows are kept until they are known to be in PostgreSQL: read, written there, then cut away.
    """

    def __init__(self, folder: Path, name: str, database: str) -> None:
        self.folder = folder
        known = _called(database)
        self._stem, self._known = f"{name}.{known}", known
        self._handle: int | None = None
        self.path: Path | None = None  # once something went there
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self.rows = 0

    async def keep(self, row: Row) -> None:
        """Return once the row is on the disk; OSError when it cannot be."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="spool")
        await done

    async def _run(self) -> None:
        """Write what waits, again and again: many rows, one sync."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write(batch)
        finally:
            self._task = None

    async def _write(self, batch: list[tuple[Row, asyncio.Future[None]]]) -> None:
        try:
            async with self._writing:
                await asyncio.to_thread(self._append, frames([row for row, _ in batch]))
        except OSError as error:
            log.error("spool.away", error=str(error))  # noqa: TRY400 - told by the refusals
            for _, done in batch:
                if not done.done():
                    done.set_exception(OSError(str(error)))
                    done.add_done_callback(lambda future: future.exception())
            return
        self.rows += len(batch)
        SPOOLED.inc(len(batch))
        WAITING.set(self.rows)
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    def _append(self, told: bytes) -> None:
        handle = self._opened()
        size = os.lseek(handle, 0, os.SEEK_END)
        if size + len(told) > MOST_BYTES:
            raise OSError(f"{self.path} is full.")
        try:
            if os.write(handle, told) < len(told):
                raise OSError(f"{self.path} took only a part.")  # noqa: TRY301 - cut back below
            os.fdatasync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise

    def _opened(self) -> int:
        if self._handle is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for nth in count():
                path = self.folder / f"{self._stem}.{nth}{SUFFIX}"
                if (handle := _locked(path)) is not None:
                    self._handle, self.path = handle, path
                    size = max((end for _, end in whole(path.read_bytes())), default=0)
                    os.ftruncate(handle, size)
                    _sync_folder(self.folder)
                    break
        assert self._handle is not None
        return self._handle

    # -- giving back ---------------------------------------------------------------------

    def left_behind(self) -> list[Path]:
        """List the spools of this trail that a dead node left, and this node's own."""
        return sorted(self.folder.glob(f"*.{self._known}.*{SUFFIX}"))

    async def take(self, path: Path) -> "Taken | None":
        """Open a spool to give back what it holds; None while another node holds it."""
        if path == self.path:
            await self._writing.acquire()
            assert self._handle is not None
            return Taken(self, path, self._handle)
        handle = await asyncio.to_thread(_locked, path)
        return None if handle is None else Taken(None, path, handle)

    def given_back(self) -> None:
        """Forget what is in PostgreSQL now."""
        self.rows = 0
        WAITING.set(0)
        self._writing.release()

    def close(self) -> None:
        """Let go of the file; one that holds nothing goes."""
        if self._handle is None or self.path is None:
            return
        if os.lseek(self._handle, 0, os.SEEK_END) == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = self.path = None


class Taken:
    """A spool whose rows are being given back."""

    def __init__(self, spool: Spool | None, path: Path, handle: int) -> None:
        self._spool, self._path, self._handle = spool, path, handle

    async def give(self, write: Write) -> int:
        """Have all of it written, then empty it; a row that is never taken is kept aside."""
        done = False
        try:
            rows = await asyncio.to_thread(self.rows)
            for at in range(0, len(rows), AT_ONCE):
                await self._give(rows[at : at + AT_ONCE], write)
            done = True
            log.warning("spool.given_back", rows=len(rows))
            return len(rows)
        finally:
            await asyncio.to_thread(self.end, done=done)

    async def _give(self, rows: list[Row], write: Write) -> None:
        try:
            await write(rows)
        except DBAPIError as error:
            if not str(getattr(error.orig, "sqlstate", "") or "").startswith(_NEVER):
                raise
            if len(rows) == 1:
                await asyncio.to_thread(self.refuse, rows[0])
                return
            for row in rows:
                await self._give([row], write)

    def rows(self) -> list[Row]:
        """Read what it holds."""
        return [row for row, _ in whole(self._path.read_bytes())]

    def refuse(self, row: Row) -> None:
        """Keep a row that PostgreSQL will never take where a person finds it."""
        log.error("spool.refused", row=row.get("id"), path=str(self._path))
        with self._path.with_suffix(REFUSED).open("ab") as file:
            file.write(frames([row]))
            file.flush()
            os.fsync(file.fileno())

    def end(self, *, done: bool) -> None:
        """Empty it when all of it is in PostgreSQL, and let go of it."""
        if done:
            os.ftruncate(self._handle, 0)
            os.fdatasync(self._handle)
        if self._spool is not None:
            if done:
                self._spool.given_back()
            else:
                self._spool._writing.release()  # noqa: SLF001 - the other half of one thing
            return
        if done:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)


def _locked(path: Path) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
