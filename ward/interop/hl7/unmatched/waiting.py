"""Waiting: results that fit no patient enter the laboratory's queue with their message."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from realtime.topics import Topic
from ward.db import new_id
from ward.interop.hl7.topics import drawn_at
from ward.interop.hl7.unmatched.models import Decision, UnmatchedResult
from ward.places.models import Branch
from ward.work import Work

MAY = Permission.REVIEW_MESSAGES
SCREENS = ("unmatched", "held")


async def hold(work: Work, message_id: UUID, worst: int) -> None:
    """Have the laboratory decide about a message; an earlier decision that did not help is over."""
    row = await of_message(work, message_id)
    if row is None:
        row = UnmatchedResult(id=new_id(), message_id=message_id, since=work.now, worst=worst)
        work.add(row, MAY)
    row.worst = max(row.worst, worst)
    row.decision = row.patient_id = row.decided_at = row.decided_by = None
    await changed(work)


async def settle(work: Work, message_id: UUID) -> None:
    """Take a message out of the queue that was settled at the intake page."""
    row = await of_message(work, message_id)
    if row is not None and row.decision is None:
        row.decision, row.decided_at = Decision.SETTLED, work.now
        await changed(work)


async def of_message(work: Work, message_id: UUID) -> UnmatchedResult | None:
    """Find the decision about a message, locked."""
    mine = select(UnmatchedResult).where(UnmatchedResult.message_id == message_id)
    found = await work.every(mine.with_for_update(of=UnmatchedResult), MAY)
    return found[0] if found else None


async def changed(work: Work) -> None:
    """Have the queue drawn again wherever it is open."""
    for branch in await work.every(select(Branch).order_by(Branch.id), Permission.VIEW_PLACES):
        for kind in SCREENS:
            work.due(Topic(kind, branch.id), drawn_at(work.now))
