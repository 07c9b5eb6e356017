"""Running: a verification that goes on beside the pages, says how far it is, and can be stopped."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from realtime.tasks import end
from ward import clock
from ward.audit.models import AuditRun, RunState
from ward.audit.verifying import Report, verify
from ward.node import Node
from ward.trail import Trail

TELL = 1.0  # seconds between two words about how far it is
SILENT = timedelta(seconds=30)  # whoever says nothing for so long has died with its node

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Far:
    done: int = 0
    total: int = 0


class Runs:
    """The verifications of one node; they end with it."""

    of: ClassVar[WeakKeyDictionary[Trail, "Runs"]] = WeakKeyDictionary()

    def __init__(self, node: Node) -> None:
        self.node = node
        self._tasks: set[asyncio.Task[None]] = set()
        Runs.of[node.trail] = self

    async def start(self) -> None:
        """Wait to be asked."""

    async def stop(self) -> None:
        """End what runs."""
        for task in list(self._tasks):
            await end(task)

    def begin(self, run_id: UUID) -> None:
        """Verify, from now on."""
        task = asyncio.create_task(_run(self.node, run_id), name="verify")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _run(node: Node, run_id: UUID) -> None:
    far = _Far()

    def tell(done: int, total: int) -> None:
        far.done, far.total = done, total

    working = asyncio.create_task(verify(node, progress=tell, gently=True))
    try:
        while not (await asyncio.wait({working}, timeout=TELL))[0]:
            if not await _told(node, run_id, far):
                return
        await _ended(node, run_id, working.result())
    except (SQLAlchemyError, OSError) as error:
        log.warning("audit.verification", kind=type(error).__name__)
    finally:
        await end(working)


async def _told(node: Node, run_id: UUID, far: _Far) -> bool:
    """Write how far it is; False when somebody stopped it."""
    change = update(AuditRun).where(AuditRun.id == run_id, AuditRun.state == RunState.RUNNING)
    change = change.values(done=far.done, total=far.total, seen_at=clock.now())
    async with node.aside.begin() as connection:
        return bool((await connection.execute(change)).rowcount)


async def _ended(node: Node, run_id: UUID, report: Report) -> None:
    held = not report.faults
    whole = report.events + report.retired
    change = (
        update(AuditRun)
        .where(AuditRun.id == run_id)
        .values(
            state=RunState.HELD if held else RunState.BROKEN,
            done=whole,
            total=whole,
            until=report.until,
            seen_at=clock.now(),
            finding=None if held else str(report.faults[0]),
        )
    )
    async with node.aside.begin() as connection:
        await connection.execute(change)


def stale(run: AuditRun, now: datetime) -> bool:
    """Say whether the node that verified is gone."""
    return run.state is RunState.RUNNING and now - run.seen_at > SILENT


def left(run: AuditRun, now: datetime) -> int | None:
    """Guess how many seconds it takes yet."""
    spent = (now - run.began_at).total_seconds()
    return round(spent / run.done * (run.total - run.done)) if run.done else None


NEWEST = select(AuditRun).order_by(AuditRun.began_at.desc()).limit(1)
