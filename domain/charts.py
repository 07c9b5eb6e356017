"""Charts: where an observation stands on the paper; numbers only, the templates draw.

One proportional time axis for all rows, straight joins, values never stretched: a scale belongs to
the parameter, not to the data. Coordinates are those of SVG, rounded to a tenth.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import IntEnum

from domain import news2_chart, wallclock
from domain.errors import NotAllowed
from domain.vitals import PARAMETERS, Vital

XY = tuple[float, float]
Series = Iterable[tuple[datetime, Decimal | None]]


class Beyond(IntEnum):
    """Whether a value stands on the scale, or at its edge because it lies outside."""

    BELOW = -1
    ON = 0
    ABOVE = 1


@dataclass(frozen=True, slots=True)
class Scale:
    """The values a row can show, lowest at the bottom."""

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        """Refuse a scale on which nothing can stand."""
        if self.low >= self.high:
            raise NotAllowed("A scale needs two different ends.", "charts.scale")


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle of one row: a range of time over its width, a scale over its height."""

    start: datetime
    end: datetime
    scale: Scale
    width: float
    height: float
    left: float = 0.0
    top: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a range that ends before it starts."""
        if self.start >= self.end or self.width <= 0 or self.height <= 0:
            raise NotAllowed("A chart needs a range of time and some room.", "charts.range")


@dataclass(frozen=True, slots=True)
class Mark:
    """One value on the paper; what lies beyond the scale stands at its edge and says so."""

    at: datetime
    value: Decimal
    x: float
    y: float
    beyond: Beyond


@dataclass(frozen=True, slots=True)
class Plot:
    """The marks of a row, and the lines that join them; a missing value interrupts the line."""

    marks: tuple[Mark, ...]
    lines: tuple[tuple[XY, ...], ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The rectangle of one scoring step behind a row."""

    x: float
    y: float
    width: float
    height: float
    points: int


@dataclass(frozen=True, slots=True)
class Gridline:
    """A full hour on the clock of the ward, and where it stands."""

    at: datetime
    x: float


def scale_of(vital: Vital) -> Scale:
    """Return the scale of a parameter: its usual range in data/vitals.csv."""
    parameter = PARAMETERS[vital]
    if parameter.soft_min is None or parameter.soft_max is None:
        raise NotAllowed(f"{parameter.name} has no scale.", "charts.scale")
    return Scale(parameter.soft_min, parameter.soft_max)


def place(frame: Frame, at: datetime) -> float:
    """Return where an instant stands across the row."""
    share = (at - frame.start) / (frame.end - frame.start)
    return round(frame.left + frame.width * share, 1)


def level(frame: Frame, value: Decimal) -> tuple[float, Beyond]:
    """Return how far down a value stands, held at the edge when it is beyond the scale."""
    low, high = frame.scale.low, frame.scale.high
    beyond = Beyond((value > high) - (value < low))
    share = float((min(max(value, low), high) - low) / (high - low))
    return round(frame.top + frame.height * (1 - share), 1), beyond


def plot(frame: Frame, series: Series) -> Plot:
    """Place the values of a range, oldest first; None leaves a gap."""
    marks: list[Mark] = []
    lines: list[list[XY]] = [[]]
    for at, value in sorted(series, key=lambda pair: pair[0]):
        if not frame.start <= at <= frame.end:
            continue
        if value is None:
            lines.append([])
            continue
        y, beyond = level(frame, value)
        marks.append(Mark(at, value, place(frame, at), y, beyond))
        lines[-1].append((marks[-1].x, y))
    return Plot(tuple(marks), tuple(tuple(line) for line in lines if len(line) > 1))


def strips(
    frame: Frame, vital: Vital, *, spo2_scale: int = 1, oxygen: bool = False
) -> tuple[Strip, ...]:
    """Cover a row with the steps of its score, lowest values first, without gap or overlap.

    Neighbours meet half a step between the last value of one and the first of the next.
    """
    half = (PARAMETERS[vital].precision or Decimal(1)) / 2
    found = []
    for step in news2_chart.steps(vital, scale=spo2_scale, oxygen=oxygen):
        bottom, _ = level(frame, frame.scale.low if step.low is None else step.low - half)
        top, _ = level(frame, frame.scale.high if step.high is None else step.high + half)
        if top < bottom:
            tall = round(bottom - top, 1)
            found.append(Strip(frame.left, top, frame.width, tall, step.points))
    return tuple(found)


def gridlines(frame: Frame, zone: tzinfo, *, every: int) -> tuple[Gridline, ...]:
    """List the full hours on the clock of the ward, `every` hours from midnight.

    An hour that the clock skips has no line; one that it shows twice has two.
    """
    if not 1 <= every <= 24:
        raise NotAllowed("Lines stand 1 to 24 hours apart.", "charts.grid")
    day = frame.start.astimezone(zone).date() - timedelta(days=1)
    last = frame.end.astimezone(zone).date() + timedelta(days=1)
    found: set[datetime] = set()
    while day <= last:
        for hour in range(0, 24, every):
            found.update(wallclock.instants(day, time(hour), zone))
        day += timedelta(days=1)
    inside = sorted(at for at in found if frame.start <= at <= frame.end)
    return tuple(Gridline(at, place(frame, at)) for at in inside)
