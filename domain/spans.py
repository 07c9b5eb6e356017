"""Spans: time from an instant up to, and not including, another; in UTC whatever came in.

A span that ends at 10:30 and one that starts at 10:30 do not overlap (half-open, as the ranges of
the database are). Setting up and cleaning up belong to what is reserved, not to the time a patient
is told: a room that is cleaned for ten minutes is reserved ten minutes longer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from domain.errors import NotAllowed

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Time from `start` up to `end`; never empty, never backwards, always UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Turn both into UTC, where instants compare as they happen, and refuse an empty span."""
        # Two times of one zone compare by the clock on its wall, which is wrong in autumn nights.
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", utc(self.start))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", utc(self.end))
        if self.start >= self.end:
            raise NotAllowed("The end must be after the start.", "span.length")

    @classmethod
    def lasting(cls, start: datetime, length: timedelta) -> Self:
        """Make the span of a length that passes: 2 h from 00:30 end at 03:30 in a spring night."""
        return cls(utc(start), utc(start) + length)

    @property
    def length(self) -> timedelta:
        """Tell how much time passes."""
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two have an instant in common."""
        return self.start < other.end and other.start < self.end

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant lies in the span; its end does not."""
        return self.start <= at < self.end

    def covers(self, other: "Span") -> bool:
        """Tell whether the other lies wholly in this one."""
        return self.start <= other.start and other.end <= self.end

    def common(self, other: "Span") -> "Span | None":
        """Return what both have in common."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


def utc(at: datetime) -> datetime:
    """Return the instant in UTC; a time without a zone is no instant."""
    if at.tzinfo is None:
        raise NotAllowed("A time needs its zone.", "span.zone")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Buffer:
    """Time a resource needs around an appointment: to set up before it, to clean up after it."""

    before: timedelta = ZERO
    after: timedelta = ZERO

    def __post_init__(self) -> None:
        """Refuse to take time away from the appointment itself."""
        if min(self.before, self.after) < ZERO:
            raise NotAllowed("Setting up and cleaning up take no negative time.", "span.buffer")

    def around(self, span: Span) -> Span:
        """Return what is reserved of the resource for an appointment."""
        return Span(span.start - self.before, span.end + self.after)


NO_BUFFER = Buffer()


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join what overlaps or touches; in order, with a gap between any two."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            if span.end > found[-1].end:
                found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return tuple(found)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """Return what is left of spans when others are taken out; in order, joined where they touch."""
    gone = merged(taken)
    left: list[Span] = []
    place = 0
    for span in merged(spans):
        while place < len(gone) and gone[place].end <= span.start:
            place += 1
        left += _rest(span, gone, place)
    return tuple(left)


def _rest(span: Span, gone: Sequence[Span], place: int) -> Iterator[Span]:
    start = span.start
    while place < len(gone) and gone[place].start < span.end:
        if start < gone[place].start:
            yield Span(start, gone[place].start)
        start = gone[place].end
        place += 1
    if start < span.end:
        yield Span(start, span.end)


def shared(one: Iterable[Span], two: Iterable[Span]) -> tuple[Span, ...]:
    """Return the time that is in both."""
    left, right = merged(one), merged(two)
    found: list[Span] = []
    at = other = 0
    while at < len(left) and other < len(right):
        both = left[at].common(right[other])
        found += [both] if both else []
        if left[at].end < right[other].end:
            at += 1
        else:
            other += 1
    return tuple(found)
