"""Queries: what is left to be done in the background, and what failed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D10, Permission
from ward.later import Job
from ward.projections import projection
from ward.work import Work

MOST = 200
WATCH = Permission.WATCH_JOBS


@projection(D10)
class JobLine:
    """One job that waits, or that failed too often and was parked."""

    id: UUID
    name: str
    made_at: datetime
    run_at: datetime
    attempts: int
    error: str | None
    parked_at: datetime | None
    version: int


@projection(D10)
class Jobs:
    """What waits for its time, what is late, and what was parked."""

    parked: tuple[JobLine, ...]
    late: tuple[JobLine, ...]
    coming: tuple[JobLine, ...]
    now: datetime


async def jobs(work: Work) -> Jobs:
    """Answer: what is left to be done in the background, and what failed?"""
    parked = select(Job).where(Job.parked_at.is_not(None)).order_by(Job.parked_at.desc())
    waiting = select(Job).where(Job.parked_at.is_(None)).order_by(Job.run_at)
    held = [_line(row) for row in await work.every(parked.limit(MOST), WATCH)]
    queued = [_line(row) for row in await work.every(waiting.limit(MOST), WATCH)]
    return Jobs(
        parked=tuple(held),
        late=tuple(line for line in queued if line.run_at <= work.now),
        coming=tuple(line for line in queued if line.run_at > work.now),
        now=work.now,
    )


def _line(row: Job) -> JobLine:
    return JobLine(
        id=row.id,
        name=row.name,
        made_at=row.made_at,
        run_at=row.run_at,
        attempts=row.attempts,
        error=row.error,
        parked_at=row.parked_at,
        version=row.version,
    )
