"""Hours: the columns of the care view: a day and a half by the clock of the ward, in shifts."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain import wallclock
from domain.display import time_of

HOUR = timedelta(hours=1)
SHOWN = 36  # hours: whatever the time, the next shift is among them
DAY = timedelta(days=1)


class Turn(StrEnum):
    """A shift of the ward; a choice of this project, a site may have others."""

    EARLY = "early"
    LATE = "late"
    NIGHT = "night"

    @property
    def word(self) -> str:
        """Name the shift on its button."""
        return self.value.capitalize()


STARTS = {Turn.EARLY: time(6), Turn.LATE: time(14), Turn.NIGHT: time(22)}


@dataclass(frozen=True, slots=True)
class Hour:
    """One column: from when, what the clock shows, and whose shift it is."""

    at: datetime
    text: str
    turn: Turn


def hours(now: datetime, zone: tzinfo) -> tuple[Hour, ...]:
    """List the hours from the beginning of the last early shift; real ones, whatever clocks do."""
    today = now.astimezone(zone).date()
    start = wallclock.first(today, STARTS[Turn.EARLY], zone)
    if start > now:
        start = wallclock.first(today - DAY, STARTS[Turn.EARLY], zone)
    found = (start + HOUR * step for step in range(SHOWN))
    return tuple(Hour(at, time_of(at, zone), turn_of(at, zone)) for at in found)


def turn_of(at: datetime, zone: tzinfo) -> Turn:
    """Tell whose shift an instant falls into."""
    local = at.astimezone(zone).time()
    if STARTS[Turn.EARLY] <= local < STARTS[Turn.LATE]:
        return Turn.EARLY
    return Turn.LATE if STARTS[Turn.LATE] <= local < STARTS[Turn.NIGHT] else Turn.NIGHT
