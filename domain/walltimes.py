"""Wall times: from what a person reads on a clock to the one instant that is meant.

In spring an hour is jumped over: nothing can be booked in it. In autumn an hour comes twice: the
form asks which is meant (clinical/scheduling.md, 7).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain import wallclock
from domain.display import day_of
from domain.errors import NotAllowed

SECOND = timedelta(seconds=1)
YEARS = (1900, 9990)


class Which(StrEnum):
    """Which of the two is meant when the clock shows a time twice."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to the question which of the two is meant, as a form offers it."""

    which: Which
    at: datetime
    word: str  # 01:30 BST, the first


def questions(day: date, at: time, zone: tzinfo) -> tuple[Choice, ...]:
    """List what a form asks about a wall time; nothing when it comes once or never."""
    found = wallclock.instants(day, at, zone)
    if len(found) < 2:
        return ()
    return tuple(
        Choice(which, each, f"{at:%H:%M} {each.astimezone(zone).tzname()}, the {which}")
        for which, each in zip(Which, found, strict=True)
    )


def when(day: date, at: time, zone: tzinfo, which: Which | None = None) -> datetime:
    """Return the instant, or say why the form has to ask; where nobody can be asked: FIRST."""
    _check(day)
    found = wallclock.instants(day, at, zone)
    if not found:
        raise NotAllowed(_missing(day, at, zone), "time.missing")
    if len(found) > 1 and which is None:
        one, two = questions(day, at, zone)
        raise NotAllowed(
            f"{at:%H:%M} comes twice on {day_of(day, weekday=True)}. "
            f"Choose {one.word}, or {two.word}.",
            "time.twice",
        )
    return found[-1] if which is Which.SECOND else found[0]


def _check(day: date) -> None:
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise NotAllowed("This year cannot be meant. Check the date.", "time.year")


def _missing(day: date, at: time, zone: tzinfo) -> str:
    jump = wallclock.first(day, at, zone)
    before = jump + ((jump - SECOND).astimezone(zone).utcoffset() or timedelta(0))
    after = jump.astimezone(zone)
    said = f"{at:%H:%M} does not exist on {day_of(day, weekday=True)}"
    if after.date() != day:
        return f"{said}: the whole day is left out. Choose another day."
    return f"{said}: the clocks go from {before:%H:%M} to {after:%H:%M}. Choose another time."


def read(text: str, zone: tzinfo, which: Which | None = None) -> datetime:
    """Turn a field of a form (2026-03-29T01:30) into the instant that is meant, in UTC.

    A time that brings its own offset needs no zone and no question.
    """
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise NotAllowed("Write the day and the time, as 2026-03-29 14:30.", "time.text") from error
    if "T" not in text.strip().upper().replace(" ", "T"):
        raise NotAllowed("The time is missing. Write it as 14:30.", "time.text")
    _check(wall.date())
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    return when(wall.date(), wall.time(), zone, which)


def moved_by_rules(wall: datetime, zone: tzinfo, at: datetime) -> datetime | None:
    """Return the new instant of a time whose zone has got other rules since; None when it stands.

    `wall` is what the clock of the place was meant to show, `at` the instant that is stored.
    """
    found = wallclock.instants(wall.date(), wall.time(), zone)
    due = wallclock.first(wall.date(), wall.time(), zone)
    return None if at in found or at == due else due
