"""Reminders: workers are killed while they send, and every message arrives exactly once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.access import Permission
from domain.reminders import Channel
from tests.adt.scene import six_east
from tests.chaos.hospital import ANYBODY, NIGHTLY
from tests.reminders.office import BOTH, PHONE, Office
from tests.scheduling.clinic import open_clinic
from tests.settling import settled
from tests.stations import ROOT_KEY, ids
from ward import clock
from ward.config import ROOT, Settings
from ward.dev import child
from ward.dev.capture import Capture
from ward.node import Node, open_node
from ward.reminders import service
from ward.reminders.claims import LEASE
from ward.reminders.mail import Mail
from ward.reminders.models import Reminder, ReminderStatus
from ward.testclock import advance
from ward.work import work_as

MESSAGES, KILLS = (10_000, 20) if NIGHTLY else (200, 2)
PATIENCE = 240.0 if NIGHTLY else 60.0  # seconds without progress
WORK = (sys.executable, "-m", "ward", "worker")
LANES = Mail("", "").lanes
LONDON = ZoneInfo("Europe/London")
MANY = """
    WITH made AS (
        INSERT INTO appointment (id, version, patient_id, ward_id, visit_type_id, status, starts_at,
            ends_at, wall, fold, detail, overbooked, booked_at, booked_as, moved_at)
        SELECT gen_random_uuid(), 1, patient_id, ward_id, visit_type_id, status, starts_at, ends_at,
            wall, fold, detail, true, booked_at, booked_as, moved_at
        FROM appointment, generate_series(1, :many) RETURNING id, patient_id, starts_at)
    INSERT INTO reminder (id, version, appointment_id, patient_id, starts_at, channel, occasion,
        minutes_before, due_at, status, tries)
    SELECT gen_random_uuid(), 1, made.id, patient_id, starts_at, channel, 'reminder', 2880, :now,
        'planned', 0
    FROM made, unnest(ARRAY['email', 'sms']) AS channel
"""
RELEASE = """
    UPDATE reminder SET due_at = :now WHERE id IN
        (SELECT id FROM reminder WHERE status = 'planned' AND due_at > :now
            ORDER BY md5(id::text) LIMIT :many FOR UPDATE SKIP LOCKED)
"""
WORKS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"
STATES = "SELECT status, count(*) AS many FROM reminder GROUP BY status"


def keys(capture: Capture, channel: Channel) -> Counter[str]:
    """Count what arrived by its key."""
    return Counter(one.key for one in capture.caught if one.channel is channel)


def environ_of(choice: Settings) -> dict[str, str]:
    """Give the environment by which a process works on this test's database."""
    assert choice.database_url
    assert choice.database_owner_url
    assert choice.redis_url
    return {
        "WARD_ENV": "test",
        "WARD_DATABASE_URL": choice.database_url.get_secret_value(),
        "WARD_DATABASE_OWNER_URL": choice.database_owner_url.get_secret_value(),
        "WARD_REDIS_URL": choice.redis_url.get_secret_value(),
        "WARD_KEYS": "env",
        "WARD_ROOT_KEY": ROOT_KEY,
    }


@dataclass
class Worker:
    """A process that sends, with a mail server of its own to see what it does."""

    environ: dict[str, str]
    capture: Capture
    process: subprocess.Popen[bytes] | None = None
    had: int = 0  # mails when it was started
    starts: int = 0

    @property
    def name(self) -> str:
        return f"{self.environ['WARD_NODE']}-{self.starts}"

    def start(self) -> None:
        self.starts += 1
        self.had = keys(self.capture, Channel.EMAIL).total()
        command = child.command(WORK, child.Account(""), (), signal.SIGKILL)
        environ = os.environ | self.environ | {"WARD_NODE": self.name}
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=quiet, stderr=quiet)

    @property
    def sends(self) -> bool:
        return keys(self.capture, Channel.EMAIL).total() > self.had

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Post:
    """Two workers, what arrived from them, and the node of the test."""

    node: Node
    gateway: Capture
    workers: list[Worker] = field(default_factory=list)

    def mails(self) -> Counter[str]:
        one, two = (keys(worker.capture, Channel.EMAIL) for worker in self.workers)
        return one + two

    def texts(self) -> Counter[str]:
        return keys(self.gateway, Channel.SMS)

    @property
    def arrived(self) -> int:
        return sum(len(worker.capture.caught) for worker in self.workers)

    async def states(self) -> dict[str, int]:
        async with self.node.aside.connect() as connection:
            return {row[0]: row[1] for row in await connection.execute(text(STATES))}

    async def until(self, done: Callable[..., object], *args: object) -> None:
        """Wait for something, as long as anything goes on."""
        seen, since = -1, time.monotonic()
        while True:
            found = done(*args)
            if await found if asyncio.iscoroutine(found) else found:
                return
            if self.arrived != seen:
                seen, since = self.arrived, time.monotonic()
            assert time.monotonic() - since < PATIENCE, await self.states()
            await asyncio.sleep(0.02)

    async def settled(self) -> bool:
        return not {"planned", "sending"} & (await self.states()).keys()

    async def works(self, worker: Worker) -> bool:
        """Say whether a worker that was started is at work."""
        if worker.process is not None and worker.process.poll() is not None:
            worker.start()
        async with self.node.aside.connect() as connection:
            name = {"name": f"ward-aside:{worker.name}"}
            return bool((await connection.execute(text(WORKS), name)).scalar())

    async def release(self, many: int) -> None:
        """Have so many more messages be due now."""
        async with self.node.engine.begin() as connection:
            now = {"many": many, "now": clock.now() - timedelta(seconds=1)}
            await connection.execute(text(RELEASE), now)

    async def leases_end(self) -> None:
        """Have all leases of dead workers end."""
        await _advance(self.node, LEASE + timedelta(seconds=1))


async def _advance(node: Node, by: timedelta) -> None:
    async with node.aside.begin() as connection:
        await advance(connection, by)
    clock.shift(clock.offset() + by)


async def _noon(node: Node) -> None:
    """Move all clocks to noon, when nobody is left in peace."""
    now = datetime.now(LONDON)
    await _advance(node, now.replace(hour=12, minute=0) + timedelta(days=1) - now)


@asynccontextmanager
async def posting(settings: Settings) -> AsyncIterator[Post]:
    """Have many messages due, and two workers that have not begun."""
    node = await open_node(settings)
    await _noon(node)
    async with Capture(most=None).serving() as one, Capture(most=None).serving() as two:
        try:
            clinic = await open_clinic(
                await six_east(node), (await ids(node, "ward"))["Outpatients"]
            )
            office = Office(clinic, one)
            await clinic.book(await office.patient(*BOTH), clinic.at(14, days=6))
            await settled(node)  # here nobody is reminded: what is due is written below
            async with node.engine.begin() as connection:
                many = {"many": MESSAGES // 2, "now": clock.now() + timedelta(hours=1)}
                await connection.execute(text(MANY), many)
            post = Post(node, one)
            for number, capture in enumerate((one, two)):
                environ = environ_of(settings) | {
                    "WARD_NODE": f"worker-{number}",
                    "WARD_PHONE": PHONE,
                    "WARD_MAIL_FROM": "appointments@ward.example.org",
                    "WARD_SMTP_URL": f"smtp://127.0.0.1:{capture.smtp_port}",
                    "WARD_SMS_URL": f"http://127.0.0.1:{one.http_port}/messages",
                }
                capture.caught.clear()
                post.workers.append(Worker(environ, capture))
            yield post
        finally:
            for worker in post.workers:
                worker.kill()
            await node.close()
            clock.shift(timedelta(0))


async def decide(post: Post) -> int:
    """Do what a person does about each mail in doubt: look into the log of the mail server."""
    known = post.mails()
    async with work_as(post.node, ANYBODY, "chaos.decide") as work:
        doubtful = select(Reminder).where(Reminder.status == ReminderStatus.IN_DOUBT)
        rows = await work.every(doubtful, Permission.WATCH_REMINDERS)
        for row in rows:
            verb = service.arrived if str(row.id) in known else service.again
            await verb(work, row.id, seen=None)
        return len(rows)


async def test_workers_that_are_killed_lose_nothing_and_repeat_nothing(
    settings: Settings,
) -> None:
    async with posting(settings) as post:
        began = time.monotonic()
        for worker in post.workers:
            worker.start()
        for number in range(KILLS):
            worker = post.workers[number % 2]
            await post.until(post.works, worker)
            await post.release(MESSAGES // (KILLS + 1))
            await post.until(lambda w=worker: w.sends)
            worker.kill()
            worker.start()
        await post.until(post.works, post.workers[0])
        await post.release(MESSAGES)
        await post.until(lambda: post.arrived >= MESSAGES - KILLS * (LANES + 40))
        for _ in range(2):  # what dead workers held, and what is tried again
            await post.leases_end()
            await asyncio.sleep(2)
        await post.until(post.settled)
        assert set(post.mails().values()) == {1}
        doubts = await decide(post)
        assert doubts <= KILLS * LANES
        await post.until(post.settled)
        assert await post.states() == {"sent": MESSAGES}
        assert set(post.mails().values()) == set(post.texts().values()) == {1}
        assert len(post.mails()) == len(post.texts()) == MESSAGES // 2
        print(
            f"{MESSAGES} messages, {KILLS} kills, {time.monotonic() - began:.0f} s: each once; "
            f"{doubts} mails were in doubt, {post.gateway.asked - MESSAGES // 2} texts asked again"
        )
