"""Windows: when a dose is early, on time, late or missed, and what may be done about it.

Source of the widths: ISMP, "Acute Care Guidelines for Timely Administration of Scheduled
Medications", 2011. It is for scheduled doses only; where it is silent the narrowest width is taken.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import NotAllowed
from domain.frequencies import Frequency, Kind

FREQUENT = timedelta(hours=4)  # ISMP: more often than this counts as time-critical
DAILY = timedelta(days=1)

#: A dose that is to be given at once: whoever is assigned hears at once, others after these times.
#: Engineering default.
STAT_ESCALATION = (timedelta(minutes=15), timedelta(minutes=30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How far from its time a dose may be given; a site may be stricter, never looser."""

    time_critical: timedelta = timedelta(minutes=30)
    several_daily: timedelta = timedelta(hours=1)
    daily_or_less: timedelta = timedelta(hours=2)
    once: timedelta = timedelta(minutes=30)  # not in the guideline: engineering choice

    def __post_init__(self) -> None:
        """Refuse windows wider than the guideline, and windows without any width."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value > field.default:
                raise NotAllowed(
                    f"A window ({field.name}) may be stricter than the guideline, not looser.",
                    "windows.looser",
                )
            if value <= timedelta(0):
                raise NotAllowed(f"A window ({field.name}) needs a width.", "windows.none")


ISMP = Tolerances()


class Timing(StrEnum):
    """How a given dose stood to its time."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


class Standing(StrEnum):
    """How an untouched dose stands, by the clock alone."""

    PLANNED = "planned"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"


def tolerance(
    frequency: Frequency, *, time_critical: bool, settings: Tolerances = ISMP
) -> timedelta | None:
    """Return the half width of the window; None: never due, so never overdue (as required)."""
    if frequency.kind is Kind.AS_NEEDED:
        return None
    if frequency.interval is None:
        return settings.once
    if time_critical or _apart(frequency) < FREQUENT:
        return settings.time_critical
    return settings.daily_or_less if frequency.interval >= DAILY else settings.several_daily


def _apart(frequency: Frequency) -> timedelta:
    assert frequency.interval is not None
    return frequency.interval


def timing(scheduled_at: datetime, given_at: datetime, width: timedelta) -> Timing:
    """Judge when a dose was given; the limits belong to the window."""
    if given_at < scheduled_at - width:
        return Timing.EARLY
    return Timing.LATE if given_at > scheduled_at + width else Timing.ON_TIME


def standing(
    scheduled_at: datetime, now: datetime, width: timedelta, next_at: datetime | None = None
) -> Standing:
    """Judge a dose nobody has touched; it is missed once the next one of the order is due."""
    if next_at is not None and now >= next_at:
        return Standing.MISSED
    match timing(scheduled_at, now, width):
        case Timing.EARLY:
            return Standing.PLANNED
        case Timing.ON_TIME:
            return Standing.DUE
        case Timing.LATE:
            return Standing.OVERDUE


def next_change(
    scheduled_at: datetime, now: datetime, width: timedelta, next_at: datetime | None = None
) -> datetime | None:
    """Return the next instant from which the standing may be another; None when it is final.

    A dose is overdue after the end of its window, so the change is a microsecond past it.
    """
    moments = [scheduled_at - width, scheduled_at + width + timedelta(microseconds=1)]
    moments += [next_at] if next_at else []
    if next_at is not None and now >= next_at:
        return None
    return min((moment for moment in moments if moment > now), default=None)


class LateChoice(StrEnum):
    """What a nurse may do with a dose that is late; never two doses to catch up."""

    KEEP = "keep"  # give now, the rest at its times
    SHIFT = "shift"  # give now, the rest moves with it
    OMIT = "omit"

    @property
    def word(self) -> str:
        """Name the choice as a button does."""
        return _LATE[self]


_LATE = {
    LateChoice.KEEP: "Give now and keep the times",
    LateChoice.SHIFT: "Give now and move the next doses",
    LateChoice.OMIT: "Leave out",
}


def late_choices(
    frequency: Frequency,
    now: datetime,
    next_at: datetime | None,
    least_gap: timedelta | None = None,
) -> tuple[LateChoice, ...]:
    """List what may be done with a late dose; leaving it out is always possible.

    Without a minimum interval of the medicine, half of the interval stands (engineering choice).
    """
    gap = frequency.least_gap if least_gap is None else max(least_gap, frequency.least_gap)
    found = [LateChoice.OMIT]
    if frequency.kind is Kind.ELAPSED:
        found.insert(0, LateChoice.SHIFT)
    if next_at is None or next_at - now >= gap:
        found.insert(0, LateChoice.KEEP)
    return tuple(found)
