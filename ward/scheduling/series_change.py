"""Series change: one appointment of a series, it and what follows, or all that are to come.

A change of more than one is one transaction: all of it, or a report of what is in the way. What
is given another time becomes a series of its own, which follows the one it was cut from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import recurrence, series
from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.series import Extent, Occurrence
from ward.db import new_id
from ward.scheduling import cancel, recurring
from ward.scheduling.events import SeriesChanged
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.models import Appointment, Series
from ward.scheduling.recurring import Met, SeriesClashing, Solved
from ward.scheduling.reschedule import NewTime, reschedule
from ward.scheduling.taken import taken_by
from ward.work import Work

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_APPOINTMENTS
WITH_IT = "With the series"
BOOKED = AppointmentStatus.BOOKED


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a series is cut: what was meant for `since` or later is changed."""

    row: Series
    chosen: Appointment
    since: datetime
    rows: tuple[Appointment, ...]  # meant for then or later, whatever became of them


async def cancel_some(  # noqa: PLR0913 - which, how much of it, and why
    work: Work,
    appointment_id: UUID,
    extent: Extent,
    reason: CancellationReason,
    text: str,
    *,
    seen: int | None,
) -> Appointment:
    """Cancel one appointment of a series, or also what follows it; what it had taken is free."""
    cut = await _cut(work, appointment_id, extent, seen)
    if cut is None:
        return await cancel.cancel(work, appointment_id, reason, text, seen=seen)
    done = await cancel.cancel(work, cut.chosen.id, reason, text, seen=seen)
    for one in cut.rows:
        if one.id != done.id and one.status is BOOKED:
            await cancel.cancel(work, one.id, reason, WITH_IT, seen=None, many=True)
    _end(work, cut.row, cut.since)
    return done


async def move_some(  # noqa: PLR0913 - which, how much of it, where to, and what was solved
    work: Work,
    appointment_id: UUID,
    extent: Extent,
    to: NewTime,
    solved: Mapping[int, Solved],
    *,
    seen: int | None,
) -> Appointment:
    """Give one appointment of a series another time, or also what follows it.

    SeriesClashing lists each that cannot be moved; nothing is, until each is solved. One that was
    moved by itself before stays where it is.
    """
    cut = await _cut(work, appointment_id, extent, seen)
    if cut is None:
        return await reschedule(work, appointment_id, to, seen=seen)
    lot = await _lot(work, cut, to)
    await work.flush()
    met = [found for one in lot.order if (found := await _move(work, lot, one, solved))]
    if met:
        met.sort(key=lambda one: one.occurrence.number)
        fine = len(lot.order) - len(met)
        raise SeriesClashing(met, fine, cut.row.zone, moves=True)
    return cut.chosen


async def _cut(work: Work, appointment_id: UUID, extent: Extent, seen: int | None) -> Cut | None:
    """Find what a change is meant for; None when it is one appointment alone."""
    chosen = await work.access(Appointment, appointment_id, MAY, seen=seen)
    if extent is Extent.THIS or chosen.series_id is None or chosen.original_start is None:
        return None
    row = await work.access(Series, chosen.series_id, MAY, lock=True)
    rows = await recurring.of_series(work, row.id)
    since = chosen.original_start
    if extent is Extent.ALL:
        coming = (one for one in rows if one.status is BOOKED and one.starts_at > work.now)
        since = min([since, *(one.original_start for one in coming if one.original_start)])
    after = [one for one in rows if one.original_start and one.original_start >= since]
    return Cut(row, chosen, since, tuple(after))


def _end(work: Work, row: Series, since: datetime) -> None:
    row.ends_before, row.ended_at, row.ended_by = since, work.now, work.actor.id
    work.record(SeriesChanged(row.id, row.patient_id))


@dataclass(frozen=True, slots=True)
class Lot:
    """What moves together: in which order, to which times, and with whom."""

    cut: Cut
    to: NewTime
    order: tuple[tuple[Appointment, Occurrence], ...]
    resources: Mapping[UUID, tuple[UUID, ...]]  # of those who keep their own


async def _lot(work: Work, cut: Cut, to: NewTime) -> Lot:
    """Cut the series in two, and tell each appointment of the new one which time is its."""
    length = cut.chosen.ends_at - cut.chosen.starts_at
    new, times = planned(cut.row, cut.chosen, cut.since, to.wall, length)
    row = await _followed(work, cut, new)
    _end(work, cut.row, cut.since)
    pairs = list[tuple[Appointment, Occurrence]]()
    for one in cut.rows:
        assert one.original_start is not None
        there = times.get(one.original_start)
        if there is None:
            continue
        stands = one.status is BOOKED and one.starts_at == one.original_start
        one.series_id, one.original_start = row.id, there.span.start
        if stands or one is cut.chosen:
            pairs.append((one, there))
    later = to.start > cut.chosen.starts_at
    pairs.sort(key=lambda pair: pair[1].number, reverse=later)  # nobody steps on another's place
    taken = await taken_by(work, [one.id for one, _ in pairs])
    own = set(taken[cut.chosen.id]) == set(to.resources)
    return Lot(cut, to, tuple(pairs), taken if own else {})


def planned(
    row: Series, chosen: Appointment, since: datetime, wall: str, length: timedelta
) -> tuple[series.Series, dict[datetime, Occurrence]]:
    """Work out the series that begins at a cut, and which of its times answers to which old one."""
    plan, left_out = recurring.plan_of(row, length)
    days = frozenset(datetime.strptime(day, "%Y%m%d").date() for day in left_out)  # noqa: DTZ007
    numbers = {one.span.start: one.number for one in series.expand(plan)}
    first = numbers.get(since)
    if first is None or chosen.original_start not in numbers:
        raise NotAllowed("This is no appointment of the series.", "series.number")
    number = numbers[chosen.original_start]
    plan = replace(plan, without=days)
    new = series.moved(plan, number, datetime.fromisoformat(wall), since=first)
    found = {one.number: one for one in series.expand(replace(new, without=frozenset()))}
    times = {at: found[nth - first + 1] for at, nth in numbers.items() if nth - first + 1 in found}
    return new, times


async def _followed(work: Work, cut: Cut, new: series.Series) -> Series:
    left_out = sorted(f"EXDATE:{day:%Y%m%d}" for day in new.without)
    row = Series(
        id=new_id(),
        patient_id=cut.row.patient_id,
        ward_id=cut.row.ward_id,
        visit_type_id=cut.row.visit_type_id,
        rule="\n".join([recurrence.text(new.rule), *left_out]),
        wall=new.first.strftime("%Y-%m-%dT%H:%M"),
        made_at=work.now,
        made_by=work.actor.id,
        follows_id=cut.row.id,
    )
    work.add(row, MAY)
    await work.flush()  # before what becomes its own
    return row


async def _move(
    work: Work,
    lot: Lot,
    pair: tuple[Appointment, Occurrence],
    solved: Mapping[int, Solved],
) -> Met | None:
    """Move one of them to where the series has it, or to where it was solved."""
    row, there = pair
    choice = solved.get(there.number)
    if choice is not None and choice.start is None:
        return None  # it stays where it is
    start = choice.start if choice and choice.start else there.span.start
    local = start.astimezone(ZoneInfo(lot.cut.row.zone))
    keeps = lot.resources.get(row.id, tuple(lot.to.resources))
    to = replace(
        lot.to,
        start=start,
        wall=local.strftime("%Y-%m-%dT%H:%M"),
        fold=local.fold,
        resources=choice.resources if choice and choice.resources else keeps,
        reason=lot.to.reason or WITH_IT,
        along=_along(lot, solved),
    )
    try:
        await reschedule(work, row.id, to, seen=None)
    except Clashing as clash:
        await clash.complete()  # now: where others of the series have moved is no opening
        return Met(there, clash)
    return None


def _along(lot: Lot, solved: Mapping[int, Solved]) -> frozenset[UUID]:
    """Name all that move: none of them is in the way of another."""
    stay = {number for number, one in solved.items() if one.start is None}
    return frozenset(row.id for row, there in lot.order if there.number not in stay)
