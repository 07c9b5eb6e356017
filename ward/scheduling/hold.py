"""Holds: a time is kept while somebody is booking, and everybody sees who; it ends by itself."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from domain import appointments
from domain.access import Permission
from domain.errors import NotAllowed
from domain.spans import Buffer, Span
from realtime.topics import Topic
from ward.db import new_id
from ward.idempotency import used
from ward.places.models import Ward
from ward.scheduling import fit
from ward.scheduling.events import HoldBegan
from ward.scheduling.fit import Wanted
from ward.scheduling.history import days_of
from ward.scheduling.models import Hold
from ward.scheduling.runs_out import end
from ward.work import Work

MAY = Permission.BOOK_APPOINTMENT
JUST_AFTER = timedelta(milliseconds=1)


async def hold(  # noqa: PLR0913 - what is kept, and for how long
    work: Work,
    ward_id: UUID,
    span: Span,
    resources: Sequence[UUID],
    *,
    buffer: Buffer,
    lasts: timedelta = appointments.HOLD_AT_DESK,
    patient_id: UUID | None = None,
    sheet: str | None = None,
) -> Hold:
    """Keep a time of these resources for whoever asks; what this person held before is let go.

    `sheet` is the idempotency key that the booking will have. Raises Clashing when one of them is
    not free, NotAllowed when the booking was done meanwhile.
    """
    ward = await work.access(Ward, ward_id, MAY)
    wanted = Wanted(
        ward_id=ward_id,
        span=span,
        resources=tuple(resources),
        buffer=buffer,
        patient_id=patient_id,
    )
    lanes = await fit.fit(work, wanted)
    if sheet and await used(work, sheet):  # asked before the press, it came after the booking
        raise NotAllowed("This is booked.", "appointment.booked")
    row = Hold(
        id=new_id(),
        ward_id=ward_id,
        user_id=work.actor.id if patient_id is None else None,
        starts_at=span.start,
        ends_at=span.end,
        until=work.now + lasts,
    )
    work.add(row, MAY)
    await work.flush()
    fit.take(work, wanted, lanes, hold_id=row.id)
    _tell(work, row, days_of(ward_id, ward.zone, span))
    return row


def _tell(work: Work, row: Hold, days: tuple[str, ...]) -> None:
    """Have every screen show the ghost, and take it away when it has run out."""
    work.record(HoldBegan(days=days, hold_id=row.id))
    for day in days:
        work.due(Topic("calendar", day), row.until + JUST_AFTER)
    work.due(Topic("free", row.ward_id), row.until + JUST_AFTER)


async def end_hold(work: Work, hold_id: UUID) -> None:
    """Let a time go that one holds oneself; one that is over already stays so."""
    row = await work.access(Hold, hold_id, MAY, lock=True)
    if row.ended_at is None and row.user_id == work.actor.id:
        await end(work, [row])
