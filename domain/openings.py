"""Openings: the next times at which everybody and everything that is needed is free.

The appointment itself lies in the hours of each resource. Its buffers, before and after, only have
to be free of other reservations. A resource that takes several at once has that many lanes, as in
the database, and an appointment needs one of them for all of its time.
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from heapq import merge

from domain.clinic_hours import SLOT, Session
from domain.errors import NotAllowed
from domain.spans import NO_BUFFER, ZERO, Buffer, Span, merged, utc

MINUTE = timedelta(minutes=1)
SEVERAL = 3  # ui.md 7.6: a refusal offers the next three times that fit all


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Somebody or something that is needed: when it is open, and what is reserved in each lane."""

    key: Hashable
    sessions: Sequence[Session] | None = None  # None: always open, as a patient is
    lanes: tuple[Sequence[Span], ...] = ((),)  # as many as it takes at once
    buffer: Buffer = NO_BUFFER


@dataclass(frozen=True, slots=True)
class Need:
    """One of these resources is needed; the first is the one that is liked best."""

    candidates: tuple[Resource, ...]
    keep: bool = False  # a time with the first one goes before any time without


@dataclass(frozen=True, slots=True)
class Grid:
    """The times at which an appointment may begin, by the clock on the wall."""

    zone: tzinfo
    step: timedelta = SLOT
    anchor: time = time(0)  # counted from here each day

    def __post_init__(self) -> None:
        """Refuse a grid that never gets on."""
        if self.step < MINUTE or self.step % MINUTE:
            raise NotAllowed("Appointments begin whole minutes apart.", "openings.step")

    def at_or_after(self, at: datetime) -> datetime:
        """Return the first time of the grid that is not before an instant."""
        return self._along(at, -self._past(at) % self.step, MINUTE)

    def at_or_before(self, at: datetime) -> datetime:
        """Return the last time of the grid that is not after an instant."""
        return self._along(at, -(self._past(at) % self.step), -MINUTE)

    def _along(self, at: datetime, way: timedelta, minute: timedelta) -> datetime:
        there = at + way
        if self._steady(at, there):
            return there
        # Midnight, or a change of the clocks, is on the way: go minute by minute, as the hands do.
        seconds = abs(way) % MINUTE
        at += seconds if minute > ZERO else -seconds
        while self._past(at) % self.step:
            at += minute
        return at

    def _steady(self, one: datetime, two: datetime) -> bool:
        here, there = one.astimezone(self.zone), two.astimezone(self.zone)
        return here.date() == there.date() and here.utcoffset() == there.utcoffset()

    def _past(self, at: datetime) -> timedelta:
        local = at.astimezone(self.zone)
        return timedelta(
            hours=local.hour - self.anchor.hour,
            minutes=local.minute - self.anchor.minute,
            seconds=local.second,
            microseconds=local.microsecond,
        )


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """A time that fits, and for each need, in order, which resource in which lane."""

    span: Span
    taken: tuple[tuple[Hashable, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for: how long, between when and when, on which grid, with whom.

    Only the buffers may reach over the ends of `within`, so begin it now or later.
    """

    needs: tuple[Need, ...]
    length: timedelta
    within: Span
    grid: Grid

    def __post_init__(self) -> None:
        """Refuse to look for nothing."""
        if self.length <= timedelta(0):
            raise NotAllowed("An appointment has a length.", "openings.length")
        if not all(need.candidates for need in self.needs):
            raise NotAllowed("Nobody can do this: no resource fits.", "openings.nobody")


def find(search: Search, count: int = SEVERAL) -> tuple[Opening, ...]:
    """Return the first times that fit all, none of them over another, earliest first."""
    return _chosen(search, search.within.start, count, _forwards)


def nearest(search: Search, wished: datetime, count: int = SEVERAL) -> tuple[Opening, ...]:
    """Return the times nearest to a wished one, before or after it, nearest first.

    Those with the resource that is to be kept come first, however far they are.
    """
    return _chosen(search, utc(wished), count, _around)


# First and last instant at which an appointment may begin, both included; in order, apart.
Starts = list[tuple[datetime, datetime]]
Walk = Callable[[Starts, Grid, datetime], Iterator[datetime]]
# For one need: a resource, one of its lanes, and when an appointment may begin there.
Options = list[tuple[Hashable, int, Starts]]


def _chosen(search: Search, origin: datetime, count: int, walk: Walk) -> tuple[Opening, ...]:
    every = [_options(need, search) for need in search.needs]
    kept = [
        [one for one in options if one[0] == need.candidates[0].key] if need.keep else options
        for need, options in zip(search.needs, every, strict=True)
    ]
    chosen: list[Opening] = []
    for options in (kept, every) if kept != every else (every,):
        for at in walk(_common(options, search), search.grid, origin):
            if len(chosen) == count:
                break
            span = Span.lasting(at, search.length)
            if any(span.overlaps(other.span) for other in chosen):
                continue
            if (taken := _assigned(options, at)) is not None:
                chosen.append(Opening(span, taken))
    return tuple(chosen)


def _options(need: Need, search: Search) -> Options:
    return [
        (each.key, lane, _starts(each, lane, search))
        for each in need.candidates
        for lane in range(len(each.lanes))
    ]


def _starts(resource: Resource, lane: int, search: Search) -> Starts:
    """List when an appointment may begin in one lane of a resource."""
    before, length = resource.buffer.before, search.length
    first, last = search.within.start, search.within.end - length
    room = length + resource.buffer.after
    free: Starts = []
    for span in merged(resource.lanes[lane]):
        if first <= (until := min(last, span.start - room)):
            free.append((first, until))
        first = max(first, span.end + before)
    if first <= last:
        free.append((first, last))
    if resource.sessions is None:
        return free
    return _both(free, [(s.start, s.end - length) for s in _open(resource.sessions, lane)])


def _open(sessions: Sequence[Session], lane: int) -> tuple[Span, ...]:
    """Return when a lane is open; the first lane always is."""
    return merged(each.span for each in sessions if each.capacity is None or lane < each.capacity)


def _common(needs: list[Options], search: Search) -> Starts:
    """Return when an appointment may begin for every need at once."""
    found = [(search.within.start, search.within.end - search.length)]
    for options in needs:
        found = _both(found, _either(options))
    return found


def _either(options: Options) -> Starts:
    found: Starts = []
    for start, end in sorted(each for _, _, starts in options for each in starts):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _both(one: Starts, two: Starts) -> Starts:
    found: Starts = []
    at = other = 0
    while at < len(one) and other < len(two):
        start, end = max(one[at][0], two[other][0]), min(one[at][1], two[other][1])
        if start <= end:
            found.append((start, end))
        if one[at][1] < two[other][1]:
            at += 1
        else:
            other += 1
    return found


def _assigned(needs: list[Options], at: datetime) -> tuple[tuple[Hashable, int], ...] | None:
    """Give each need a lane of its own, the liked ones first; None when there are too few."""
    if not needs:
        return ()
    free = [(key, lane) for key, lane, starts in needs[0] if _holds(starts, at)]
    for one in free:
        others = [[each for each in options if each[:2] != one] for options in needs[1:]]
        if (rest := _assigned(others, at)) is not None:
            return (one, *rest)
    return None


def _holds(starts: Starts, at: datetime) -> bool:
    place = bisect_right(starts, at, key=_first)
    return place > 0 and at <= starts[place - 1][1]


def _first(start: tuple[datetime, datetime]) -> datetime:
    return start[0]


def _forwards(starts: Starts, grid: Grid, origin: datetime) -> Iterator[datetime]:
    for first, last in starts:
        if origin <= last:
            at = grid.at_or_after(max(first, origin))
            while at <= last:
                yield at
                at = grid.at_or_after(at + MINUTE)


def _backwards(starts: Starts, grid: Grid, origin: datetime) -> Iterator[datetime]:
    for first, last in reversed(starts):
        if first < origin:
            at = grid.at_or_before(min(last, origin - timedelta.resolution))
            while at >= first:
                yield at
                at = grid.at_or_before(at - MINUTE)


def _around(starts: Starts, grid: Grid, origin: datetime) -> Iterator[datetime]:
    both = _forwards(starts, grid, origin), _backwards(starts, grid, origin)
    return merge(*both, key=lambda at: abs(at - origin))
