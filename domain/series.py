"""Series: appointments that recur, each at the same time on the clock of the place.

09:00 stays 09:00 when the clocks move. A time that is jumped over happens at the jump, and says so;
one that comes twice happens the first time. Source: clinical/scheduling.md, 4 and 7.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import islice

from domain import recurrence, wallclock
from domain.display import day_of, time_of
from domain.errors import NotAllowed
from domain.recurrence import LAST_YEAR, Freq, Rule, months_after
from domain.spans import ZERO, Span

# scheduling.md 4: "max 24 months or 200 occurrences, default limits"; whichever comes first.
MOST, MONTHS = 200, 24


class Extent(StrEnum):
    """How much of a series a change is meant for."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"

    @property
    def word(self) -> str:
        """Say it on a form."""
        return {
            "this": "This one",
            "following": "This and all that follow",
            "all": "All that are still to come",
        }[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What recurs: the first local time, the rule, how long each lasts, and the days left out."""

    first: datetime  # local, without zone
    zone: tzinfo
    rule: Rule
    length: timedelta
    without: frozenset[date] = frozenset()  # EXDATE: at most one appointment a day, so days do

    def __post_init__(self) -> None:
        """Refuse a series whose first appointment is not one of it, or that has no length."""
        if self.first.tzinfo is not None:
            raise NotAllowed("A series begins at a time on the clock of the place.", "series.zone")
        if not 1970 <= self.first.year <= LAST_YEAR:
            raise NotAllowed("This year cannot be meant. Check the date.", "series.year")
        if self.length <= ZERO:
            raise NotAllowed("The end must be after the start.", "series.length")
        if not recurrence.fits(self.rule, self.first):
            day = day_of(self.first.date(), weekday=True)
            raise NotAllowed(
                f"The first appointment, {day}, is not one of the series {described(self.rule)}.",
                "series.first",
            )


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One appointment of a series: its number, the time that was meant, and when it is."""

    number: int  # counted from 1, with those that are left out
    wall: datetime  # local, without zone; what it is known by, however often it is moved
    span: Span
    moved: bool = False  # the clock jumps over the time; it happens at the jump
    repeated: bool = False  # the time comes twice; this is the first

    def notice(self, zone: tzinfo) -> str:
        """Say what the clocks did to it; nothing on all other days."""
        day, wall = day_of(self.wall.date(), weekday=True), f"{self.wall:%H:%M}"
        now = time_of(self.span.start, zone)
        if self.moved:
            return f"{wall} does not exist on {day}: this appointment is at {now}."
        return (
            f"{wall} comes twice on {day}: this appointment is at {now}." if self.repeated else ""
        )


def expand(series: Series) -> tuple[Occurrence, ...]:
    """List the appointments of a series, or say which limit it breaks."""
    walls = list(islice(recurrence.walls(series.rule, series.first), MOST + 1))
    last = months_after(series.first.date(), MONTHS)
    if walls[-1].date() > last or len(walls) < (series.rule.count or 0):
        raise NotAllowed(
            f"A series lasts at most {MONTHS} months. End it by {day_of(last)}.",
            "series.months",
        )
    if len(walls) > MOST:
        raise NotAllowed(f"A series has at most {MOST} appointments.", "series.most")
    found = (_occurrence(series, number, wall) for number, wall in enumerate(walls, 1))
    return tuple(each for each in found if each and each.wall.date() not in series.without)


def _occurrence(series: Series, number: int, wall: datetime) -> Occurrence | None:
    """Place one appointment in time; None on a day that the calendar of the place left out."""
    at = (wall.date(), wall.time(), series.zone)
    instants, start = wallclock.instants(*at), wallclock.first(*at)
    if start.astimezone(series.zone).date() != wall.date():
        return None
    span = Span.lasting(start, series.length)
    return Occurrence(number, wall, span, moved=not instants, repeated=len(instants) > 1)


def split(series: Series, number: int) -> tuple[Series, Series]:
    """Cut a series for a change of "this and following": what was before, and the rest.

    The rest begins with the appointment of that number; its rule and days stand until changed.
    """
    walls = list(islice(recurrence.walls(series.rule, series.first), MOST))
    if not 2 <= number <= len(walls):
        raise NotAllowed("Choose one that follows the first: else change all.", "series.split")
    here = walls[number - 1]
    left = None if series.rule.count is None else series.rule.count - number + 1
    before = frozenset(day for day in series.without if day < here.date())
    first = replace(series, rule=replace(series.rule, count=number - 1, until=None), without=before)
    rest = replace(
        series,
        first=here,
        rule=replace(series.rule, count=left),
        without=series.without - before,
    )
    return first, rest


def moved(series: Series, number: int, to: datetime, *, since: int) -> Series:
    """Give what begins with number `since` another time, as appointment `number` is given it.

    The appointments of what is returned answer one by one to those from `since` on; what was left
    out stays so. Each keeps the new time on the wall, whatever the clocks do.
    """
    walls = list(islice(recurrence.walls(series.rule, series.first), MOST))
    if not 1 <= since <= number <= len(walls):
        raise NotAllowed("This is no appointment of the series.", "series.number")
    was, left = walls[number - 1], walls[since - 1 :]
    rule = replace(_shifted(series.rule, was.date(), to.date()), count=len(left), until=None)
    first = datetime.combine(_begin(rule, left[0].date(), was.date(), to.date()), to.time())
    new = list(recurrence.walls(rule, first))
    pairs = zip(left, new, strict=False)
    without = frozenset(day.date() for old, day in pairs if old.date() in series.without)
    return replace(series, first=first, rule=rule, without=without)


def _shifted(rule: Rule, was: date, to: date) -> Rule:
    """Return the rule for another day of the week or month; only where it names one day."""
    if was == to:
        return rule
    nths = [each.nth for each in rule.weekdays]
    match rule.freq:
        case Freq.DAILY if not nths:
            return rule
        case Freq.WEEKLY if len(nths) <= 1:
            return replace(rule, weekdays=())
        case Freq.MONTHLY if len(nths) == 1 and nths[0] is not None:
            return replace(rule, weekdays=(recurrence.nth_weekday(to),))
    raise NotAllowed(
        f"A series {described(rule)} can be given another time of day, not another day. "
        "Move its appointments one by one.",
        "series.day",
    )


def _begin(rule: Rule, base: date, was: date, to: date) -> date:
    """Return the first new day: as far from the old one as the day that was chosen."""
    if rule.freq is not Freq.MONTHLY or was == to:
        return base + (to - was)
    months = (to.year - was.year) * 12 + to.month - was.month
    return recurrence.in_month(rule.weekdays[0], months_after(base.replace(day=1), months))


def described(rule: Rule) -> str:
    """Say a rule in words: every 2 weeks on Mon, Wed; 8 times."""
    unit = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}[rule.freq]
    often = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    names = [each.word for each in rule.weekdays]
    where = f" on {', '.join(names)}" if names else ""
    if rule.until is not None:
        return f"{often}{where}, until {day_of(rule.until.date())}"
    return f"{often}{where}, {rule.count} times"
