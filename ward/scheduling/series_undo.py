"""Series undo: takes back, for ten seconds, what was done to a series as a whole."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from domain import appointments, series
from domain.access import Permission
from domain.appointments import ON_ITS_WAY, UNDO, AppointmentStatus
from domain.errors import NotAllowed
from ward.scheduling import cancel, fit, recurring
from ward.scheduling.errands import SeriesFollows
from ward.scheduling.events import AppointmentBooked, SeriesChanged
from ward.scheduling.history import step, steps_of, tell
from ward.scheduling.models import Appointment, AppointmentStep, Series
from ward.work import Work

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_APPOINTMENTS
_FOLLOWS = select(Series).where(Series.follows_id == bindparam("series"))


async def undo(work: Work, series_id: UUID, *, seen: int | None) -> Series:
    """Take back that what follows was cancelled, or was given another time."""
    row = await work.access(Series, series_id, MAY, lock=True, seen=seen)
    if row.ended_at is None or row.ends_before is None:
        raise NotAllowed("Only what was just done can be undone.", "series.undo")
    if row.ended_by != work.actor.id:
        raise NotAllowed("Only who did this can undo it.", "series.undo")
    if work.now > row.ended_at + UNDO + ON_ITS_WAY:
        raise NotAllowed(
            f"This was done more than {UNDO.seconds} seconds ago. It cannot be undone.",
            "series.undo",
        )
    after = await work.every(_FOLLOWS, VIEW, series=row.id)
    new = next((one for one in after if one.made_at == row.ended_at), None)
    if new is None:
        await _book_again(work, row, row.ended_at)
    else:
        await _move_back(work, row, new, row.ends_before)
    row.ends_before = row.ended_at = row.ended_by = None
    work.record(SeriesChanged(row.id, row.patient_id))
    return row


async def _book_again(work: Work, row: Series, ended_at: datetime) -> None:
    """Book again what was cancelled in that moment; what it had must still be free."""
    for one in await recurring.of_series(work, row.id):
        if one.status is not AppointmentStatus.CANCELLED or one.ended_at != ended_at:
            continue
        one.status = appointments.undo(one.status, AppointmentStatus.BOOKED, ended_at, work.now)
        one.cancel_reason = one.ended_at = None
        await fit.take_again(work, one, ended_at)
        await step(work, one, AppointmentStep.UNDONE)
        tell(work, AppointmentBooked, one, row.zone, many=True)
    work.later(SeriesFollows(row.id, work.now), work.now)  # what was not booked yet goes on


async def _move_back(work: Work, row: Series, new: Series, since: datetime) -> None:
    """Give what was moved in that moment its old time back, in the series it came from."""
    rows = await recurring.of_series(work, new.id)
    old = _old_times(row, new, since, rows)
    steps = {one.id: (await steps_of(work, one.id))[-1] for one in rows}
    moved = [
        one
        for one in rows
        if steps[one.id].step is AppointmentStep.RESCHEDULED and steps[one.id].at == new.made_at
    ]
    for one in rows:
        assert one.original_start is not None
        one.series_id, one.original_start = row.id, old[one.original_start]
    await work.flush()
    was = steps[moved[0].id].was_at if moved else None
    earlier = bool(was and was > moved[0].starts_at)
    for one in sorted(moved, key=lambda each: each.starts_at, reverse=earlier):
        await cancel.move_back(work, one, steps[one.id], many=True)
    new.ends_before, new.ended_at, new.ended_by = new.made_at, work.now, work.actor.id
    work.record(SeriesChanged(new.id, new.patient_id))


def _old_times(
    row: Series, new: Series, since: datetime, rows: list[Appointment]
) -> dict[datetime, datetime]:
    """Tell for each time of the new series which one of the old it answers to."""
    length = rows[0].ends_at - rows[0].starts_at
    plan, _ = recurring.plan_of(row, length)
    before = {one.number: one.span.start for one in series.expand(plan)}
    first = next(number for number, at in before.items() if at == since)
    after = series.expand(recurring.plan_of(new, length)[0])
    return {one.span.start: before[one.number + first - 1] for one in after}
