"""Recurrence: the part of an RFC 5545 rule that a clinic needs, read, written and followed.

FREQ DAILY, WEEKLY or MONTHLY, INTERVAL, BYDAY (in a month also 1MO, -1FR), and COUNT or UNTIL, one
of them. Everything is by the clock of the place: UNTIL too is a local time, or a day that is
included (clinical/scheduling.md, 4). A week begins on Monday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain.errors import NotAllowed

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_YEAR = 9990  # so that no series leaves the calendar


class Freq(StrEnum):
    """How often, by RFC 5545."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


# Periods that are looked at: five years, more than any series lasts (domain.series). A rule may
# name days that hardly ever come, and must not be followed for ever.
REACH = {Freq.DAILY: 5 * 366, Freq.WEEKLY: 5 * 53, Freq.MONTHLY: 5 * 12}


@dataclass(frozen=True, slots=True, order=True)
class Weekday:
    """A day of the week, 0 is Monday; of a month its first, 1, or its last, -1, or all, None."""

    day: int
    nth: int | None = None

    def __str__(self) -> str:
        """Write it as BYDAY does: MO, 1MO, -1FR."""
        return f"{self.nth or ''}{CODES[self.day]}"

    @property
    def word(self) -> str:
        """Say it: Monday, second Monday, last Friday."""
        name = DAYS[self.day]
        return f"{_NTHS[self.nth]} {name}" if self.nth else name


_NTHS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"} | {
    -1: "last", -2: "second last", -3: "third last", -4: "fourth last", -5: "fifth last",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How often something recurs, and until when."""

    freq: Freq
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    count: int | None = None
    until: datetime | None = None  # local, without zone, included

    def __post_init__(self) -> None:
        """Refuse a rule that never ends, ends twice, or asks for what this project cannot."""
        if (self.count is None) is (self.until is None):
            raise NotAllowed("A series ends after a number or on a day, one of them.", "series.end")
        if self.interval < 1 or (self.count is not None and self.count < 1):
            raise NotAllowed("A series counts from 1.", "series.count")
        if self.until is not None and self.until.tzinfo is not None:
            raise NotAllowed("The end of a series is by the clock of the place.", "series.until")
        nths = [each.nth for each in self.weekdays if each.nth is not None]
        if any(not 1 <= abs(nth) <= 5 for nth in nths):
            raise NotAllowed("A month has at most five of each weekday.", "series.weekday")
        if nths and self.freq is not Freq.MONTHLY:
            raise NotAllowed("Only a month has a first or last weekday.", "series.weekday")


def until(day: date) -> datetime:
    """Return the end of a rule that includes all of a day."""
    return datetime.combine(day, time(23, 59, 59))


def walls(rule: Rule, first: datetime) -> Iterator[datetime]:
    """Give the local times of a rule in order, the first one included; by COUNT and UNTIL."""
    begun = 0
    for day in _days(rule, first.date()):
        wall = datetime.combine(day, first.time())
        if wall < first:
            continue
        if rule.until is not None and wall > rule.until:
            return
        if rule.count is not None and begun == rule.count:
            return
        begun += 1
        yield wall


def _days(rule: Rule, first: date) -> Iterator[date]:
    """Give the days of a rule from the period of the first day on, for some years, in order."""
    wanted = {each.day for each in rule.weekdays}
    for period in range(0, REACH[rule.freq], rule.interval):
        match rule.freq:
            case Freq.DAILY:
                day = first + period * DAY
                found = [day] if not wanted or day.weekday() in wanted else []
            case Freq.WEEKLY:
                monday = first - first.weekday() * DAY + period * WEEK
                found = [monday + each * DAY for each in sorted(wanted or {first.weekday()})]
            case _:
                year, month = divmod(first.year * 12 + first.month - 1 + period, 12)
                found = _of_month(rule, date(year, month + 1, 1), first)
        yield from found


def _of_month(rule: Rule, month: date, first: date) -> list[date]:
    """List the days of a month; one without a 31st has none on the 31st."""
    days = [month + n * DAY for n in range(31) if (month + n * DAY).month == month.month]
    if not rule.weekdays:
        return [day for day in days if day.day == first.day]
    found: set[date] = set()
    for each in rule.weekdays:
        same = [day for day in days if day.weekday() == each.day]
        if each.nth is None:
            found |= set(same)
        elif abs(each.nth) <= len(same):
            found.add(same[each.nth - 1 if each.nth > 0 else each.nth])
    return sorted(found)


def nth_weekday(day: date) -> Weekday:
    """Name a day of a month by its weekday: the second Monday; a fifth is the last."""
    nth = (day.day - 1) // 7 + 1
    return Weekday(day.weekday(), nth if nth < 5 else -1)


def in_month(which: Weekday, month: date) -> date:
    """Find the day of a month, given by its first, that a weekday of one month names."""
    rule = Rule(freq=Freq.MONTHLY, weekdays=(which,), count=1)
    return _of_month(rule, month, month)[0]


def months_after(day: date, months: int) -> date:
    """Return the same day some months on, or back; the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - DAY).day))


def fits(rule: Rule, first: datetime) -> bool:
    """Tell whether the first time is itself one of the rule."""
    return next(walls(rule, first), None) == first


def text(rule: Rule, zone: tzinfo | None = None) -> str:
    """Write the value of an RRULE; with a zone UNTIL is in UTC, as other calendars want it."""
    parts = [f"FREQ={rule.freq}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.weekdays:
        parts.append("BYDAY=" + ",".join(str(each) for each in rule.weekdays))
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.until is not None:
        end = rule.until if zone is None else _in_utc(rule.until, zone)
        parts.append(f"UNTIL={end:%Y%m%dT%H%M%S}" + ("Z" if zone else ""))
    return ";".join(parts)


def _in_utc(wall: datetime, zone: tzinfo) -> datetime:
    """Return the later of the two that a time may mean, so that nothing is cut off."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


KNOWN = {"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"}


def parse(value: str, zone: tzinfo) -> Rule:
    """Read the value of an RRULE, or say which part of it cannot be followed."""
    parts: dict[str, str] = {}
    for part in value.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, said = part.partition("=")
        if not equals or not said or name in parts:
            raise _unread(part)
        parts[name] = said
    if strange := sorted(set(parts) - KNOWN):
        raise NotAllowed(f"Series with {strange[0]} are not supported.", "series.text")
    if parts.get("FREQ") not in list(Freq):
        raise NotAllowed("A series is daily, weekly or monthly.", "series.text")
    if parts.get("WKST", "MO") != "MO":
        raise NotAllowed("A week begins on Monday.", "series.text")
    return Rule(
        freq=Freq(parts["FREQ"]),
        interval=_number(parts.get("INTERVAL", "1")),
        weekdays=tuple(_weekday(each) for each in parts.get("BYDAY", "").split(",") if each),
        count=_number(parts["COUNT"]) if "COUNT" in parts else None,
        until=_end(parts["UNTIL"], zone) if "UNTIL" in parts else None,
    )


def _unread(part: str) -> NotAllowed:
    return NotAllowed(f"“{part[:40]}” is no part of a rule that can be read.", "series.text")


def _number(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) <= 4):
        raise _unread(said)
    return int(said)


def _weekday(said: str) -> Weekday:
    nth, code = said[:-2], said[-2:]
    if code not in CODES or (nth and not nth.lstrip("+-").isdecimal()):
        raise _unread(said)
    try:
        return Weekday(CODES.index(code), int(nth) if nth else None)
    except ValueError as error:
        raise _unread(said) from error


def _end(said: str, zone: tzinfo) -> datetime:
    try:
        if len(said) == 8:
            return until(datetime.strptime(said, "%Y%m%d").date())  # noqa: DTZ007 - a day
        if said.endswith("Z"):
            at = datetime.strptime(said, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return at.astimezone(zone).replace(tzinfo=None, fold=0)
        return datetime.strptime(said, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local by definition
    except (ValueError, OverflowError) as error:
        raise _unread(said) from error
