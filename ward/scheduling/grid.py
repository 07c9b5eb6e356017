"""Grid: where a piece of time stands in a column of the calendar, and which pieces stand abreast.

The calendar has rows of fifteen minutes, and places its pieces to five. Positions are classes of
the stylesheet, since the content policy allows no other: gr (row), go (fives after it), gs (rows
long), ge (fives more), gc and gw (which twelfths of the column).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain import clinic_hours, wallclock
from domain.spans import Span

STEP = timedelta(minutes=5)
ROW = timedelta(minutes=15)
HOUR = timedelta(hours=1)
TWELFTHS = 12
MOST_ABREAST = 6
FIRST, LAST = time(8), time(18)  # where nobody has hours


@dataclass(frozen=True, slots=True)
class Frame:
    """The hours of a day that the calendar shows, by the clock of the place."""

    span: Span
    zone: ZoneInfo

    @property
    def rows(self) -> int:
        """Count the rows of fifteen minutes; a day has 92, 96 or 100."""
        return -(-self.span.length // ROW)

    @property
    def hours(self) -> list[tuple[str, str]]:
        """List the hours as (class of their row, 09:00)."""
        rows = range(0, self.rows, 4)
        return [
            (f"gr-{row + 1}", f"{(self.span.start + row * ROW).astimezone(self.zone):%H:%M}")
            for row in rows
        ]

    def place(self, span: Span, abreast: tuple[int, int] = (0, 1)) -> str | None:
        """Write the classes of a piece of time; None when none of it is shown."""
        shown = span.common(self.span)
        if shown is None:
            return None
        start = (shown.start - self.span.start) // STEP
        end = -(-(shown.end - self.span.start) // STEP)
        long = max(end - start, ROW // STEP)
        return _classes(start, long, abreast)


def _classes(start: int, long: int, abreast: tuple[int, int]) -> str:
    row, after = divmod(start, 3)
    rows, more = divmod(long, 3)
    lane, lanes = abreast
    parts = [f"gr-{row + 1}", f"gs-{rows}"]
    parts += [f"go-{after}"] if after else []
    parts += [f"ge-{more}"] if more else []
    if lanes > 1:
        width = TWELFTHS // min(lanes, MOST_ABREAST)
        parts += [f"gc-{min(lane, MOST_ABREAST - 1) * width + 1}", f"gw-{width}"]
    return " ".join(parts)


def drawn(span: Span) -> Span:
    """Return the time a piece covers as it is drawn: never less than a row, to be hit and read."""
    return Span(span.start, max(span.end, span.start + ROW))


def abreast(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Tell for each piece which lane it stands in, and of how many: those that overlap share."""
    order = sorted(range(len(spans)), key=lambda nth: (spans[nth].start, -spans[nth].length))
    found: list[tuple[int, int]] = [(0, 1)] * len(spans)
    bunch: list[tuple[int, int]] = []  # piece, lane
    ends: list[datetime] = []  # of each lane
    for nth in order:
        span = drawn(spans[nth])
        if ends and span.start >= max(ends):
            _settle(found, bunch, len(ends))
            bunch, ends = [], []
        lane = next((at for at, end in enumerate(ends) if end <= span.start), len(ends))
        ends[lane : lane + 1] = [span.end]
        bunch.append((nth, lane))
    _settle(found, bunch, len(ends))
    return found


def _settle(found: list[tuple[int, int]], bunch: list[tuple[int, int]], lanes: int) -> None:
    for nth, lane in bunch:
        found[nth] = (lane, lanes)


def frame(
    day: date, zone: ZoneInfo, usual: Iterable[tuple[time, time]], spans: Iterable[Span]
) -> Frame:
    """Choose which hours of a day to show: those the clinic ever has, and whatever lies outside.

    They are the same on every day of a week, so that its days stand beside each other.
    """
    whole = clinic_hours.local_day(day, zone)
    hours = list(usual) or [(FIRST, LAST)]
    start = wallclock.first(day, min(opens for opens, _ in hours), zone)
    end = wallclock.first(day, max(closes for _, closes in hours), zone)
    near = [both for span in spans if (both := span.common(whole))]
    start, end = min([start, *(one.start for one in near)]), max([end, *(one.end for one in near)])
    first = _floor(start, whole, zone)
    return Frame(Span(first, max(_ceil(end, whole, zone), first + HOUR)), zone)


def _floor(at: datetime, whole: Span, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    return max(whole.start, at - timedelta(minutes=local.minute, seconds=local.second))


def _ceil(at: datetime, whole: Span, zone: ZoneInfo) -> datetime:
    floor = _floor(at, whole, zone)
    return at if at == floor else min(whole.end, floor + HOUR)
