"""Planning: from an order to the doses that stand in the chart, each at its instant in UTC.

Doses are worked out for three days ahead; an errand plans on once a day. What was done with a
dose is never touched: only doses nobody has touched, and that can still be given, are taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from domain import schedules, windows
from domain.access import Permission
from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Code, Frequency, Kind
from domain.orders import CriticalDose, OrderKind, RequestStatus
from domain.schedules import First, Plan, Planned, Step
from realtime.topics import Topic
from ward.db import new_id
from ward.medications.details import GivenAmount, OrderDetail
from ward.medications.held import Held
from ward.medications.line import Line
from ward.medications.models import ClockNote, MedicationRequest, ScheduledDose
from ward.medications.order_errands import DoseClosing, OrderEnds, PlanAhead
from ward.work import Work

HORIZON = timedelta(hours=72)
AGAIN = timedelta(hours=24)  # how often an order is planned on
WATCHED = AGAIN + timedelta(hours=2)  # so far ahead, screens and errands know of each instant
JUST_AFTER = timedelta(microseconds=1)
_LOOK_BEYOND = timedelta(days=2)
_VIEW = Permission.VIEW_MEDICATIONS
_WRITE = Permission.PRESCRIBE
_ONE_DOSE = frozenset({Code.STAT, Code.ONCE})
_OPEN = frozenset({Status.PLANNED, Status.RUNNING, Status.PAUSED})


def frequency_of(detail: OrderDetail, held: Held) -> Frequency:
    """Give the frequency of an order at its own times, or at those of the ward."""
    return held.settings.frequency(detail.frequency, detail.times)


def plan_of(request: MedicationRequest, detail: OrderDetail, held: Held) -> Plan:
    """Write an order as the rules of time read it; refused when it leaves open when or how much."""
    steps = tuple(Step(step.dose, step.days) for step in detail.steps) or (Step(detail.dose),)
    limits = detail.limits
    minutes = limits.min_interval_minutes if limits else None
    return Plan(
        frequency=frequency_of(detail, held),
        start=request.starts_at,
        zone=held.zone,
        steps=steps,
        stop=request.stops_at,
        count=detail.count,
        weekday=detail.weekday,
        monthday=detail.monthday,
        first=detail.first,
        least_gap=timedelta(minutes=minutes) if minutes else None,
    )


async def plan(work: Work, held: Held, line: Line, *, since: datetime | None = None) -> None:
    """Have the doses of an order stand in the chart for three days ahead, none of them twice.

    `since` is from when; otherwise from where planning had come to.
    """
    request = line.request
    if line.detail.kind is OrderKind.AS_REQUIRED or not request.status.stands:
        return
    until = work.now + HORIZON
    since = since or request.planned_until
    known = await doses_of(work, request.id)
    wanted = _wanted(line, held, known, since, until)
    await _settle(work, held, line, known, wanted)


async def replan(work: Work, held: Held, line: Line) -> None:
    """Take back what nobody has touched, and plan anew; what was done stays as it is."""
    gone = await cancel(work, line.request.id)
    since = min([work.now, *(dose.due_at for dose in gone)])
    await plan(work, held, line, since=since)


async def follow(work: Work, held: Held, line: Line) -> None:
    """Have the doses follow a patient to another ward: its times, its clock, its screens."""
    waiting = await _waiting(work, line.request.id)
    others = {dose.id for dose in waiting}
    known = [dose for dose in await doses_of(work, line.request.id) if dose.id not in others]
    until = line.request.planned_until or work.now
    since = min([work.now, *(dose.due_at for dose in waiting)])
    if line.detail.kind is OrderKind.AS_REQUIRED:
        return
    wanted = _wanted(line, held, known, since, until)
    width = _width(held, line)
    there = {(dose.due_at, dose.opens_at) for dose in waiting}
    if there == {(one.dose.at, one.dose.at - width) for one in wanted}:
        await watch(work, held, line)
    else:
        await replan(work, held, line)


async def exhausted(work: Work, held: Held, line: Line) -> bool:
    """Tell whether the last dose of an order is past, so that nothing will ever fall due again."""
    detail = line.detail
    finite = detail.frequency in _ONE_DOSE or detail.count is not None
    tapered = bool(detail.steps) and detail.steps[-1].days is not None
    known = await doses_of(work, line.request.id)
    if not known or not (finite or tapered) or any(dose.status in _OPEN for dose in known):
        return False
    far = _beyond(plan_of(line.request, detail, held), known[-1].due_at)
    return not _wanted(line, held, known, known[-1].due_at + JUST_AFTER, far)


async def shift(work: Work, held: Held, line: Line, given_at: datetime) -> None:
    """Let the rest of an order by the hour follow a late dose that was given at this instant."""
    if held.settings.frequency(line.detail.frequency).kind is not Kind.ELAPSED:
        raise NotAllowed("Only an order by the hour can be shifted.", "schedule.clock")
    await cancel(work, line.request.id)
    known = await doses_of(work, line.request.id)
    whole = replace(plan_of(line.request, line.detail, held), anchor=given_at, count=None)
    until = work.now + HORIZON
    found = schedules.doses(whole, _beyond(whole, until), given_at + JUST_AFTER)
    await _settle(work, held, line, known, _counted(line.detail, known, found, until))


async def _settle(
    work: Work, held: Held, line: Line, known: Sequence[ScheduledDose], wanted: Sequence["_Wanted"]
) -> None:
    """Write the new doses down, and have screens and errands know of them."""
    if known and wanted and known[-1].status is Status.PLANNED:
        known[-1].next_at = wanted[0].dose.at
    await _put(work, held, line, wanted)
    line.request.planned_until = work.now + HORIZON
    await work.flush()
    await watch(work, held, line)
    _errands(work, line)


async def cancel(
    work: Work, request_id: UUID, *, permission: Permission = _VIEW
) -> list[ScheduledDose]:
    """Take back every dose that nobody has touched and that is not missed; return them.

    A missed dose stays: somebody must still say why it was not given.
    """
    gone = await _waiting(work, request_id, permission)
    for dose in gone:
        dose.status = Status.CANCELLED
    await work.flush()
    return gone


async def _waiting(
    work: Work, request_id: UUID, permission: Permission = _VIEW
) -> list[ScheduledDose]:
    mine = select(ScheduledDose).where(
        ScheduledDose.request_id == request_id,
        ScheduledDose.status == Status.PLANNED,
        or_(ScheduledDose.next_at.is_(None), ScheduledDose.next_at > work.now),
    )
    locked = mine.order_by(ScheduledDose.id).with_for_update(of=ScheduledDose)
    return await work.every(locked, permission)


async def doses_of(work: Work, request_id: UUID) -> list[ScheduledDose]:
    """List the doses of an order that count, oldest first."""
    counted = select(ScheduledDose).where(
        ScheduledDose.request_id == request_id,
        ScheduledDose.status.not_in([Status.CANCELLED, Status.ENTERED_IN_ERROR]),
    )
    return await work.every(counted.order_by(ScheduledDose.due_at), _VIEW)


@dataclass(frozen=True, slots=True)
class _Wanted:
    dose: Planned
    next_at: datetime | None


def _wanted(
    line: Line,
    held: Held,
    known: Sequence[ScheduledDose],
    since: datetime | None,
    until: datetime,
) -> list[_Wanted]:
    """Work out which doses are to stand from `since` on; those that stand already are left out."""
    whole = replace(plan_of(line.request, line.detail, held), count=None)
    if whole.frequency.kind is Kind.ELAPSED and known:
        whole = replace(whole, anchor=known[-1].due_at)
        since = max(since or known[-1].due_at, known[-1].due_at + JUST_AFTER)
    since = _after_the_last(whole, known, since)
    taken = {dose.due_at for dose in known}
    found = schedules.doses(whole, _beyond(whole, until), since)
    fresh = [dose for dose in found if dose.at not in taken]
    return _counted(line.detail, known, fresh, until)


def _after_the_last(
    whole: Plan, known: Sequence[ScheduledDose], since: datetime | None
) -> datetime | None:
    """Keep the next dose away from one that went in: half of the interval, unless confirmed."""
    done = [dose.due_at for dose in known if dose.status.went_in]
    if since is None or not done:
        return since
    confirmed = whole.first is First.NOW_CONFIRMED
    usual = timedelta(0) if confirmed else whole.frequency.least_gap
    return max(since, done[-1] + max(usual, whole.least_gap or timedelta(0)))


def _beyond(whole: Plan, until: datetime) -> datetime:
    """Look so far beyond that the dose after the last one is seen too."""
    interval = whole.frequency.interval or timedelta(0)
    return until + max(2 * interval, _LOOK_BEYOND)


def _counted(
    detail: OrderDetail,
    known: Sequence[ScheduledDose],
    found: Iterable[Planned],
    until: datetime,
) -> list[_Wanted]:
    """Keep to the number of doses an order has, and tell each dose which one comes next."""
    listed = list(found)
    if detail.count is not None:
        listed = listed[: max(0, detail.count - len(known))]
    ends = [*(dose.at for dose in listed[1:]), None]
    pairs = zip(listed, ends, strict=False)
    return [_Wanted(dose, next_at) for dose, next_at in pairs if dose.at < until]


async def _put(work: Work, held: Held, line: Line, wanted: Sequence[_Wanted]) -> None:
    """Write doses down, each with its window and what the clock of the ward was meant to show."""
    request, detail = line.request, line.detail
    width = _width(held, line)
    for one in wanted:
        dose = one.dose
        row = ScheduledDose(
            id=new_id(),
            patient_id=request.patient_id,
            request_id=request.id,
            due_at=dose.at,
            opens_at=dose.at - width,
            closes_at=dose.at + width,
            next_at=one.next_at,
            wall=f"{dose.wall:%Y-%m-%dT%H:%M}" if dose.wall else None,
            zone=held.zone.key,
            clock_note=_note(dose),
            revision=request.revision,
        )
        await work.seal(row, amount=GivenAmount(dose.amount, detail.unit))
        work.add(row, _permission(work))


def _width(held: Held, line: Line) -> timedelta:
    """Give half of the window of a dose."""
    critical = line.request.timing is CriticalDose.TIME_CRITICAL
    tolerances = held.settings.widths.tolerances
    frequency = frequency_of(line.detail, held)
    width = windows.tolerance(frequency, time_critical=critical, settings=tolerances)
    assert width is not None  # as required has no doses
    return width


def _permission(work: Work) -> Permission:
    """Name what explains the write: prescribing, or what else this work may do with medicines."""
    others = (Permission.RECORD_VERBAL, Permission.GIVE_MEDICATION, Permission.VERIFY_MEDICATION)
    return next((one for one in (_WRITE, *others) if work.may(one)), _WRITE)


def _note(dose: Planned) -> ClockNote | None:
    if dose.moved:
        return ClockNote.MOVED
    return ClockNote.REPEATED if dose.repeated else None


async def watch(work: Work, held: Held, line: Line) -> None:
    """Have every screen that shows a dose of the coming day turn at the second."""
    if line.request.status is not RequestStatus.ACTIVE:
        return
    critical = line.request.timing is CriticalDose.TIME_CRITICAL
    patient, ward = held.patient.id, held.ward.id
    topics = (
        Topic("medications", patient),
        Topic("chart", patient),
        Topic("beds", ward),
        Topic("care", ward),
    )
    for dose in await _untouched(work, line.request.id, work.now + WATCHED):
        moments = (dose.opens_at, dose.due_at, dose.closes_at + JUST_AFTER, dose.next_at)
        for at in {moment for moment in moments if moment and moment > work.now}:
            for topic in topics:
                work.due(topic, at)
        if critical and dose.closes_at > work.now:
            work.later(DoseClosing(dose.id), dose.closes_at + JUST_AFTER)


async def _untouched(work: Work, request_id: UUID, until: datetime) -> list[ScheduledDose]:
    soon = select(ScheduledDose).where(
        ScheduledDose.request_id == request_id,
        ScheduledDose.status == Status.PLANNED,
        ScheduledDose.opens_at < until,
    )
    return await work.every(soon.order_by(ScheduledDose.due_at), _VIEW)


def _errands(work: Work, line: Line) -> None:
    """Plan on tomorrow, and end the order when its time is over."""
    request = line.request
    if line.detail.frequency in _ONE_DOSE:
        return
    work.later(PlanAhead(request.id), work.now + AGAIN)
    if request.stops_at is not None:
        work.later(OrderEnds(request.id, request.stops_at), max(request.stops_at, work.now))
