"""Shown: whoever has the list of messages open learns in a moment that it is old."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from realtime.topics import Topic
from ward.places.models import Branch
from ward.work import Work

PACE = timedelta(seconds=2)  # so often at most: thousands of messages go out in a minute
_BRANCHES = select(Branch.id)


async def tell(work: Work) -> None:
    """Have whoever looks at the list learn, in a moment, that it changed."""
    since = work.now - datetime(2000, 1, 1, tzinfo=UTC)
    at = work.now + PACE - since % PACE
    for branch in (await (await work.connection()).execute(_BRANCHES)).scalars():
        work.due(Topic("letters", branch), at)
