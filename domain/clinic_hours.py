"""Clinic hours: when a clinician, a room or a device can be booked, day by local day.

A template says the hours of a weekday on the clock of the place, less its breaks. Hours of one day
replace it where they stand, and stay open on a holiday: somebody opened them knowingly. Any other
closure, and a break of that one day, closes everything. Hours that the clock jumps over are not
open; in the hour that comes twice an end is its first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain import wallclock
from domain.errors import NotAllowed
from domain.spans import Span, merged, without

DAY = timedelta(days=1)
SLOT = timedelta(minutes=15)  # a row of the calendar (ui.md 7.6)
FOR_EVER = datetime(9990, 1, 1, tzinfo=UTC)  # the end of what is closed for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Hours on the clock of the place: from, until, in which slots, how many at once, for what.

    An end at or before the start is on the next day; 00:00 is the end of this one. Without a
    capacity the resource's own counts; without kinds every kind of appointment is taken.
    """

    from_time: time
    to_time: time
    slot: timedelta = SLOT
    capacity: int | None = None
    kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse hours in which nobody could be booked."""
        if self.slot <= timedelta(0):
            raise NotAllowed("A slot has a length.", "hours.slot")
        if self.capacity is not None and self.capacity < 1:
            raise NotAllowed("There is at least one place in a slot.", "hours.capacity")

    def on(self, day: date, zone: tzinfo) -> Span | None:
        """Return the span on a day; None when the clock jumps over all of it."""
        last = day + DAY if self.to_time <= self.from_time else day
        start = wallclock.first(day, self.from_time, zone)
        end = wallclock.first(last, self.to_time, zone)
        return Span(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Weekly:
    """A line of a template: hours, or a break, of every such weekday; both days are included."""

    weekday: int  # 0 is Monday
    opening: Opening
    since: date | None = None
    until: date | None = None
    word: str = ""  # of a break: Lunch

    def __post_init__(self) -> None:
        """Refuse a weekday that is none and a validity that ends before it begins."""
        if self.weekday not in range(7):
            raise NotAllowed("A week has seven days.", "hours.weekday")
        if self.since and self.until and self.until < self.since:
            raise NotAllowed("The last day is before the first.", "hours.validity")

    def stands_on(self, day: date) -> bool:
        """Tell whether the line counts on this day."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until) and day.weekday() == self.weekday


@dataclass(frozen=True, slots=True)
class Once:
    """Hours, or a break, of one day only."""

    day: date
    opening: Opening
    word: str = ""

    def stands_on(self, day: date) -> bool:
        """Tell whether the line counts on this day."""
        return day == self.day


class Why(StrEnum):
    """Why nobody and nothing is there; our own words."""

    HOLIDAY = "holiday"
    LEAVE = "leave"
    SICK = "sick"
    MEETING = "meeting"
    MAINTENANCE = "maintenance"
    OTHER = "other"
    BREAK = "break"

    @property
    def shown(self) -> str:
        """Say it as the calendar does: why a person is away is nobody's business."""
        return "Away" if self in {Why.LEAVE, Why.SICK} else self.value.capitalize()


@dataclass(frozen=True, slots=True)
class Closure:
    """Time that is not open; the word is what a desk reads, never a diagnosis."""

    span: Span
    why: Why = Why.OTHER
    word: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Open time that can be booked, as long as one opening lasts."""

    span: Span
    slot: timedelta = SLOT
    capacity: int | None = None
    kinds: frozenset[str] = frozenset()

    def takes(self, kind: str | None) -> bool:
        """Tell whether a kind of appointment may be booked; None asks for any."""
        return kind is None or not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Everything that says when one resource is open; closures of the whole clinic included."""

    zone: tzinfo
    weekly: tuple[Weekly, ...] = ()
    once: tuple[Once, ...] = ()
    breaks: tuple[Weekly | Once, ...] = ()
    closures: tuple[Closure, ...] = ()


def local_day(day: date, zone: tzinfo) -> Span:
    """Return a day of the place, from midnight to midnight: 23, 24 or 25 hours."""
    end = wallclock.first(day + DAY, time(0), zone)
    return Span(wallclock.first(day, time(0), zone), end)


def holiday(day: date, zone: tzinfo, word: str = "") -> Closure:
    """Close a day of the place, but for the hours that somebody opened on it."""
    return Closure(local_day(day, zone), Why.HOLIDAY, word)


def days(span: Span, zone: tzinfo) -> Iterator[date]:
    """List the days of the place that a span touches."""
    day = span.start.astimezone(zone).date()
    last = (span.end - timedelta.resolution).astimezone(zone).date()
    while day <= last:
        yield day
        day += DAY


def sessions_on(hours: Hours, day: date) -> tuple[Session, ...]:
    """List what opens on a day, in order; what begins in the evening may end on the next."""
    zone, around = hours.zone, (day - DAY, day, day + DAY)
    usual = [_session(*found) for found in _spans(hours.weekly, day, zone)]
    extra = [_session(*found) for found in _spans(hours.once, day, zone)]
    gone = [span for near in around for _, span in _spans((*hours.once, *hours.breaks), near, zone)]
    gone += [each.span for each in hours.closures if each.why is Why.HOLIDAY]
    once = [each for each in hours.breaks if isinstance(each, Once)]
    shut = [span for near in around for _, span in _spans(once, near, zone)]
    shut += [each.span for each in hours.closures if each.why is not Why.HOLIDAY]
    return tuple(sorted(_cut([*_cut(usual, gone), *extra], shut), key=_start))


def _spans(
    lines: Iterable[Weekly | Once], day: date, zone: tzinfo
) -> Iterator[tuple[Weekly | Once, Span]]:
    for line in lines:
        if line.stands_on(day) and (span := line.opening.on(day, zone)):
            yield line, span


def _session(line: Weekly | Once, span: Span) -> Session:
    opening = line.opening
    return Session(span, opening.slot, opening.capacity, opening.kinds)


def _cut(sessions: list[Session], gone: list[Span]) -> list[Session]:
    near = [each for each in gone if any(each.overlaps(session.span) for session in sessions)]
    if not near:
        return sessions
    return [replace(each, span=rest) for each in sessions for rest in without([each.span], near)]


def _start(session: Session) -> datetime:
    return session.span.start


def sessions(hours: Hours, within: Span, kind: str | None = None) -> tuple[Session, ...]:
    """List the open time of a resource inside a span, for a kind of appointment, in order."""
    found: list[Session] = []
    # What opened yesterday may still be open.
    for day in days(Span(within.start - DAY, within.end), hours.zone):
        for each in sessions_on(hours, day):
            both = each.span.common(within)
            if both and each.takes(kind):
                found.append(each if both == each.span else replace(each, span=both))
    return tuple(sorted(found, key=_start))


def open_spans(hours: Hours, within: Span, kind: str | None = None) -> tuple[Span, ...]:
    """Return the open time itself, joined where it touches."""
    return merged(each.span for each in sessions(hours, within, kind))


def closings(hours: Hours, within: Span) -> tuple[Closure, ...]:
    """List the closures and breaks that touch a span, in order: why it is not open."""
    found = [each for each in hours.closures if each.span.overlaps(within)]
    for day in days(Span(within.start - DAY, within.end), hours.zone):
        for line, span in _spans(hours.breaks, day, hours.zone):
            found += [Closure(span, Why.BREAK, line.word)] if span.overlaps(within) else []
    return tuple(sorted(found, key=lambda each: each.span))


def slots(session: Session) -> Iterator[Span]:
    """Cut open time into its slots; what is left at the end is no slot."""
    start = session.span.start
    while start + session.slot <= session.span.end:
        yield Span(start, start + session.slot)
        start += session.slot


_DAY, _WEEK = 24 * 60, 7 * 24 * 60


def check(lines: Iterable[Weekly]) -> None:
    """Refuse two lines of a template that open the same time: a slot would have two lengths."""
    known: list[Weekly] = []
    for each in lines:
        if any(_both(each, other) for other in known):
            raise NotAllowed(
                "Two lines open the same time of the same weekday. Change one of them.",
                "hours.twice",
            )
        known.append(each)


def _both(one: Weekly, two: Weekly) -> bool:
    since = max(one.since or date.min, two.since or date.min)
    until = min(one.until or date.max, two.until or date.max)
    start, end = _minutes(one)
    other, last = _minutes(two)
    return since <= until and any(
        min(end, last + week) > max(start, other + week) for week in (-_WEEK, 0, _WEEK)
    )


def _minutes(line: Weekly) -> tuple[int, int]:
    """Count from Monday 00:00 on a clock that never moves."""
    midnight, opening = line.weekday * _DAY, line.opening
    start = opening.from_time.hour * 60 + opening.from_time.minute
    end = opening.to_time.hour * 60 + opening.to_time.minute
    return midnight + start, midnight + end + (_DAY if end <= start else 0)
