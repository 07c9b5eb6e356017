"""Moments: HL7 times with the precision they were written in.

python-hl7's parse_datetime reads "1961-02-14" as the year 1961; a hospital needs it refused.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import IntEnum

_DTM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?)?)?)?)?"
    r"(?:([+-])(\d\d)(\d\d))?",
    re.ASCII,
)
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d+)?)?)?([+-]\d{4})?", re.ASCII)
_WIDEST_OFFSET = timedelta(hours=14)


class Precision(IntEnum):
    """How much of a time was written."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a sender wrote it."""

    written: datetime
    """In the offset it was written with, or the sender's zone."""
    precision: Precision

    @property
    def at(self) -> datetime:
        """Return the instant, in UTC."""
        return self.written.astimezone(UTC)

    @property
    def on(self) -> date | None:
        """Return the day as written, if there is one: a birth date does not move by zone."""
        return self.written.date() if self.precision >= Precision.DAY else None


def moment(text: str, zone: tzinfo) -> Moment | None:
    """Read a DTM or TS; None when it is no possible time."""
    found = _DTM.fullmatch(text.strip())
    if not found:
        return None
    numbers = [int(part) for part in found.groups()[:6] if part]
    fraction = int((found[7] or "0").ljust(6, "0"))
    year, month, day, hour, minute, second = [*numbers, *(1, 1, 1, 0, 0, 0)[len(numbers) :]]
    try:
        offset = _offset(found[8], found[9], found[10]) or zone
        written = datetime(year, month, day, hour, minute, second, fraction, tzinfo=offset)
        written.astimezone(UTC)  # the years 1 and 9999 may have no instant
    except (ValueError, OverflowError):
        return None
    return Moment(written, Precision(len(numbers)))


def _offset(sign: str | None, hours: str, minutes: str) -> tzinfo | None:
    if not sign:
        return None
    span = timedelta(hours=int(hours), minutes=int(minutes))
    if span > _WIDEST_OFFSET:
        raise ValueError(sign)
    return timezone(-span if sign == "-" else span)


def is_time_of_day(text: str) -> bool:
    """Say whether a TM can be read."""
    return bool(_TIME.fullmatch(text.strip()))
