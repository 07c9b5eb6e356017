"""Running out: a hold that nobody has ended is ended by whoever comes next."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from domain.access import Permission
from domain.spans import Span
from ward.patients.queries import among
from ward.places.models import Ward
from ward.scheduling.events import HoldEnded
from ward.scheduling.history import days_of
from ward.scheduling.models import Hold, Reservation
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT
_IN_THE_WAY = select(Reservation.hold_id).where(
    among(Reservation.resource_id, "resources"),
    Reservation.ended_at.is_(None),
    Reservation.ends_at > bindparam("since"),
    Reservation.starts_at < bindparam("until"),
)
_OVER = select(Hold).where(
    Hold.id.in_(_IN_THE_WAY), Hold.ended_at.is_(None), Hold.until <= bindparam("now")
)
_MINE = (
    select(Hold)
    .where(Hold.user_id == bindparam("me"), Hold.ended_at.is_(None))
    .with_for_update(of=Hold)
)


async def end_run_out(work: Work, resources: Sequence[UUID], span: Span) -> None:
    """End the holds that have run out and stand in the way; the caller has the lock."""
    taken, now = list(resources), work.now
    over = await work.every(_OVER, MAY, resources=taken, since=span.start, until=span.end, now=now)
    await end(work, over)


async def let_go(work: Work) -> None:
    """Let go what this person holds: one books one thing at a time."""
    if work.actor.id is not None:
        await end(work, await work.every(_MINE, MAY, me=work.actor.id))


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
