"""What happened to alerts: told by ids; chart, board, console and bell hear."""

from dataclasses import dataclass
from uuid import UUID

from domain.alerts import Cause, Outcome
from domain.duty import DutyRole
from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAlert(Event):
    """A fact about an alert; `wards` are those that show it (two when the patient moved)."""

    alert_id: UUID
    patient_id: UUID
    wards: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The chart, the patient's alerts, and the console, the bell and the board of each ward."""
        kinds = ("alerts", "beds", "bell")
        here = (Topic(kind, ward) for ward in self.wards for kind in kinds)
        return (Topic("chart", self.patient_id), Topic("calls", self.patient_id), *here)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSounded(OfAlert):
    """Somebody is called: for the first time, again, or the next in line."""

    cause: Cause
    tier: int
    called: DutyRole
    nth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAccepted(OfAlert):
    """Somebody has it; it is gone from everybody else's list."""

    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged(OfAlert):
    """It was seen, declined, commented, snoozed, handed over or moved with its patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEnded(OfAlert):
    """It was closed with an outcome, or withdrawn as its cause was wrong."""

    outcome: Outcome | None
