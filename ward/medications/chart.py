"""Chart: the medicines of a patient over four days, as projections the templates write down.

Instants are told, never how long ago they are; what is due and overdue turns when the chart is
drawn again, at the instants that planning names.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from domain.access import D4
from domain.doses import Status
from domain.orders import OrderKind, RequestStatus
from ward.medications import chart_read
from ward.medications.afterwards import written_late
from ward.medications.chart_cells import (
    CellView,
    DayView,
    Look,
    cells,
    day_view,
    locking,
    state,
)
from ward.medications.chart_days import Column, Days, columns, days_of, minute
from ward.medications.chart_notes import ChangeView, Note, PumpView, changes, ended, notes, pump
from ward.medications.chart_prn import PrnView, prn_view
from ward.medications.chart_read import Rows
from ward.medications.claims import Claim
from ward.medications.line import Line
from ward.medications.words import LineWords, line_words
from ward.patients import banner
from ward.patients.models import Patient
from ward.projections import projection
from ward.work import Work

NOT_FOR_CARE = (RequestStatus.CANCELLED, RequestStatus.WRONG)


@projection(D4)
class LineView:
    """One line of the chart.

    `rank`: 0 overdue, 1 due, 2 next or running, 3 later that day, 4 no more that day, 5 ended.
    """

    id: UUID
    words: LineWords
    status: RequestStatus
    kind: OrderKind
    route: str
    rank: int
    first: datetime | None  # of what makes the rank, to order equals
    notes: tuple[Note, ...]
    before: tuple[DayView, ...]
    cells: tuple[tuple[CellView, ...], ...]  # by column
    after: DayView
    ahead: tuple[CellView, ...]  # what is still to do, whatever its day
    prn: PrnView | None
    pump: PumpView | None
    locked: bool
    ended: str  # when and by whom it was stopped
    late: bool  # what was given before may still be written down


@projection(D4)
class Counts:
    """What the head of the chart tells; `next_at` is the next dose of the whole chart."""

    overdue: int
    due: int
    missed: int
    next_at: datetime | None
    lines: int
    prn: int
    day: date
    is_today: bool
    clocks: str


@projection(D4)
class Head:
    """The times over the grid, and the days beside them."""

    days: tuple[date, ...]
    selected: date
    is_today: bool
    columns: tuple[Column, ...]


@projection(D4)
class Chart:
    """All of it."""

    counts: Counts
    head: Head
    lines: tuple[LineView, ...]
    changes: tuple[ChangeView, ...]
    claims: tuple[Claim, ...]


async def chart(work: Work, patient_id: UUID, day: date | None) -> Chart:
    """Answer: what is this patient given, and what was done with each dose, around a day?"""
    patient, _ = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    return await of(work, patient, days_of(day, work.now, zone))


async def of(work: Work, patient: Patient, days: Days) -> Chart:
    """Answer the same of a patient that is open already."""
    return drawn(await chart_read.read(work, patient, days))


def drawn(rows: Rows) -> Chart:
    """Put the rows into lines and cells."""
    next_at = _next(rows)
    by_line = {line.request.id: cells(rows, line, next_at) for line in rows.lines}
    shown = [line for line in rows.lines if line.request.status not in NOT_FOR_CARE]
    every = [one for line in shown for one in by_line[line.request.id]]
    today = (one.due_at for one in every if one.day == rows.days.selected)
    times = columns(today, rows.days.zone)
    lines = tuple(_line(rows, line, by_line[line.request.id], times) for line in shown)
    return Chart(
        counts=_counts(rows, lines, every, next_at),
        head=Head(rows.days.all, rows.days.selected, rows.days.is_today, times),
        lines=lines,
        changes=tuple(changes(rows, shown)),
        claims=tuple(rows.claims),
    )


def _next(rows: Rows) -> datetime | None:
    """Tell when the next dose of the whole chart is due, of those whose window is not open."""
    active = [line for line in rows.lines if line.request.status is RequestStatus.ACTIVE]
    ahead = (
        dose.due_at
        for line in active
        for dose in rows.doses.get(line.request.id, [])
        if state(dose, line.request.status, rows.now) is Status.PLANNED
    )
    return min(ahead, default=None)


def _counts(
    rows: Rows, lines: Sequence[LineView], every: Sequence[CellView], next_at: datetime | None
) -> Counts:
    def count(what: Status) -> int:
        return sum(one.clock is what for one in every)

    return Counts(
        overdue=count(Status.OVERDUE),
        due=count(Status.DUE),
        missed=sum(one.clock is Status.MISSED and one.day == rows.days.selected for one in every),
        next_at=next_at,
        lines=len(lines),
        prn=sum(line.prn is not None for line in lines),
        day=rows.days.selected,
        is_today=rows.days.is_today,
        clocks=rows.days.change(),
    )


def _line(
    rows: Rows,
    line: Line,
    mine: Sequence[CellView],
    times: Sequence[Column],
) -> LineView:
    request, days = line.request, rows.days
    rank, first = _rank(rows, line, mine)
    *before, _, after = (day_view(rows, line, day, mine) for day in days.all)
    prn = line.detail.kind is OrderKind.AS_REQUIRED and request.status.stands
    hours: dict[datetime, list[CellView]] = {}
    for one in mine:
        hours.setdefault(minute(one.due_at), []).append(one)
    return LineView(
        id=request.id,
        words=line_words(line.detail),
        status=request.status,
        kind=line.detail.kind,
        route=line.detail.route.word,
        rank=rank,
        first=first,
        notes=tuple(notes(rows, line)),
        before=tuple(before),
        cells=tuple(tuple(hours.get(at.at, ())) for at in times),
        after=after,
        ahead=tuple(one for one in mine if one.look.open or one.look is Look.LOCKED),
        prn=prn_view(rows, line) if prn else None,
        pump=pump(rows, line),
        locked=locking(rows, line),
        ended=ended(rows, line),
        late=written_late(request, rows.now),
    )


def _rank(rows: Rows, line: Line, mine: Sequence[CellView]) -> tuple[int, datetime | None]:
    """Order lines by what is to be done: overdue, due, next, later, no more, ended."""
    if not line.request.status.stands:
        return 5, None
    for rank, looks in enumerate(_RANKS):
        owed = [one.due_at for one in mine if one.look in looks or one.clock.value in looks]
        if owed:
            return rank, min(owed)
    ahead = [one.due_at for one in mine if one.due_at > rows.now and one.day == rows.days.selected]
    return (3, min(ahead)) if ahead else (4, None)


_RANKS = (
    {Look.OVERDUE.value},
    {Look.DUE.value},
    {Look.NEXT.value, Look.PREPARING.value, Look.RUNNING.value, Look.PAUSED.value},
)
