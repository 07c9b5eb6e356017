"""Planning: from an order to the doses that stand in the chart, each at its instant in UTC.

Doses are worked out for three days ahead; an errand plans on once a day. What was done with a
dose is never touched: only doses nobody has touched, and that can still be given, are taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from domain import schedules
from domain.access import Permission
from domain.doses import Status
from domain.errors import NotAllowed
from domain.frequencies import Frequency, Kind
from domain.orders import OrderKind
from domain.schedules import First, Plan, Planned, Step
from ward.medications.details import OrderDetail
from ward.medications.dose_rows import (
    JUST_AFTER,
    ONE_DOSE,
    Wanted,
    errands,
    put,
    turn,
    watch,
    width_of,
)
from ward.medications.held import Held
from ward.medications.line import Line
from ward.medications.models import MedicationAdministration, MedicationRequest, ScheduledDose
from ward.work import Work

HORIZON = timedelta(hours=72)
#: How long a form may lie open: an order does not start earlier than this. Engineering default.
FILLED_IN = timedelta(minutes=15)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
_LOOK_BEYOND = timedelta(days=2)
_VIEW = Permission.VIEW_MEDICATIONS
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


async def begin(work: Work, held: Held, line: Line) -> None:
    """Plan an order that was just signed; what lies before this moment is not made up for."""
    if line.detail.kind is OrderKind.AS_REQUIRED:
        return
    since = work.now - FILLED_IN if line.request.starts_at < work.now - FILLED_IN else None
    whole = replace(plan_of(line.request, line.detail, held), count=None)
    wanted = _fresh(line, (), whole, since, work.now + HORIZON)
    turn(work, held, line, await put(work, held, line, wanted))
    errands(work, line)


async def replan(work: Work, held: Held, line: Line, *, same: bool = False) -> None:
    """Take back what nobody has touched, and plan anew; what was done stays as it is.

    `same` is whether the order is given as often as before: then no dose is left out because it
    falls somewhat earlier now, and hours that elapse go on as they were.
    """
    gone = await cancel(work, line.request.id)
    known = await doses_of(work, line.request.id)
    if line.detail.kind is OrderKind.AS_REQUIRED or not line.request.status.stands:
        return
    wanted = await _anew(work, held, line, known, gone, same=same)
    await _settle(work, held, line, known, wanted)


async def follow(work: Work, held: Held, line: Line) -> None:
    """Have the doses follow a patient to another ward: its times, its clock, its screens."""
    if line.detail.kind is OrderKind.AS_REQUIRED:
        return
    waiting = await _waiting(work, line.request.id)
    others = {dose.id for dose in waiting}
    known = [dose for dose in await doses_of(work, line.request.id) if dose.id not in others]
    wanted = await _anew(work, held, line, known, waiting, same=True)
    width, until = width_of(held, line), line.request.planned_until or work.now
    there = {(dose.due_at, dose.opens_at) for dose in waiting}
    here = {(one.dose.at, one.dose.at - width) for one in wanted if one.dose.at < until}
    if there == here:
        await watch(work, held, line)
    else:
        await replan(work, held, line, same=True)


async def _anew(  # noqa: PLR0913 - what was, and how it goes on
    work: Work,
    held: Held,
    line: Line,
    known: Sequence[ScheduledDose],
    gone: Sequence[ScheduledDose],
    *,
    same: bool,
) -> list[Wanted]:
    """Work out the doses that come instead of those that are gone."""
    whole = replace(plan_of(line.request, line.detail, held), count=None)
    since = min([work.now, *(dose.due_at for dose in gone)])
    last = await _last_in(work, line.request.id, known)
    if whole.frequency.kind is Kind.ELAPSED:
        every = whole.frequency.every or timedelta(0)
        anchor = gone[0].due_at - every if same and gone else last
        whole = replace(whole, anchor=anchor)
    elif same and gone:  # the time of this dose may be earlier now, by less than half an interval
        since = min(since, gone[0].due_at - whole.frequency.least_gap + JUST_AFTER)
    stood = {dose.due_at for dose in gone}
    least_at = _after_the_last(whole, last)
    found = _instants(known, whole, since, work.now + HORIZON)
    kept = [dose for dose in found if dose.at >= least_at or dose.at in stood]
    return _counted(line.detail, known, kept, work.now + HORIZON)


async def _last_in(work: Work, request_id: UUID, known: Sequence[ScheduledDose]) -> datetime | None:
    """Tell when a dose of the order went in last: when it was given, not when it was due."""
    done = [dose.due_at for dose in known if dose.status.went_in]
    if not done:
        return None
    mine = select(MedicationAdministration).where(
        MedicationAdministration.request_id == request_id,
        MedicationAdministration.voided_at.is_(None),
        MedicationAdministration.status.in_([one for one in Status if one.went_in]),
    )
    newest = mine.order_by(MedicationAdministration.occurred_at.desc()).limit(1)
    rows = await work.every(newest, _VIEW)
    return rows[0].occurred_at if rows else done[-1]


async def exhausted(work: Work, held: Held, line: Line) -> bool:
    """Tell whether the last dose of an order is past, so that nothing will ever fall due again."""
    detail = line.detail
    finite = detail.frequency in ONE_DOSE or detail.count is not None
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
    work: Work, held: Held, line: Line, known: Sequence[ScheduledDose], wanted: Sequence[Wanted]
) -> None:
    """Write the new doses down, and have screens and errands know of them."""
    if known and wanted and known[-1].status is Status.PLANNED:
        known[-1].next_at = wanted[0].dose.at
    await put(work, held, line, wanted)
    line.request.planned_until = work.now + HORIZON
    await work.flush()
    await watch(work, held, line)
    errands(work, line)


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


def _wanted(
    line: Line,
    held: Held,
    known: Sequence[ScheduledDose],
    since: datetime | None,
    until: datetime,
) -> list[Wanted]:
    """Work out which doses are to stand from `since` on; those that stand already are left out."""
    whole = replace(plan_of(line.request, line.detail, held), count=None)
    if whole.frequency.kind is Kind.ELAPSED and known:
        whole = replace(whole, anchor=known[-1].due_at)
        since = max(since or known[-1].due_at, known[-1].due_at + JUST_AFTER)
    return _fresh(line, known, whole, since, until)


def _fresh(
    line: Line,
    known: Sequence[ScheduledDose],
    whole: Plan,
    since: datetime | None,
    until: datetime,
) -> list[Wanted]:
    return _counted(line.detail, known, _instants(known, whole, since, until), until)


def _instants(
    known: Sequence[ScheduledDose], whole: Plan, since: datetime | None, until: datetime
) -> list[Planned]:
    """List the doses from `since` on but those that stand already, and a few beyond the end."""
    taken = {dose.due_at for dose in known}
    found = schedules.doses(whole, _beyond(whole, until), since)
    return [dose for dose in found if dose.at not in taken]


def _after_the_last(whole: Plan, last: datetime | None) -> datetime:
    """Tell from when a further dose may be due: half an interval after one that went in.

    What stood in the chart already keeps its time: whoever gave the last dose late has seen it.
    """
    if last is None:
        return LONG_AGO
    confirmed = whole.first is First.NOW_CONFIRMED
    usual = timedelta(0) if confirmed else whole.frequency.least_gap
    return last + max(usual, whole.least_gap or timedelta(0))


def _beyond(whole: Plan, until: datetime) -> datetime:
    """Look so far beyond that the dose after the last one is seen too."""
    interval = whole.frequency.interval or timedelta(0)
    return until + max(2 * interval, _LOOK_BEYOND)


def _counted(
    detail: OrderDetail,
    known: Sequence[ScheduledDose],
    found: Iterable[Planned],
    until: datetime,
) -> list[Wanted]:
    """Keep to the number of doses an order has, and tell each dose which one comes next."""
    listed = list(found)
    if detail.count is not None:
        listed = listed[: max(0, detail.count - len(known))]
    ends = [*(dose.at for dose in listed[1:]), None]
    pairs = zip(listed, ends, strict=False)
    return [Wanted(dose, next_at) for dose, next_at in pairs if dose.at < until]
