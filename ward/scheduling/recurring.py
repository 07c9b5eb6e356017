"""Recurring: a series is booked, each appointment at its own time, and what clashes is solved.

One transaction tells some weeks of calendars; what lies beyond is checked in it, and booked by an
errand right after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import recurrence, series
from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.series import Occurrence
from ward.db import new_id
from ward.errors import WardError
from ward.places.models import Ward
from ward.scheduling import fit
from ward.scheduling.book import Booking, book, wanted_of
from ward.scheduling.errands import SeriesFollows
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.locks import lock
from ward.scheduling.models import Appointment, Series
from ward.scheduling.taken import taken_by
from ward.scheduling.visits import visit
from ward.work import Work

MAY, VIEW = Permission.BOOK_APPOINTMENT, Permission.VIEW_APPOINTMENTS
AT_ONCE = 16  # appointments of one transaction: the day of each is a topic
_OF_SERIES = (
    select(Appointment)
    .where(Appointment.series_id == bindparam("series"))
    .order_by(Appointment.original_start)
)


@dataclass(frozen=True, slots=True)
class Solved:
    """What is made of an appointment that clashes: left out, or at another time."""

    start: datetime | None = None  # None: left out
    resources: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Met:
    """An appointment of a series that clashes, with everything in its way and what fits."""

    occurrence: Occurrence
    clash: Clashing


class SeriesClashing(WardError):
    """Some of a series cannot be had (409): nothing is booked or moved until each is solved."""

    status = 409
    discloses = True

    def __init__(self, met: Sequence[Met], fine: int, zone: str, *, moves: bool = False) -> None:
        deed = "moved" if moves else "booked"
        super().__init__(
            f"Not {deed} yet. {fine} fit; for {len(met)} something is in the way: choose for each."
        )
        self.met, self.fine, self.zone, self.moves = tuple(met), fine, zone, moves


async def book_series(
    work: Work, said: Booking, rule: str, solved: Mapping[int, Solved]
) -> list[Appointment]:
    """Book a series; SeriesClashing lists each appointment that cannot be had, and loses none."""
    ward = await work.access(Ward, said.ward_id, MAY)
    offered = await visit(work, said.ward_id, said.visit_type_id)
    zone = ZoneInfo(ward.zone)
    plan = series.Series(
        first=datetime.fromisoformat(said.wall),
        zone=zone,
        rule=recurrence.parse(rule, zone),
        length=said.length or offered.length,
    )
    row = await _row(work, said, rule, plan, solved)
    booked, met = list[Appointment](), list[Met]()
    await lock(work, _all_of(said, solved))  # all at once: one by one two series could wait
    room = AT_ONCE - _moved(plan, solved)
    for one, wish in _wishes(plan, said, row.id, solved):
        later = one.number not in solved and room <= 0
        room -= one.number not in solved
        try:
            if later:
                await fit.fit(work, wanted_of(wish, offered))
            else:
                booked.append(await book(work, wish))
        except Clashing as clash:
            await clash.complete()  # now: what this very series has booked is no opening
            met.append(Met(one, clash))
    if met:
        raise SeriesClashing(met, len(series.expand(plan)) - len(met), ward.zone)
    if room <= 0:
        work.later(SeriesFollows(row.id, work.now), work.now)
    return booked


def _all_of(said: Booking, solved: Mapping[int, Solved]) -> set[UUID]:
    chosen = {one for choice in solved.values() for one in choice.resources}
    return {said.patient_id, *said.resources, *chosen}


def _moved(plan: series.Series, solved: Mapping[int, Solved]) -> int:
    """Count what is booked at once at another time; as many as one transaction can tell of."""
    walls = {one.number for one in series.expand(plan)}
    moved = sum(number in walls and one.start is not None for number, one in solved.items())
    if moved > AT_ONCE:
        raise NotAllowed(
            f"At most {AT_ONCE} of a series can be given another time at once. Leave some out.",
            "series.solved",
        )
    return moved


async def _row(
    work: Work, said: Booking, rule: str, plan: series.Series, solved: Mapping[int, Solved]
) -> Series:
    left_out = sorted(
        f"EXDATE:{one.wall:%Y%m%d}"
        for one in series.expand(plan)
        if one.number in solved and solved[one.number].start is None
    )
    row = Series(
        id=new_id(),
        patient_id=said.patient_id,
        ward_id=said.ward_id,
        visit_type_id=said.visit_type_id,
        rule="\n".join([rule, *left_out]),
        wall=said.wall,
        made_at=work.now,
        made_by=work.actor.id,
    )
    work.add(row, MAY)
    await work.flush()
    return row


def _wishes(
    plan: series.Series, said: Booking, series_id: UUID, solved: Mapping[int, Solved]
) -> Iterator[tuple[Occurrence, Booking]]:
    """Write each appointment of a series as it is to be booked; those left out are left out."""
    for one in series.expand(plan):
        choice = solved.get(one.number)
        if choice is not None and choice.start is None:
            continue
        start = choice.start if choice and choice.start else one.span.start
        local = start.astimezone(plan.zone)
        yield (
            one,
            replace(
                said,
                start=start,
                wall=local.strftime("%Y-%m-%dT%H:%M"),
                fold=local.fold,
                resources=choice.resources if choice and choice.resources else said.resources,
                series_id=series_id,
                original_start=one.span.start,
            ),
        )


async def follow(work: Work, series_id: UUID) -> None:
    """Book the next appointments of a series that are not booked yet; what clashes is left open."""
    row = await work.access(Series, series_id, MAY, lock=True)
    there = await of_series(work, series_id)
    first = next((one for one in there if one.status is AppointmentStatus.BOOKED), None)
    if first is None:  # all of them were cancelled in that second
        return
    length = first.ends_at - first.starts_at
    plan, left_out = plan_of(row, length)
    known, end = {one.original_start for one in there}, row.ends_before
    said = await _said(work, row, first)
    booked = 0
    for one, wish in _wishes(plan, said, row.id, {}):
        over = end is not None and one.span.start >= end
        if over or one.span.start in known or one.wall.strftime("%Y%m%d") in left_out:
            continue
        if booked == AT_ONCE:
            work.later(SeriesFollows(series_id, work.now), work.now)
            return
        try:
            await book(work, wish)
            booked += 1
        except Clashing:
            continue  # somebody was quicker in that second: the page of the series shows the gap


async def _said(work: Work, row: Series, first: Appointment) -> Booking:
    details = await work.open([first], Appointment.detail)
    taken = await taken_by(work, [first.id])
    return Booking(
        patient_id=row.patient_id,
        ward_id=row.ward_id,
        visit_type_id=row.visit_type_id,
        resources=taken[first.id],
        start=first.starts_at,
        wall=row.wall,
        length=first.ends_at - first.starts_at,
        detail=details[first.id],
    )


def plan_of(row: Series, length: timedelta) -> tuple[series.Series, set[str]]:
    """Read the plan of a series whose appointments last so long, and the days left out."""
    rule, *rest = row.rule.splitlines()
    zone = ZoneInfo(row.zone)
    plan = series.Series(
        first=datetime.fromisoformat(row.wall),
        zone=zone,
        rule=recurrence.parse(rule, zone),
        length=length,
    )
    return plan, {line.partition(":")[2] for line in rest}


async def of_series(work: Work, series_id: UUID) -> list[Appointment]:
    """List the appointments of a series, in the order in which they were meant."""
    return await work.every(_OF_SERIES, VIEW, series=series_id)
