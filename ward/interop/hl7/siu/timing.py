"""Timing: when an appointment is to be, from every place in which a SIU may say so.

What names an offset is an instant; what names none is what the clock of the clinic shows. An hour
that is jumped over, or comes twice, is nobody's guess: a person writes the offset.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from domain import walltimes
from domain.errors import NotAllowed
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.moments import Moment, Precision, moment
from ward.interop.hl7.siu.parts import GONE, RESOURCES
from ward.interop.hl7.waits import Waits

UNSAID = timezone(timedelta(0), "not said")
"""The zone of a time whose offset the sender left out, until the clinic is known."""
WALL = "%Y-%m-%dT%H:%M"
OFFSET = "Correct the message: write the offset behind the time, such as +0100."
APART = "Its people and rooms are wanted at different times: all are booked for the whole time."

_UNITS = {
    "": 60,
    **dict.fromkeys(("MIN", "MINS", "MINUTE", "MINUTES", "M"), 60),
    **dict.fromkeys(("S", "SEC", "SECS", "SECOND", "SECONDS"), 1),
    **dict.fromkeys(("H", "HR", "HRS", "HOUR", "HOURS"), 3600),
}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """When it begins and ends as the sender wrote it; what nobody can read is a `problem`."""

    start: Moment | None = None
    end: Moment | None = None
    length: timedelta | None = None
    apart: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Time:
    """An instant, what the clock of the clinic shows then, and how long it lasts, if that is said.

    `fold` is 1 for the second of two hours that look alike.
    """

    at: datetime
    wall: str
    fold: int
    length: timedelta | None


class _Unread(Exception):
    """A duration is written that is none."""


def timing(message: Message) -> Timing:
    """Read TQ1, else what the resources say, else SCH-11; none may contradict another."""
    try:
        return _timing(message)
    except _Unread:
        return Timing(problem="A duration cannot be read.")


def _timing(message: Message) -> Timing:
    sch = message.first("SCH")
    tq1 = message.first("TQ1")
    wanted = list(_of_resources(message))
    starts = sorted(one.start for one in wanted)
    said = _moment(tq1, 7) if tq1 else None
    if said and starts and said.written != starts[0]:
        return Timing(problem="TQ1 and the resources name different times.")
    if not said and not starts:
        return _of_schedule(sch) if sch else Timing()
    start = said or next(one.moment for one in wanted if one.start == starts[0])
    apart = len(set(starts)) > 1
    if end := _moment(tq1, 8) if tq1 else None:
        return Timing(start, end, apart=apart)
    ends = [one.start + length for one in wanted if (length := one.length)]
    if ends and len(ends) == len(wanted):
        return Timing(start, length=max(ends) - start.written, apart=apart)
    return Timing(start, length=_length(sch, 9, 10) if sch else None, apart=apart)


def resolved(said: Timing, zone: ZoneInfo) -> Time:
    """Turn what is said into the one instant that is meant at the clinic, or wait for a person."""
    if said.problem:
        raise _unclear(said.problem)
    if said.start is None:
        raise _unclear("The message names no time.")
    if said.start.precision < Precision.MINUTE:
        raise _unclear("The message names a day without a time.")
    at = _instant(said.start, zone).replace(second=0, microsecond=0)
    length = _instant(said.end, zone) - at if said.end else said.length
    if length is not None and length < _MINUTE:
        raise _unclear("The end must be after the start.")
    local = at.astimezone(zone)
    return Time(at, local.strftime(WALL), local.fold, length)


def _instant(said: Moment, zone: ZoneInfo) -> datetime:
    if said.written.tzinfo is not UNSAID:
        return said.at
    wall = said.written.replace(tzinfo=None)
    try:
        return walltimes.when(wall.date(), wall.time(), zone)
    except NotAllowed as refused:
        hint = f" {OFFSET}" if refused.code == "time.twice" else ""
        raise _unclear(f"{refused.sentence}{hint}") from refused


def _unclear(sentence: str) -> Waits:
    return Waits(ReviewReason.UNCLEAR_APPOINTMENT, sentence)


@dataclass(frozen=True, slots=True)
class _Wanted:
    moment: Moment
    segment: Segment

    @property
    def start(self) -> datetime:
        return self.moment.written

    @property
    def length(self) -> timedelta | None:
        _, length, units = RESOURCES[self.segment.name]
        return _length(self.segment, length, units)


def _of_resources(message: Message) -> Iterator[_Wanted]:
    for segment in message.segments:
        places = RESOURCES.get(segment.name)
        if not places or segment.text(2).upper() == GONE:
            continue
        if found := _moment(segment, places[0]):
            yield _Wanted(found, segment)


def _of_schedule(sch: Segment) -> Timing:
    """Read SCH-11, a TQ of versions before 2.5: quantity, interval, duration, start, end."""
    item = sch.item(11)
    start, end = moment(item.part(4), UNSAID), moment(item.part(5), UNSAID)
    if end is not None:
        return Timing(start, end)
    within = item.part(3).upper()
    told = _lasting(within[1:], within[:1]) if within[:1] in {"M", "S", "H"} else None
    return Timing(start, length=told or _length(sch, 9, 10))


def _moment(segment: Segment | None, number: int) -> Moment | None:
    return moment(segment.text(number), UNSAID) if segment else None


def _length(segment: Segment, number: int, units: int) -> timedelta | None:
    unit = segment.text(units) or segment.text(units, 2)
    return _lasting(segment.text(number), unit)


def _lasting(count: str, unit: str) -> timedelta | None:
    """Read a duration; nothing, and none at all, say nothing."""
    if not count:
        return None
    seconds = _UNITS.get(unit.strip().upper())
    if seconds is None or not re.fullmatch(r"\d{1,6}", count, re.ASCII):
        raise _Unread
    return timedelta(seconds=int(count) * seconds) or None
