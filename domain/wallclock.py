"""Wall clock: when a time on the clock of the ward happens: once, twice or never on some days."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_RESOLUTION = timedelta(seconds=1)


def instants(day: date, at: time, zone: tzinfo) -> tuple[datetime, ...]:
    """List the instants at which the clock shows this time: one, two in autumn, none in spring."""
    wall = datetime.combine(day, at)
    found = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant not in found and instant.astimezone(zone).replace(tzinfo=None) == wall:
            found.append(instant)
    return tuple(sorted(found))


@lru_cache(maxsize=4_096)  # the hours of a clinic are asked about again and again
def first(day: date, at: time, zone: tzinfo) -> datetime:
    """Return when the clock first shows this time, or jumps over it."""
    found = instants(day, at, zone)
    return found[0] if found else _jump(datetime.combine(day, at), zone)


def _jump(wall: datetime, zone: tzinfo) -> datetime:
    """Find the instant at which the clock jumps over a time that does not exist."""
    guesses = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    before, after = min(guesses), max(guesses)
    while after - before > _RESOLUTION:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        jumped = middle.astimezone(zone).replace(tzinfo=None) >= wall
        before, after = (before, middle) if jumped else (middle, after)
    return after
