"""Reminders: when a patient is told of an appointment, when it is tried again, and when not at all.

Source of offsets and quiet hours: clinical/scheduling.md, 6 (engineering defaults, editable). Days
before are counted on the clock of the place, hours as they pass. Quiet hours are those of the
patient's own zone. A reminder that would fall into them is sent when they end; if that is too late,
before they begin. One whose time went by before the appointment was made is never sent.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from domain import wallclock
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import ZERO, utc

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OFFSETS = (7 * DAY, 2 * DAY, 2 * HOUR)
EVENING = timedelta(minutes=30)  # before the quiet hours begin; engineering default
# Waits between tries; engineering default. After the last the reminder has failed, visibly.
BACK_OFF = tuple(minutes * timedelta(minutes=1) for minutes in (1, 5, 15, 60))
JITTER = 0.2  # of a wait, so that not all try again in the same second


class Channel(StrEnum):
    """How a patient is told; FHIR R4 ContactPoint.system."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is told anything, by the patient's clock; the end is not quiet."""

    from_time: time = time(21)
    to_time: time = time(8)

    def __post_init__(self) -> None:
        """Refuse quiet hours that leave no time to tell anybody."""
        start, end = self.from_time, self.to_time
        loud = (start.hour - end.hour) * 60 + start.minute - end.minute
        if start == end or loud % (24 * 60) < 60:
            raise NotAllowed("Quiet hours leave at least an hour of the day.", "reminder.quiet")

    def holds(self, at: datetime, zone: tzinfo) -> bool:
        """Tell whether it is quiet at an instant."""
        wall = at.astimezone(zone).time()
        if self.from_time < self.to_time:
            return self.from_time <= wall < self.to_time
        return wall >= self.from_time or wall < self.to_time

    def ends(self, at: datetime, zone: tzinfo) -> datetime:
        """Return when the quiet hours around an instant end."""
        day = at.astimezone(zone).date()
        ends = (end for n in range(3) for end in _shown(day + n * DAY, self.to_time, zone))
        return next(end for end in ends if end > at and not self.holds(end, zone))

    def began(self, at: datetime, zone: tzinfo) -> datetime:
        """Return when the quiet hours around an instant began."""
        day = at.astimezone(zone).date()
        begins = (wallclock.first(day - n * DAY, self.from_time, zone) for n in range(3))
        return next(begin for begin in begins if begin <= at)


def _shown(day: date, at: time, zone: tzinfo) -> tuple[datetime, ...]:
    return wallclock.instants(day, at, zone) or (wallclock.first(day, at, zone),)


QUIET = Quiet()


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clock where the appointment is, the patient's, and when the patient is left in peace."""

    place: tzinfo
    patient: tzinfo
    quiet: Quiet = QUIET


def due_at(start: datetime, offset: timedelta, place: tzinfo) -> datetime:
    """Return when a reminder is due by its offset alone."""
    if offset < ZERO:
        raise NotAllowed("A reminder comes before the appointment.", "reminder.offset")
    if offset % DAY or not offset:
        return utc(start) - offset
    local = start.astimezone(place)
    return wallclock.first(local.date() - offset, local.time(), place)


def send_at(
    start: datetime, offset: timedelta, clocks: Clocks, made_at: datetime
) -> datetime | None:
    """Return when a reminder is sent; None when there is no time left for it.

    `made_at` is when the appointment was booked, or moved to this time.
    """
    start, due = utc(start), due_at(start, offset, clocks.place)
    if due < made_at:
        return None
    at = _in_peace(due, start, clocks)
    return at if at is not None and made_at <= at < start else None


def _in_peace(at: datetime, start: datetime, clocks: Clocks) -> datetime | None:
    quiet, zone = clocks.quiet, clocks.patient
    if not quiet.holds(at, zone):
        return at
    later = quiet.ends(at, zone)
    if later < start:
        return later
    before = quiet.began(at, zone) - EVENING
    return None if quiet.holds(before, zone) else before


def retry_at(
    tries: int, failed_at: datetime, start: datetime, clocks: Clocks, *, chance: float = 0.0
) -> datetime | None:
    """Return when to try again after so many tries; None when it has failed for good.

    `chance` from 0 to 1 spreads those that failed together.
    """
    if not 1 <= tries <= len(BACK_OFF):
        return None
    at = utc(failed_at) + BACK_OFF[tries - 1] * (1 + JITTER * chance)
    if clocks.quiet.holds(at, clocks.patient):
        at = clocks.quiet.ends(at, clocks.patient)
    return at if at < utc(start) else None


@dataclass(frozen=True, slots=True)
class Key:
    """What must be sent at most once: for which appointment and time of it, how, how long before.

    The time is the version: an appointment that moves is reminded of anew, never twice of the same.
    """

    appointment: UUID
    channel: Channel
    offset: timedelta
    start: datetime

    def __str__(self) -> str:
        """Write the key as a ledger and a gateway keep it."""
        minutes = self.offset // timedelta(minutes=1)
        start = self.start.astimezone(UTC)
        return f"{self.appointment}/{start:%Y%m%dT%H%M%SZ}/{self.channel}/{minutes}"


class Verdict(StrEnum):
    """What becomes of a reminder at the moment of sending; our own words."""

    SEND = "send"
    WAIT = "wait"  # it is quiet now
    DROP = "drop"  # cancelled, moved, or over


def judge(
    key: Key, status: AppointmentStatus, start: datetime, now: datetime, clocks: Clocks
) -> Verdict:
    """Judge once more, in the transaction that sends: the appointment may have changed since."""
    if status is not AppointmentStatus.BOOKED or utc(start) != utc(key.start) or now >= start:
        return Verdict.DROP
    if not clocks.quiet.holds(now, clocks.patient):
        return Verdict.SEND
    return Verdict.WAIT if clocks.quiet.ends(now, clocks.patient) < start else Verdict.DROP
