"""Monitoring: when the next observations are due, and what in a new score is an alert.

Intervals: RCP, "National Early Warning Score (NEWS) 2", London 2017, chart 4. Grace, the 15 minutes
by hand in the high band, and the rise of 2 in 24 hours are choices of this project.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import NotAllowed
from domain.news2 import Band, Item, Result, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """How often a site observes; it may be stricter than the defaults, never looser."""

    zero: timedelta = timedelta(hours=12)
    low: timedelta = timedelta(hours=6)  # 1 to 4: "every 4-6 h"; many sites choose 4
    low_medium: timedelta = timedelta(hours=1)
    medium: timedelta = timedelta(hours=1)
    high: timedelta = timedelta(minutes=15)  # by hand; the paper asks for continuous monitoring
    grace_percent: int = 10
    grace_least: timedelta = timedelta(minutes=5)
    grace_most: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        """Refuse settings that would let a patient wait longer than the defaults do."""
        for field in fields(self):
            value = getattr(self, field.name)
            nothing = type(value)()
            if value > field.default:
                raise NotAllowed(
                    f"Monitoring ({field.name}) may be stricter than NEWS2, not looser.",
                    "monitoring.looser",
                )
            if value < nothing or (value == nothing and not field.name.startswith("grace")):
                raise NotAllowed(f"Monitoring ({field.name}) needs a time.", "monitoring.none")


NEWS2 = Monitoring()

TREND = timedelta(hours=24)
RISE = 2  # points within TREND


def interval(total: int, band: Band, settings: Monitoring = NEWS2) -> timedelta:
    """Say how long after a score the next observations are due at the latest."""
    match band:
        case Band.HIGH:
            return settings.high
        case Band.MEDIUM:
            return settings.medium
        case Band.LOW_MEDIUM:
            return settings.low_medium
        case Band.LOW:
            return settings.low if total else settings.zero


def next_due(
    recorded_at: datetime, total: int, band: Band, settings: Monitoring = NEWS2
) -> datetime:
    """Say when the next observations are due after a complete score."""
    return recorded_at + interval(total, band, settings)


def due_after(
    result: Result,
    recorded_at: datetime,
    due: datetime | None = None,
    settings: Monitoring = NEWS2,
) -> datetime | None:
    """Move the clock of a patient after a set: complete sets set it, partial ones never delay it.

    A partial set that is already worrying brings the next one forward; the rest of an incomplete
    set stays owed since it was due. None: NEWS2 does not apply, its clock does not run.
    """
    if not result.applicable and not result.emergency:
        return None
    if result.total is not None and result.band:
        return next_due(recorded_at, result.total, result.band, settings)
    owed = recorded_at if due is None else due
    if result.urgency is None:
        return owed
    sooner = next_due(recorded_at, result.at_least, result.urgency, settings)
    return sooner if due is None else min(due, sooner)


def grace(every: timedelta, band: Band, settings: Monitoring = NEWS2) -> timedelta:
    """Say how late observations may be before a board shows it; in the high band not at all."""
    if band is Band.HIGH:
        return timedelta(0)
    share = every * settings.grace_percent / 100
    return min(max(share, settings.grace_least), settings.grace_most)


def overdue_at(
    due: datetime, every: timedelta, band: Band, settings: Monitoring = NEWS2
) -> datetime:
    """Say after which instant the boards show the observations as overdue."""
    return due + grace(every, band, settings)


class Cause(StrEnum):
    """What in a score makes an alert."""

    NOT_RECORDABLE = "not-recordable"
    PARTIAL = "partial"  # an incomplete set that is an emergency already
    BAND = "band"  # upward into a band
    SINGLE_THREE = "single-three"
    RISE = "rise"
    FURTHER = "further"  # higher, inside a band that had its alert


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to tell somebody."""

    cause: Cause
    sentence: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A score and when the observations were made."""

    at: datetime
    result: Result


def risen(earlier: Sequence[Scored], now: Scored) -> tuple[Reason, ...]:
    """List why a new score is an alert, most pressing first; nothing when nothing got worse.

    `earlier` is what was scored before, in any order: the last complete set and all of the last
    24 hours. Merging alerts of one cause is not done here.
    """
    before = sorted((past for past in earlier if past.at <= now.at), key=lambda past: past.at)
    found = [
        _not_recordable(now.result),
        _partial(now.result),
        _band(before, now.result),
        _single_three(before, now.result),
        _rise(before, now),
        _further(before, now.result),
    ]
    return tuple(reason for reason in found if reason)


def _not_recordable(now: Result) -> Reason | None:
    if not now.not_recordable:
        return None
    return Reason(
        Cause.NOT_RECORDABLE, f"Not recordable: {words(now.not_recordable)}.", now.not_recordable
    )


def _partial(now: Result) -> Reason | None:
    if now.complete or not now.emergency or now.not_recordable:
        return None
    return Reason(Cause.PARTIAL, f"NEWS2 is at least {now.at_least}, without {words(now.missing)}.")


def _band(before: Sequence[Scored], now: Result) -> Reason | None:
    if now.urgency is None or now.urgency.rank <= _standing(before).rank:
        return None
    return Reason(Cause.BAND, f"NEWS2 {_sum(now)}: {now.urgency.word}.")


def _single_three(before: Sequence[Scored], now: Result) -> Reason | None:
    new = tuple(item for item in now.reds if _last_points(before, item) != now.points[item])
    return Reason(Cause.SINGLE_THREE, f"3 points for {words(new)}.", new) if new else None


def _rise(before: Sequence[Scored], now: Scored) -> Reason | None:
    totals = [past.result.total for past in before if now.at - past.at <= TREND]
    lowest = min((total for total in totals if total is not None), default=None)
    if lowest is None or now.result.at_least - lowest < RISE:
        return None
    if now.result.at_least <= _highest(before):  # risen before, and told then
        return None
    return Reason(Cause.RISE, f"NEWS2 {lowest} to {_sum(now.result)} within 24 h.")


def _further(before: Sequence[Scored], now: Result) -> Reason | None:
    same = now.urgency is not None and now.urgency is _standing(before)
    if not same or now.urgency is Band.LOW or now.at_least <= _highest(before):
        return None
    return Reason(Cause.FURTHER, f"NEWS2 rises from {_highest(before)} to {_sum(now)}.")


def _highest(before: Sequence[Scored]) -> int:
    """Return what the score is known to have been at least, up to now."""
    return max((past.result.at_least for past in _since_complete(before)), default=0)


def _since_complete(before: Sequence[Scored]) -> Sequence[Scored]:
    """Return the last complete set and the partial ones after it."""
    complete = [at for at, past in enumerate(before) if past.result.complete]
    return before[complete[-1] :] if complete else before


def _standing(before: Sequence[Scored]) -> Band:
    """Return the band a patient is in: a partial set can raise it, only a complete one lowers."""
    known = [past.result.urgency or Band.LOW for past in _since_complete(before)]
    return max(known, key=lambda band: band.rank, default=Band.LOW)


def _last_points(before: Sequence[Scored], item: Item) -> int | None:
    known = [past.result.points[item] for past in before]
    return next((points for points in reversed(known) if points is not None), None)


def _sum(result: Result) -> str:
    return str(result.at_least) if result.complete else f"at least {result.at_least}"
