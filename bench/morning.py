"""Morning: the ward's clock is moved to an hour at which a day of doses is left to give.

So what is measured hangs on no hour of the day. The clock is the one of tests: a row that every
node of this hospital reads; it is moved on, never back, so the hospital is used up afterwards.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ward import clock, testclock
from ward.dev.cast import ZONE
from ward.node import Node

BEGINS = time(6, 30)


@contextlib.asynccontextmanager
async def morning(writer: Node) -> AsyncIterator[None]:
    """Have it be half past six on the ward; this process has its own time back afterwards."""
    ahead = until_morning(clock.now().astimezone(ZoneInfo(ZONE)))
    async with writer.aside.begin() as connection:
        await testclock.advance(connection, ahead)
    clock.shift(ahead)
    try:
        yield
    finally:
        clock.shift(timedelta(0))


@contextlib.contextmanager
def days_ago(before: timedelta) -> Iterator[None]:
    """Have this process live in the past for a while, counted from the ward's time."""
    here = clock.offset()
    clock.shift(here - before)
    try:
        yield
    finally:
        clock.shift(here)


def until_morning(now: datetime) -> timedelta:
    """Tell how long it is to the next morning of the ward."""
    today = datetime.combine(now.date(), BEGINS, now.tzinfo)
    next_one = today if today >= now else today + timedelta(days=1)
    return next_one.astimezone(ZoneInfo("UTC")) - now.astimezone(ZoneInfo("UTC"))
