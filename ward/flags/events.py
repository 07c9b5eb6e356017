"""What happened to flags: told by ids; the chart's pages and the board hear."""

from dataclasses import dataclass
from uuid import UUID

from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class OfFlag(OfPatient):
    """A fact about a standing flag; the board shows its chip."""

    SHOWN = ("beds",)

    flag_id: UUID


@dataclass(frozen=True, slots=True)
class FlagSet(OfFlag):
    """A flag was set, changed, or its end was taken back."""


@dataclass(frozen=True, slots=True)
class FlagEnded(OfFlag):
    """A flag no longer stands."""


@dataclass(frozen=True, slots=True)
class ResuscitationDecided(OfPatient):
    """A doctor decided about resuscitation, or took a decision back; no board shows it."""

    SHOWN = ()

    decision_id: UUID
