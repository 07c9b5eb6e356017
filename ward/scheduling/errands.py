"""Errands: what scheduling leaves to be done, once, by whichever node is there."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ward.later import Errand


@dataclass(frozen=True, slots=True)
class CalendarsFollow(Errand):
    """Hours changed for a long time: further calendars are drawn again."""

    ward_id: UUID
    first: date
    last: date
    asked: datetime  # each change goes its own way through the weeks
