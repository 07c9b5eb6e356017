"""Clashes: everything that keeps a time from being booked, each with who, when and why.

All of them are told at once, so that nobody is refused a second time for a reason that was known.
Names are passed in, as far as the one who asks may read them; a name left empty is never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from domain import clinic_hours
from domain.clinic_hours import Closure, Hours, open_spans
from domain.display import day_of, instant, time_of
from domain.spans import NO_BUFFER, ZERO, Buffer, Span, utc, without

LONGEST = timedelta(hours=12)  # engineering default
THIS_MINUTE = timedelta(minutes=1)  # a form is a moment on its way


class Why(StrEnum):
    """What is in the way; our own words."""

    LENGTH = "length"  # none, or backwards
    TOO_LONG = "too-long"
    PAST = "past"
    CLOSED = "closed"  # no hours, or a closure of another kind
    BREAK = "break"
    AWAY = "away"
    HOLIDAY = "holiday"
    KIND = "kind"  # open, but not for this kind of appointment
    BUSY = "busy"
    HELD = "held"


#: Who may overbook may book beside these; never outside hours, and never over somebody's hold.
BESIDE = frozenset({Why.BUSY})


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing in the way: who or what, since when until when, and why, in words."""

    why: Why
    who: str  # the resource or the patient; empty for the time itself
    says: str  # "has OKAFOR, Chidi 10:00–10:30"
    span: Span | None = None

    @property
    def sentence(self) -> str:
        """Say it to the one who wished."""
        return f"{self.who} {self.says}.".lstrip()

    @property
    def beside(self) -> bool:
        """Tell whether who may overbook can book in spite of it."""
        return self.why in BESIDE


@dataclass(frozen=True, slots=True)
class Booked:
    """What has taken a resource: its reservation, buffers included, and whose it is."""

    span: Span
    who: str = ""  # the patient, as far as the one who asks may know
    lane: int = 0
    held: bool = False  # somebody is booking it now; `who` is then a desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One resource or the patient: what it is called, when it is open, and what has taken it."""

    name: str
    hours: Hours | None = None  # None: always open, as a patient is
    booked: Sequence[Booked] = ()
    capacity: int = 1
    buffer: Buffer = NO_BUFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to book; start and end as they were typed, in any order."""

    start: datetime
    end: datetime
    zone: tzinfo
    kind: str | None = None
    kind_word: str = "this kind of appointment"


def find(
    wish: Wish, calendars: Sequence[Calendar], now: datetime, *, past: bool = False
) -> tuple[Clash, ...]:
    """List everything in the way of a wish; nothing when it can be booked."""
    found = of_time(wish, now, past=past)
    if utc(wish.end) <= utc(wish.start):
        return found
    span = Span(wish.start, wish.end)
    for each in calendars:
        found += of_hours(each, wish, span) + of_bookings(each, span, wish.zone)
    return found


def of_time(wish: Wish, now: datetime, *, past: bool = False) -> tuple[Clash, ...]:
    """Say what is wrong with the time itself; `past` is for what is written down afterwards."""
    length = utc(wish.end) - utc(wish.start)
    if length <= ZERO:
        return (Clash(Why.LENGTH, "", "The end must be after the start"),)
    found: tuple[Clash, ...] = ()
    span = Span(wish.start, wish.end)
    if length > LONGEST:
        hours = LONGEST // timedelta(hours=1)
        found += (Clash(Why.TOO_LONG, "", f"An appointment lasts at most {hours} hours", span),)
    if span.start < now - THIS_MINUTE and not past:
        found += (Clash(Why.PAST, "", f"{instant(span.start, wish.zone)} has passed", span),)
    return found


def of_hours(calendar: Calendar, wish: Wish, span: Span) -> tuple[Clash, ...]:
    """Say for each part of the time that is not open why it is not."""
    hours = calendar.hours
    if hours is None:
        return ()
    shut = without([span], open_spans(hours, span))
    refused = without(without([span], open_spans(hours, span, wish.kind)), shut)
    closings = clinic_hours.closings(hours, span)
    found: list[Clash] = []
    for part in shut:
        whys = [one for one in closings if one.span.overlaps(part)]
        left = without([part], [one.span for one in whys])
        found += [_closed(calendar.name, one, hours.zone) for one in whys]
        found += [_not_open(calendar.name, hours, each) for each in left]
    for part in refused:
        says = f"takes no {wish.kind_word} {between(part, hours.zone)}"
        found.append(Clash(Why.KIND, calendar.name, says, part))
    return tuple(dict.fromkeys(found))


_WHY = {
    clinic_hours.Why.HOLIDAY: (Why.HOLIDAY, "has a holiday"),
    clinic_hours.Why.LEAVE: (Why.AWAY, "is away"),
    clinic_hours.Why.SICK: (Why.AWAY, "is away"),  # why a person is away is nobody's business
    clinic_hours.Why.BREAK: (Why.BREAK, "has a break"),
}


def _closed(name: str, one: Closure, zone: tzinfo) -> Clash:
    if one.span.end >= clinic_hours.FOR_EVER:
        day = day_of(one.span.start.astimezone(zone).date())
        return Clash(Why.CLOSED, name, f"is no longer there from {day} on", one.span)
    why, says = _WHY.get(one.why, (Why.CLOSED, "is closed"))
    words = [one.why.shown.lower()] if why is Why.CLOSED else []
    words += [one.word] if one.word and why is not Why.AWAY else []
    note = f" ({': '.join(words)})" if words else ""
    return Clash(why, name, f"{says}{note} {between(one.span, zone)}", one.span)


def _not_open(name: str, hours: Hours, part: Span) -> Clash:
    """Say it with the hours of that day, so that the next wish fits."""
    day = part.start.astimezone(hours.zone).date()
    opened = open_spans(hours, clinic_hours.local_day(day, hours.zone))
    times = " and ".join(between(each, hours.zone) for each in opened)
    instead = f"; that day it is open {times}" if times else " or at any time that day"
    return Clash(Why.CLOSED, name, f"is not open {between(part, hours.zone)}{instead}", part)


def of_bookings(calendar: Calendar, span: Span, zone: tzinfo) -> tuple[Clash, ...]:
    """Say what has taken a resource, when none of its lanes is free for all of the time."""
    reserved = calendar.buffer.around(span)
    if free_lane(calendar.booked, reserved, calendar.capacity) is not None:
        return ()
    there = [one for one in calendar.booked if one.span.overlaps(reserved)]
    there.sort(key=lambda one: one.span)
    return tuple(_taken(calendar.name, one, zone) for one in there)


def _taken(name: str, one: Booked, zone: tzinfo) -> Clash:
    when = between(one.span, zone)
    if one.held:
        return Clash(Why.HELD, name, f"is held by {one.who or 'another desk'} {when}", one.span)
    return Clash(Why.BUSY, name, f"has {one.who or 'another appointment'} {when}", one.span)


def free_lane(booked: Sequence[Booked], reserved: Span, capacity: int) -> int | None:
    """Choose the first lane that is free for all of a time; None when none is."""
    busy = {one.lane for one in booked if one.span.overlaps(reserved)}
    return next((lane for lane in range(capacity) if lane not in busy), None)


def between(span: Span, zone: tzinfo) -> str:
    """Write from when until when: 10:00–10:30, with the days where it is more than one."""
    day = span.start.astimezone(zone).date()
    if span == clinic_hours.local_day(day, zone):
        return f"on {day_of(day, weekday=True)}"
    if (span.end - timedelta.resolution).astimezone(zone).date() == day:
        return f"{time_of(span.start, zone)}–{time_of(span.end, zone)}"
    return f"{instant(span.start, zone)} to {instant(span.end, zone)}"
