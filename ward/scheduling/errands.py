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


@dataclass(frozen=True, slots=True)
class SeriesFollows(Errand):
    """More of a series is to be booked than one transaction tells calendars of."""

    series_id: UUID
    asked: datetime


@dataclass(frozen=True, slots=True)
class TimeCameFree(Errand):
    """What an appointment had taken was let go at this instant; somebody may wait for it."""

    appointment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferPasses(Errand):
    """An offer has run out, or was declined: its time passes to the next in line."""

    offer_id: UUID
    asked: datetime  # it runs out once, and may be declined before
