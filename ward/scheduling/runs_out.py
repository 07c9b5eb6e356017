"""Running out: a hold that nobody has ended is ended by whoever comes next."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.spans import Span
from ward.places.models import Ward
from ward.scheduling.events import HoldEnded
from ward.scheduling.history import days_of
from ward.scheduling.models import Hold, Reservation
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT


async def end_run_out(work: Work, resources: Sequence[UUID], span: Span) -> None:
    """End the holds that have run out and stand in the way; the caller has the lock."""
    in_the_way = select(Reservation.hold_id).where(
        Reservation.resource_id.in_(resources),
        Reservation.ended_at.is_(None),
        Reservation.ends_at > span.start,
        Reservation.starts_at < span.end,
    )
    over = select(Hold).where(
        Hold.id.in_(in_the_way), Hold.ended_at.is_(None), Hold.until <= work.now
    )
    await end(work, await work.every(over, MAY))


async def let_go(work: Work) -> None:
    """Let go what this person holds: one books one thing at a time."""
    if work.actor.id is None:
        return
    mine = select(Hold).where(Hold.user_id == work.actor.id, Hold.ended_at.is_(None))
    await end(work, await work.every(mine.with_for_update(of=Hold), MAY))


async def end(work: Work, rows: Sequence[Hold]) -> None:
    """End holds: what they kept is free."""
    if not rows:
        return
    kept = select(Reservation).where(
        Reservation.hold_id.in_([row.id for row in rows]), Reservation.ended_at.is_(None)
    )
    for one in await work.every(kept, MAY):
        one.ended_at = work.now
    for row in rows:
        row.ended_at = work.now
        ward = await work.access(Ward, row.ward_id, Permission.VIEW_CALENDAR)
        days = days_of(row.ward_id, ward.zone, Span(row.starts_at, row.ends_at))
        work.record(HoldEnded(days=days, hold_id=row.id))
    await work.flush()
