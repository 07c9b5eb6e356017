"""No-shows: when somebody may be said not to have come, and when staff should know it happens.

Source of the numbers: clinical/scheduling.md, 6 (engineering defaults, to be set by a clinic). A
flag is for staff to see; it never keeps anybody from being booked.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from domain import appointments
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.recurrence import months_after

GRACE = timedelta(minutes=15)
GRACE_REMOTE = timedelta(minutes=10)  # by telephone or video
FLAG, FLAG_MONTHS = 2, 6


def missed_from(start: datetime, *, remote: bool = False) -> datetime:
    """Return from when on it may be said that nobody came."""
    return start + (GRACE_REMOTE if remote else GRACE)


def miss(
    status: AppointmentStatus, start: datetime, now: datetime, *, remote: bool = False
) -> AppointmentStatus:
    """Say that nobody came, after the time of grace; a person says so."""
    missed = appointments.miss(status)
    if now < missed_from(start, remote=remote):
        minutes = (GRACE_REMOTE if remote else GRACE) // timedelta(minutes=1)
        raise NotAllowed(
            f"The patient may still come: wait until {minutes} minutes after the start.",
            "no-show.grace",
        )
    return missed


def is_missed_by_itself(
    status: AppointmentStatus,
    start: datetime,
    now: datetime,
    *,
    remote: bool = False,
    inpatient: bool = False,
) -> bool:
    """Tell whether a clinic that wants it may count this as missed without anybody saying so.

    Never of an inpatient: somebody in a bed of ours did not stay away.
    """
    over = now >= missed_from(start, remote=remote)
    return status is AppointmentStatus.BOOKED and over and not inpatient


def is_flagged(missed_on: Iterable[date], today: date) -> bool:
    """Tell whether staff should know: two missed appointments within six months up to today."""
    since = months_after(today, -FLAG_MONTHS)
    return sum(since < day <= today for day in missed_on) >= FLAG
