"""Errands: what scheduling leaves to be done, once, by whichever node is there."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.appointment_codes import CancellationReason
from ward.later import Errand


@dataclass(frozen=True, slots=True)
class CalendarsFollow(Errand):
    """Hours changed for a long time: further calendars are drawn again."""

    ward_id: UUID
    first: date
    last: date
    asked: datetime  # each change goes its own way through the weeks


@dataclass(frozen=True, slots=True)
class SeriesFollows(Errand):
    """More of a series is to be booked than one transaction tells calendars of."""

    series_id: UUID
    asked: datetime


@dataclass(frozen=True, slots=True)
class SeriesEnds(Errand):
    """More of a series is to be cancelled than one transaction tells calendars of."""

    series_id: UUID
    since: datetime
    reason: CancellationReason
    asked: datetime
