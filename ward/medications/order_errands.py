"""Errands: what is to be done about an order at an instant."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ward.later import Errand


@dataclass(frozen=True, slots=True)
class PlanAhead(Errand):
    """The doses of an order that come next are worked out."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class DoseClosing(Errand):
    """The window of a time-critical dose has closed; somebody is told if it was not given."""

    dose_id: UUID


@dataclass(frozen=True, slots=True)
class OrderEnds(Errand):
    """The time until which an order was to be given has come."""

    request_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class VerificationDue(Errand):
    """A high-alert order should have been verified by now."""

    request_id: UUID
    at: datetime
