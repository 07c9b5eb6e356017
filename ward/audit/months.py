"""Months: the trail's monthly parts: made before they are needed."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward import clock
from ward.node import Node

AHEAD = 3  # months that must be there
MADE = 12  # months that are made at once

_MISSING = text("SELECT audit_month_is_there(CAST(:day AS date))")
_MAKE = text("SELECT audit_make_month(CAST(:day AS date))")


def coming(today: date, count: int) -> list[date]:
    """List the first days of this month and of those that follow."""
    first = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + count)]


async def keep_ahead(node: Node) -> list[date]:
    """Make the parts for the coming year, once fewer than three months are left; give the new."""
    today = clock.now().date()
    async with node.asking.connect() as connection:
        if await connection.scalar(_MISSING, {"day": coming(today, AHEAD + 1)[-1]}):
            return []
    made = []
    for month in coming(today, MADE + 1):
        async with node.aside.begin() as connection:
            if await connection.scalar(_MAKE, {"day": month}):
                made.append(month)
    return made


_ASTRAY = text("SELECT count(*) FROM audit_event_default")


async def lacking(connection: AsyncConnection) -> list[str]:
    """Name the months that should be there, and the part for none if something lies in it."""
    today = clock.now().date()
    missing = [
        f"audit_event_{month:%Y_%m} is not there"
        for month in coming(today, AHEAD)
        if not await connection.scalar(_MISSING, {"day": month})
    ]
    astray = await connection.scalar(_ASTRAY)
    return [*missing, *([f"audit_event_default holds {astray} events"] if astray else [])]
