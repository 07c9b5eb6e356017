"""Days: the four days a medicines chart shows, by the clock of the ward, and the times of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from domain import schedules, wallclock
from domain.display import duration, time_of

DAY = timedelta(days=1)
BEFORE, AFTER = 2, 1  # days beside the one that is shown in hours


@dataclass(frozen=True, slots=True)
class Days:
    """Two days, the day that is looked at, and one more; each begins at its midnight."""

    selected: date
    today: date
    zone: tzinfo

    @property
    def all(self) -> tuple[date, ...]:
        """List the days, oldest first."""
        return tuple(self.selected + DAY * step for step in range(-BEFORE, AFTER + 1))

    @property
    def start(self) -> datetime:
        """Tell when the first of them begins."""
        return self.midnight(self.all[0])

    @property
    def end(self) -> datetime:
        """Tell when the last of them is over."""
        return self.midnight(self.all[-1] + DAY)

    @property
    def is_today(self) -> bool:
        """Say whether the day in hours is the present one."""
        return self.selected == self.today

    def midnight(self, day: date) -> datetime:
        """Tell when a day of the ward begins."""
        return wallclock.first(day, time(0), self.zone)

    def of(self, at: datetime) -> date:
        """Tell which day of the ward an instant belongs to."""
        return at.astimezone(self.zone).date()

    def change(self) -> str:
        """Say what the clocks do on the selected day; empty on all but two days of a year."""
        longer = schedules.clock_change(self.selected, self.zone)
        if not longer:
            return ""
        way = "back" if longer > timedelta(0) else "forward"
        return f"The clocks go {way} by {duration(abs(longer))} on this day."


def days_of(selected: date | None, now: datetime, zone: tzinfo) -> Days:
    """Choose the day: the present one unless another is asked for."""
    today = now.astimezone(zone).date()
    return Days(selected or today, today, zone)


@dataclass(frozen=True, slots=True)
class Column:
    """One time of the selected day: what the clock shows, and from when on."""

    text: str
    at: datetime


def columns(instants: Iterable[datetime], zone: tzinfo) -> tuple[Column, ...]:
    """Give each time at which something is due a column, in their order."""
    found = sorted({minute(at) for at in instants})
    return tuple(Column(time_of(at, zone), at) for at in found)


def minute(at: datetime) -> datetime:
    """Leave the seconds out: what is due in one minute stands in one column."""
    return at.replace(second=0, microsecond=0)
