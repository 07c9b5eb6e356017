"""Notices: what a patient has to be told of a change, seen from what they were told last.

A message about a change goes out at once: after the moment in which the change can be undone, and
when it is quiet, in the morning, unless that is too late for one of the times it speaks of.
Sources: clinical/scheduling.md, 2 (undo) and 6 (quiet hours); the margins are engineering defaults.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.appointments import ON_ITS_WAY, UNDO
from domain.reminder_words import Occasion
from domain.reminders import Clocks
from domain.spans import utc

SETTLED = UNDO + ON_ITS_WAY  # nobody is told of what may yet be taken back
ON_THE_WAY = timedelta(hours=2)  # so long before a time somebody may have left home already


@dataclass(frozen=True, slots=True)
class Told:
    """What a patient was told last: a time, and whether the appointment stands."""

    start: datetime
    stands: bool = True


def news(told: Told, now_is: Told, now: datetime) -> Occasion | None:
    """Tell what to write to somebody who was told this, when it is now that; None: nothing."""
    if not now_is.stands:
        return Occasion.CANCELLED if told.stands and utc(told.start) > now else None
    if utc(now_is.start) <= now:
        return None
    if not told.stands:
        return Occasion.REMINDER  # it was cancelled, and stands again
    return Occasion.MOVED if utc(told.start) != utc(now_is.start) else None


def notice_at(soonest: datetime, starts: Iterable[datetime], clocks: Clocks) -> datetime:
    """Return when to write: in peace if there is time, else at once."""
    if not clocks.quiet.holds(soonest, clocks.patient):
        return soonest
    morning = clocks.quiet.ends(soonest, clocks.patient)
    ahead = [utc(start) for start in starts if utc(start) > soonest]
    return morning if all(morning <= start - ON_THE_WAY for start in ahead) else soonest
