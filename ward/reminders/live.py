"""Live: how many messages failed, wait and went out; a list that is open learns that it is old.

The list itself is of whoever looks; what it would show now is told in numbers, to every branch.
"""

from uuid import UUID

from domain.access import D0, Permission
from ward import live
from ward.live import Region, Screen
from ward.places.models import Branch
from ward.projections import projection
from ward.reminders import queries
from ward.work import Work


@projection(D0)
class Stand:
    """How the messages of the house stand."""

    trouble: int
    planned: int
    sent: int


@live.screen("letters", Permission.WATCH_REMINDERS, of=Branch, views={"full": {D0}})
async def messages(work: Work, branch_id: UUID) -> Screen:
    """Draw how many messages failed or are in doubt, wait, and went out in a day."""
    trouble, sent, planned = await queries.counts(work)
    region = Region(
        "messages-stand", "reminders/_stand.html", {"stand": Stand(trouble, planned, sent)}
    )
    return Screen("reminders/_around.html", {"branch_id": branch_id}, [region])
