"""Errands: what is left to be done about who is on duty, told by ids and instants."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.duty import DutyRole
from ward.later import Errand


@dataclass(frozen=True, slots=True)
class DutyOver(Errand):
    """A shift should have ended by then: end it, unless it was prolonged."""

    duty_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class DutyDue(Errand):
    """Somebody comes on duty on one more ward: each ward's screens are told by their own commit."""

    user_id: UUID
    ward_id: UUID
    part: DutyRole
    until: datetime


@dataclass(frozen=True, slots=True)
class DutyLeft(Errand):
    """Somebody who goes leaves one more ward."""

    duty_id: UUID
