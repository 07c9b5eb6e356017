"""Commands: have a parked job tried again."""

from uuid import UUID

from domain.access import Permission
from domain.errors import NotAllowed
from ward.later import Job
from ward.work import Work


async def replay(work: Work, job_id: UUID, *, seen: int | None) -> Job:
    """Have a parked job tried again at once, with all its tries before it."""
    job = await work.access(Job, job_id, Permission.REPLAY_JOBS, lock=True, seen=seen)
    if job.parked_at is None:
        raise NotAllowed("This job is not parked. It is tried again by itself.")
    job.parked_at, job.attempts, job.run_at = None, 0, work.now
    return job
