"""Topics: the intake page of every branch, drawn again after each change.

Messages belong to the whole house, so each branch's screen shows them. A transaction that moves
a patient bumps boards and charts already; the intake page is put down as due instead, in the same
commit, and follows about a second later. Changes of one half second share one drawing; it comes
late enough that all of them are committed by then.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from domain.access import Permission
from realtime.topics import Topic
from ward.places.models import Branch
from ward.work import Work

STEP = timedelta(milliseconds=500)


async def changed(work: Work) -> None:
    """Have the intake page drawn again; call it last, other messages wait for this commit."""
    branches = await work.every(select(Branch).order_by(Branch.id), Permission.VIEW_PLACES)
    for branch in branches:
        work.due(Topic("messages", branch.id), drawn_at(work.now))


def drawn_at(now: datetime) -> datetime:
    """Give the half second after the next: never sooner than half a second from now."""
    return now - timedelta(microseconds=now.microsecond % 500_000) + 2 * STEP
