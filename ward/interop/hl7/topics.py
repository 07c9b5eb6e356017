"""Topics: the intake page of every branch, drawn again after each change.

Messages belong to the whole house, so each branch's screen shows them. A transaction that moves
a patient bumps boards and charts already; the intake page is put down as due instead, in the same
commit, and follows within a second.
"""

from sqlalchemy import select

from domain.access import Permission
from realtime.topics import Topic
from ward.places.models import Branch
from ward.work import Work


async def changed(work: Work) -> None:
    """Have the intake page drawn again once this work is committed."""
    for branch in await work.every(select(Branch), Permission.VIEW_PLACES):
        await work.due(Topic("messages", branch.id), work.now)
