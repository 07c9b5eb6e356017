"""Trend: one test over time, with its interval behind it, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from uuid import UUID

from domain import charts, references
from domain.access import D5
from domain.analytes import ANALYTES, Interval
from domain.charts import Frame, Scale
from ward.labs import words
from ward.labs.judge import read_number
from ward.labs.queries import Found
from ward.labs.views import ResultView, reference, view
from ward.projections import projection

WIDTH, HEIGHT, EDGE, TOP = 320.0, 104.0, 24.0, 22.0  # of the drawing, in its own units
MOST_TICKS = 4
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Dot:
    """A value on the paper; the newest is written beside it."""

    x: float
    y: float
    tone: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A date or an hour under the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """The interval of the newest value."""

    y: float
    height: float
    text: str


@projection(D5)
class Trend:
    """A drawing and its table; `dots` is empty where fewer than two values are numbers."""

    id: UUID
    name: str
    unit: str
    band: Band | None
    line: str
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    values: tuple[ResultView, ...]  # newest first


def trend(found: Sequence[Found], zone: tzinfo) -> Trend | None:
    """Draw the values of one test, oldest first, in the unit of the newest."""
    shown = [one for one in found if not words.hidden(one.row.status)]
    if not shown:
        return None
    newest = shown[-1]
    mine = [one for one in shown if one.detail.unit == newest.detail.unit]
    points = [
        (one, number) for one in mine if (number := read_number(one.detail.value)) is not None
    ]
    views = [view(one, (), mine[nth - 1] if nth else None) for nth, one in enumerate(mine)]
    band = _interval(newest)
    drawn = _drawn(points, band, zone) if len(points) > 1 else _Drawn()
    return Trend(
        id=newest.row.id,
        name=newest.detail.name,
        unit=words.unit(newest.detail.unit),
        band=drawn.band,
        line=drawn.line,
        dots=drawn.dots,
        ticks=drawn.ticks,
        values=tuple(reversed(views)),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What stands on the paper."""

    band: Band | None = None
    line: str = ""
    dots: tuple[Dot, ...] = ()
    ticks: tuple[Tick, ...] = ()


def _interval(one: Found) -> Interval | None:
    """Read the interval in the unit that is drawn; None where it is told in another."""
    if one.detail.reference:
        return references.read(one.detail.reference)
    analyte = ANALYTES.get(one.detail.key)
    same = analyte is not None and one.detail.unit in {analyte.unit, analyte.ucum}
    return references.read(one.detail.ours) if same else None


def _drawn(
    points: Sequence[tuple[Found, Decimal]], interval: Interval | None, zone: tzinfo
) -> _Drawn:
    frame = _frame(points, interval)
    plotted = charts.plot(frame, [(one.row.observed_at, number) for one, number in points])
    tones = {
        (one.row.observed_at, number): words.flag(one.detail, one.row.status)
        for one, number in points
    }
    dots = []
    for mark in plotted.marks:
        flag = tones[mark.at, mark.value]
        dots.append(Dot(mark.x, mark.y, flag.tone, f"{mark.value} {flag.letters}".strip()))
    lines = ("L".join(f"{x:g} {y:g}" for x, y in line) for line in plotted.lines)
    newest = points[-1][0]
    return _Drawn(
        band=_band(frame, interval, reference(newest)),
        line="".join(f"M{line}" for line in lines),
        dots=tuple(dots),
        ticks=_ticks(frame, [one.row.observed_at for one, _ in points], zone),
    )


def _frame(points: Sequence[tuple[Found, Decimal]], interval: Interval | None) -> Frame:
    limits = [interval.low, interval.high] if interval else []
    numbers = [number for _, number in points] + [one for one in limits if one is not None]
    low, high = min(numbers), max(numbers)
    room = (high - low) / 8 or Decimal(1)
    start, end = points[0][0].row.observed_at, points[-1][0].row.observed_at
    return Frame(
        start,
        max(end, start + HOUR),
        Scale(low - room, high + room),
        WIDTH - 2 * EDGE,
        HEIGHT,
        EDGE,
        TOP,
    )


def _band(frame: Frame, interval: Interval | None, said: str) -> Band | None:
    if interval is None or interval.empty:
        return None
    top = charts.level(frame, interval.high)[0] if interval.high is not None else frame.top
    bottom = (
        charts.level(frame, interval.low)[0]
        if interval.low is not None
        else frame.top + frame.height
    )
    return Band(top, round(bottom - top, 1), said)


def _ticks(frame: Frame, times: Sequence[datetime], zone: tzinfo) -> tuple[Tick, ...]:
    """Name the first, the last, and what has room between; a day is named once, then the hour."""
    one_day = times[0].astimezone(zone).date() == times[-1].astimezone(zone).date()
    kept: dict[float, datetime] = {}
    for at in (times[0], times[-1], *times[1:-1]):
        x = charts.place(frame, at)
        far = all(abs(x - other) >= (WIDTH - 2 * EDGE) / MOST_TICKS for other in kept)
        if far and len(kept) <= MOST_TICKS:
            kept[x] = at.astimezone(zone)
    ticks, day = [], kept[min(kept)].date() if one_day else None
    for x, local in sorted(kept.items()):
        ticks.append(Tick(x, local.strftime("%H:%M" if local.date() == day else "%d-%b")))
        day = local.date()
    return tuple(ticks)
