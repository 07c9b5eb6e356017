"""Dose rows: doses written into the chart, and who must know at which instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain import windows
from domain.access import Permission
from domain.doses import Status
from domain.frequencies import Code
from domain.orders import CriticalDose, RequestPriority, RequestStatus
from domain.schedules import Planned
from realtime.topics import Topic
from ward.db import new_id
from ward.medications.details import GivenAmount
from ward.medications.held import Held
from ward.medications.line import Line
from ward.medications.models import ClockNote, ScheduledDose
from ward.medications.order_errands import DoseClosing, OrderEnds, PlanAhead
from ward.work import Work

AGAIN = timedelta(hours=24)  # how often an order is planned on
WATCHED = AGAIN + timedelta(hours=2)  # so far ahead, screens and errands know of each instant
JUST_AFTER = timedelta(microseconds=1)
ONE_DOSE = frozenset({Code.STAT, Code.ONCE})
_VIEW, _WRITE = Permission.VIEW_MEDICATIONS, Permission.PRESCRIBE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A dose that is to stand in the chart, and when the next one of its order is due."""

    dose: Planned
    next_at: datetime | None


async def put(work: Work, held: Held, line: Line, wanted: Sequence[Wanted]) -> list[ScheduledDose]:
    """Write doses down, each with its window and what the clock of the ward was meant to show."""
    request, detail = line.request, line.detail
    width, made = width_of(held, line), []
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
        made.append(row)
    return made


def width_of(held: Held, line: Line) -> timedelta:
    """Give half of the window of a dose."""
    critical = line.request.timing is CriticalDose.TIME_CRITICAL
    tolerances = held.settings.widths.tolerances
    frequency = held.settings.frequency(line.detail.frequency, line.detail.times)
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
    if line.request.status is RequestStatus.ACTIVE:
        turn(work, held, line, await _untouched(work, line.request.id, work.now + WATCHED))


def turn(work: Work, held: Held, line: Line, doses: Iterable[ScheduledDose]) -> None:
    """Have screens turn when windows open and close, and somebody look after what is urgent."""
    request = line.request
    critical = request.timing is CriticalDose.TIME_CRITICAL
    told = critical or request.priority is RequestPriority.STAT
    patient, ward = held.patient.id, held.ward.id
    topics = (
        Topic("medications", patient),
        Topic("chart", patient),
        Topic("beds", ward),
        Topic("care", ward),
    )
    for dose in doses:
        if dose.opens_at >= work.now + WATCHED:
            continue
        moments = (dose.opens_at, dose.due_at, dose.closes_at + JUST_AFTER, dose.next_at)
        for at in {moment for moment in moments if moment and moment > work.now}:
            for topic in topics:
                work.due(topic, at)
        if told and dose.closes_at > work.now:
            work.later(DoseClosing(dose.id), dose.closes_at + JUST_AFTER)


async def _untouched(work: Work, request_id: UUID, until: datetime) -> list[ScheduledDose]:
    soon = select(ScheduledDose).where(
        ScheduledDose.request_id == request_id,
        ScheduledDose.status == Status.PLANNED,
        ScheduledDose.opens_at < until,
    )
    return await work.every(soon.order_by(ScheduledDose.due_at), _VIEW)


def errands(work: Work, line: Line) -> None:
    """Plan on tomorrow, and end the order when its time is over."""
    request = line.request
    if line.detail.frequency in ONE_DOSE:
        return
    work.later(PlanAhead(request.id), work.now + AGAIN)
    if request.stops_at is not None:
        work.later(OrderEnds(request.id, request.stops_at), max(request.stops_at, work.now))
