"""Chart: sets of observations placed on one axis of time; the templates only write it down.

A chart ends with its newest set, not with the clock: what is drawn depends on what is recorded
alone, so a frame and a page drawn later are the same bytes. How old it is stands above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import islice

from domain import charts, news2, news2_chart
from domain.access import D3
from domain.charts import Beyond, Frame, Plot, Scale
from domain.vitals import PARAMETERS, Vital
from ward.projections import projection
from ward.vitals import words
from ward.vitals.models import SetState
from ward.vitals.queries import SetView
from ward.vitals.words import ROWS, Cell

WIDE, EDGE = 1000.0, 20.0  # units across, and what is left free at both ends
ROOM = 6.0  # pixels above the highest and below the lowest value
HEIGHTS = {"spo2": 76, "bp": 72, "oxygen": 44, "consciousness": 40, "news2": 48}
HEIGHT = 64
#: Choices of drawing: every step of the score has room; what lies beyond is written as a number.
SCALES = {
    Vital.RESP_RATE: Scale(Decimal(6), Decimal(30)),
    Vital.SPO2: Scale(Decimal(88), Decimal(100)),
    Vital.PULSE: Scale(Decimal(35), Decimal(140)),
    Vital.TEMP: Scale(Decimal("34.5"), Decimal("39.5")),
}
SECOND = Scale(Decimal(80), Decimal(100))  # saturation on scale 2
PRESSURE = Scale(Decimal(40), Decimal(220))
MOST_LINES = 9  # times that a phone has room for
LEGIBLE = 13  # pixels a band needs to be named
APART = {"oxygen": 8.5}  # per cent of the width that a written value takes on a phone
NEAR = 5.5


@dataclass(frozen=True, slots=True)
class Range:
    """How far back a chart looks, and how its axis is ruled."""

    key: str
    hours: int
    label: str
    every: int  # hours between lines
    days: bool = False  # name the days alone

    @property
    def span(self) -> timedelta:
        """Give the length."""
        return timedelta(hours=self.hours)


DAY, THREE_DAYS, WEEK = RANGES = (
    Range("24h", 24, "24 h", 4),
    Range("72h", 72, "72 h", 12),
    Range("7d", 168, "7 d", 24, days=True),
)


@dataclass(frozen=True, slots=True)
class Text:
    """Something written at a place across the row, in per cent."""

    x: float
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """Values that score alike, behind a row; a name where there is room."""

    y: float
    height: float
    points: int
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter: bands, a line with its dots or written values, and the latest beside it."""

    key: str
    height: int
    strips: tuple[Strip, ...]
    line: str
    dots: str
    hollow: str
    texts: tuple[Text, ...]
    latest: Cell
    at: datetime | None  # when it was measured, if not in the latest set
    was: str | None


@projection(D3)
class Chart:
    """What one range shows; empty without sets."""

    range: Range
    start: datetime
    end: datetime
    hours: tuple[Text, ...]
    rows: tuple[Row, ...]
    scale: int
    prescribed: int | None  # by which scale the next set will score
    oxygen: bool
    newest: float | None  # where the latest set stands, in per cent
    sets: int


def draw(
    sets: Sequence[SetView], wanted: Range, zone: tzinfo, prescribed: int | None = None
) -> Chart | None:
    """Draw a range back from the newest set; None when nothing was ever observed."""
    shown = [one for one in sets if one.state in {SetState.FINAL, SetState.UNVALIDATED}]
    if not shown:
        return None
    end = max(one.taken_at for one in shown)
    frame = _frame(end - wanted.span, end, Scale(Decimal(0), Decimal(1)), 10)
    counted = [one for one in shown if one.counts]
    last = counted[-1] if counted else None
    paper = _Paper(
        inside=[one for one in shown if one.taken_at >= frame.start],
        counted=counted,
        frame=frame,
        scale=last.scale if last else 1,
        oxygen=bool(last and last.points.get("oxygen")),
    )
    return Chart(
        range=wanted,
        start=frame.start,
        end=end,
        hours=_hours(frame, zone, wanted),
        rows=tuple(_row(key, paper) for key in ROWS),
        scale=paper.scale,
        prescribed=prescribed,
        oxygen=paper.oxygen,
        newest=_percent(charts.place(frame, last.taken_at)) if last else None,
        sets=len(paper.inside),
    )


@dataclass(frozen=True, slots=True)
class _Paper:
    """What all rows share: the sets in the range, all that count, the axis, the bands of now."""

    inside: Sequence[SetView]
    counted: Sequence[SetView]
    frame: Frame
    scale: int
    oxygen: bool

    def room(self, scale: Scale, height: int) -> Frame:
        """Give a row of this height its place under the axis."""
        return _frame(self.frame.start, self.frame.end, scale, height - 2 * ROOM)


def _frame(start: datetime, end: datetime, scale: Scale, height: float) -> Frame:
    return Frame(start, end, scale, WIDE - 2 * EDGE, height, EDGE, ROOM)


def _percent(x: float) -> float:
    return round(x / WIDE * 100, 2)


def _hours(frame: Frame, zone: tzinfo, wanted: Range) -> tuple[Text, ...]:
    found = []
    lines = charts.gridlines(frame, zone, every=wanted.every)
    for line in lines[:: -(-len(lines) // MOST_LINES) or 1]:
        local = line.at.astimezone(zone)
        midnight = local.hour == 0
        text = local.strftime("%d-%b") if midnight else local.strftime("%H:%M")
        found.append(Text(_percent(line.x), text, "day" if midnight and not wanted.days else ""))
    return tuple(found)


def _row(key: str, paper: _Paper) -> Row:
    height = HEIGHTS.get(key, HEIGHT)
    newest = ((one, words.cell(key, one)) for one in reversed(paper.counted))
    known = [*islice((pair for pair in newest if pair[1].text), 2)]
    latest = known[0][1] if known else words.NOTHING
    older = bool(known) and known[0][0] is not paper.counted[-1]
    vital = _LINES.get(key)
    if vital is not None:
        strips, line, dots, hollow, texts = _curve(vital, paper, height)
    elif key == "bp":
        strips, (line, hollow), dots, texts = (), _pressures(paper, height), "", ()
    else:
        strips, line, hollow, (texts, dots) = (), "", "", _written(key, paper, height)
    return Row(
        key=key,
        height=height,
        strips=strips,
        line=line,
        dots=dots,
        hollow=hollow,
        texts=texts,
        latest=latest,
        at=known[0][0].taken_at if older else None,
        was=known[1][1].text if len(known) > 1 else None,
    )


_LINES = {
    "resp_rate": Vital.RESP_RATE,
    "spo2": Vital.SPO2,
    "pulse": Vital.PULSE,
    "temp": Vital.TEMP,
}
Curve = tuple[tuple[Strip, ...], str, str, str, tuple[Text, ...]]


def _curve(vital: Vital, paper: _Paper, height: int) -> Curve:
    second = vital is Vital.SPO2 and paper.scale == news2.Scale.TWO
    room = paper.room(SECOND if second else SCALES[vital], height)
    firm = charts.plot(
        room, [(one.taken_at, _value(one, vital)) for one in paper.inside if one.counts]
    )
    loose = [(one.taken_at, _value(one, vital)) for one in paper.inside if not one.counts]
    sent = charts.plot(room, loose)
    beyond = [mark for mark in (*firm.marks, *sent.marks) if mark.beyond is not Beyond.ON]
    texts = _apart([(_percent(mark.x), f"{mark.value}", "out", 0) for mark in beyond], NEAR)[0]
    return _strips(room, vital, height, paper), _joined(firm), _dots(firm), _dots(sent), texts


def _value(one: SetView, vital: Vital) -> Decimal | None:
    return one.values.get(vital.value)


def _strips(room: Frame, vital: Vital, height: int, paper: _Paper) -> tuple[Strip, ...]:
    """Lay the bands that score behind a row, out to its edges, each with its values."""
    scale, oxygen = paper.scale, paper.oxygen
    steps = news2_chart.steps(vital, scale=scale, oxygen=oxygen)
    drawn = charts.strips(room, vital, spo2_scale=scale, oxygen=oxygen)
    shown = [step for step in steps if _on_paper(step, room.scale)]
    found = []
    for step, strip in zip(shown, drawn, strict=False):
        if not strip.points:
            continue
        top = 0.0 if strip.y <= ROOM else strip.y
        bottom = height if strip.y + strip.height >= height - ROOM else strip.y + strip.height
        tall = round(bottom - top, 1)
        name = _between(step.low, step.high) if tall >= LEGIBLE else ""
        found.append(Strip(top, tall, strip.points, name))
    return tuple(found)


def _on_paper(step: news2_chart.Step, scale: Scale) -> bool:
    return (step.high is None or step.high >= scale.low) and (
        step.low is None or step.low <= scale.high
    )


def _between(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return f"{high} or less"
    return f"{low} or more" if high is None else f"{low} to {high}"


def _joined(plotted: Plot) -> str:
    return "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in line) for line in plotted.lines if len(line) > 1
    )


def _dots(plotted: Plot) -> str:
    return "".join(f"M{mark.x:g} {mark.y:g}h0" for mark in plotted.marks)


def _pressures(paper: _Paper, height: int) -> tuple[str, str]:
    """Draw each pressure as a T above and a T below; hollow ones apart."""
    room = paper.room(PRESSURE, height)
    drawn = {True: "", False: ""}
    for one in paper.inside:
        x = charts.place(room, one.taken_at)
        ends = [
            charts.level(room, value)[0]
            for vital in (Vital.SBP, Vital.DBP)
            if (value := _value(one, vital)) is not None
        ]
        drawn[one.counts] += "".join(f"M{x - 5:g} {y:g}h10" for y in ends)
        if len(ends) > 1:
            drawn[one.counts] += f"M{x:g} {ends[0]:g}V{ends[1]:g}"
    return drawn[True], drawn[False]


def _written(key: str, paper: _Paper, height: int) -> tuple[tuple[Text, ...], str]:
    """Write values along a row; where they would cover each other, the worst and newest stay."""
    cells = [(one, words.cell(key, one)) for one in paper.inside]
    wanted = [
        (
            _percent(charts.place(paper.frame, one.taken_at)),
            cell.short,
            f"p{cell.points or 0}" if one.counts else "loose",
            cell.points or 0,
        )
        for one, cell in cells
        if cell.text and (one.counts or key != "news2")
    ]
    texts, left_out = _apart(wanted, APART.get(key, NEAR))
    dots = "".join(f"M{round(x * WIDE / 100, 1):g} {height - 7}h0" for x in left_out)
    return texts, dots


def _apart(
    wanted: Sequence[tuple[float, str, str, int]], gap: float
) -> tuple[tuple[Text, ...], list[float]]:
    """Keep what has room: the newest first, then the highest points, then the newer."""
    kept: list[tuple[float, str, str, int]] = []
    left_out: list[float] = []
    newest = max((one[0] for one in wanted), default=0.0)
    for one in sorted(wanted, key=lambda one: (one[0] != newest, -min(one[3], news2.RED), -one[0])):
        if all(abs(one[0] - other[0]) >= gap for other in kept):
            kept.append(one)
        else:
            left_out.append(one[0])
    return tuple(Text(x, text, kind) for x, text, kind, _ in sorted(kept)), sorted(left_out)


def unit(key: str) -> str:
    """Name the unit of a row."""
    vital = _LINES.get(key)
    return PARAMETERS[vital].unit if vital else {"bp": "mmHg", "oxygen": "L/min"}.get(key, "")
