"""Nights: the zones and the instants at which their clocks move, for what must hold in all."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

#: Jumps of an hour and of half of one, at two and at midnight, north and south, in Ramadan.
ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "Atlantic/Azores",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Jerusalem",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
QUARTER = timedelta(minutes=15)


@cache
def nights(zone: str) -> tuple[datetime, ...]:
    """Find the instants of 2026 and 2027 at which the clock of a zone is moved."""
    where, at = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    while at.year < 2028:
        later = at + QUARTER
        if at.astimezone(where).utcoffset() != later.astimezone(where).utcoffset():
            found.append(later)
        at = later
    return tuple(found)


def every_night() -> list[tuple[str, datetime]]:
    """Give each zone with each of its nights."""
    return [(zone, night) for zone in ZONES for night in nights(zone)]
