"""Hospital: durable stores, two nodes in processes of their own, and people in beds, to be hurt."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy import select

from domain.access import Permission
from domain.sexes import Sex
from tests.stations import ROOT_KEY, found
from ward import spool
from ward.adt.admit import admit
from ward.beds.models import Bed
from ward.config import ROOT, Settings, read
from ward.dev import child
from ward.dev.embedded import Stores, embedded
from ward.invariants import Finding, Notes, examine
from ward.node import open_node
from ward.patients.person import Name, Number, Person, When
from ward.patients.register import register
from ward.security.actors import System
from ward.work import work_as

ANYBODY = System("job:chaos", frozenset(Permission))
NIGHTLY = os.environ.get("TEST_SIZE") == "nightly"
LYING, WAITING = 8, 50  # patients in beds, and people whom anybody may admit
SERVE = (sys.executable, "-m", "ward", "serve")
_START_SECONDS = 90.0  # a process that starts beside other tests
NOWHERE = UUID(int=0)


@dataclass(slots=True)
class Node:
    """One node: a process that can be killed, frozen and started again on its port."""

    name: str
    environ: dict[str, str]
    log: Path
    port: int = field(default_factory=child.free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Serve as `ward serve` does, and end when this process ends; `ready` waits for it."""
        environ = os.environ | self.environ | {"WARD_PORT": str(self.port), "WARD_NODE": self.name}
        command = child.command(SERVE, child.Account(""), (), signal.SIGKILL)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=log)

    def ready(self) -> None:
        """Wait until it may be sent people."""
        until = time.monotonic() + _START_SECONDS
        said = "nothing"
        while time.monotonic() < until and self.alive:
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(f"{self.url}/readyz", timeout=2)
                if answer.status_code == 200:
                    return
                said = answer.text
            time.sleep(0.05)
        log = self.log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"{self.name} did not become ready ({said}): {log}")

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop it where it stands; its sockets stay open."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


@dataclass(slots=True)
class Hospital:
    """Two nodes on one PostgreSQL and one Redis, and who lies where."""

    folder: Path
    stores: Stores
    nodes: list[Node]
    people: dict[UUID, str] = field(default_factory=dict)  # everybody's family name, as shown
    lying: list[UUID] = field(default_factory=list)
    waiting: list[UUID] = field(default_factory=list)
    ward_id: UUID = NOWHERE

    @property
    def environ(self) -> dict[str, str]:
        return self.nodes[0].environ

    @property
    def settings(self) -> Settings:
        return read(self.environ)

    def mend(self) -> None:
        """Start again whatever a test left dead."""
        assert self.stores.postgres is not None
        assert self.stores.redis is not None
        for store in (self.stores.postgres, self.stores.redis):
            if store.pid is None:
                store.start()
        dead = [node for node in self.nodes if not node.alive]
        for node in dead:
            node.start()
        for node in self.nodes:
            node.ready()

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Ask the database as its owner."""
        connection = await asyncpg.connect(self.stores.owner_url.replace("+asyncpg", ""))
        try:
            return await connection.fetch(sql, *values)
        finally:
            await connection.close()

    async def free_bed(self) -> tuple[UUID, int]:
        """Find a bed of Six East that nobody has touched: its id and version."""
        rows = await self.rows(
            "SELECT id, version FROM bed WHERE ward_id = $1 AND status = 'U' AND blocked IS NULL"
            " AND held_until IS NULL ORDER BY version, position DESC LIMIT 1",
            self.ward_id,
        )
        return rows[0]["id"], rows[0]["version"]

    async def version(self, table: str, key: UUID) -> int:
        rows = await self.rows(f"SELECT version FROM {table} WHERE id = $1", key)
        return int(rows[0]["version"])

    def spooled(self) -> int:
        """Count the rows of the trail that wait on the nodes' second devices."""
        files = (self.folder / "spool").glob(f"*{spool.SUFFIX}")
        return sum(len(list(spool.whole(path.read_bytes()))) for path in files)

    @contextlib.contextmanager
    def no_second_device(self) -> Iterator[None]:
        """Have every node's disk refuse: what it opened is gone, and the folder is a file."""
        folder, aside = self.folder / "spool", self.folder / "spool-aside"
        until = time.monotonic() + _START_SECONDS
        while self.spooled() and time.monotonic() < until:  # of looks that were slow just now
            time.sleep(0.05)
        assert self.spooled() == 0
        for node in self.nodes:  # nobody holds a file open
            node.kill()
        if folder.exists():
            folder.rename(aside)
        folder.write_bytes(b"")
        self.mend()
        try:
            yield
        finally:
            folder.unlink()

    async def check(self, notes: Notes) -> list[Finding]:
        """Look at every invariant, once all rows are in; give those that are broken."""
        async with asyncio.timeout(60):
            while self.spooled():  # noqa: ASYNC110 - files
                await asyncio.sleep(0.1)
        node = await open_node(self.settings)
        try:
            return [one for one in await examine(node, notes) if one.violations]
        finally:
            await node.close()


@contextlib.contextmanager
def hospital(*, nodes: int = 2, full: bool = True) -> Iterator[Hospital]:
    """Open a hospital on stores of its own, which keep what they are told."""
    with (
        tempfile.TemporaryDirectory(prefix="ward-test-", ignore_cleanup_errors=True) as made,
        embedded(folder := Path(made)) as stores,
    ):
        environ = {
            "WARD_ENV": "test",
            "WARD_HOME": str(folder),
            "WARD_DATABASE_URL": stores.database_url,
            "WARD_DATABASE_OWNER_URL": stores.owner_url,
            "WARD_REDIS_URL": stores.redis_url,
            "WARD_KEYS": "env",
            "WARD_ROOT_KEY": ROOT_KEY,
        }
        names = [f"chaos-{letter}" for letter in "abcd"[:nodes]]
        place = Hospital(
            folder, stores, [Node(name, environ, folder / f"{name}.log") for name in names]
        )
        asyncio.run(_fill(place, full=full))
        for node in place.nodes:
            node.start()
        try:
            for node in place.nodes:
                node.ready()
            yield place
        finally:
            for node in place.nodes:
                node.kill()


async def _fill(place: Hospital, *, full: bool) -> None:
    await found(place.stores.owner_url)
    wards = await place.rows("SELECT id FROM ward WHERE label = 'Six East'")
    place.ward_id = wards[0]["id"]
    if not full:
        return
    node = await open_node(place.settings)
    try:
        async with work_as(node, ANYBODY, "chaos.beds") as work:
            of_ward = select(Bed).where(Bed.ward_id == place.ward_id).order_by(Bed.position)
            beds = [bed.id for bed in await work.every(of_ward, Permission.VIEW_BEDS)]
        for number in range(LYING + WAITING):
            async with work_as(node, ANYBODY, "chaos.people") as work:
                patient = await register(work, _person(number))
                place.people[patient.id] = f"CHAOSPERSON{number:02}"
                if number < LYING:
                    await admit(work, patient.id, beds[number])
            (place.lying if number < LYING else place.waiting).append(patient.id)
    finally:
        await node.close()


def _person(number: int) -> Person:
    return Person(
        name=Name(f"Chaosperson{number:02}", f"Given{number:02}"),
        born=When(date(1940, 1, 1) + timedelta(days=400 * number)),
        sex=(Sex.FEMALE, Sex.MALE)[number % 2],
        numbers=(Number(f"{3_000_000 + number:07}"),),
    )
