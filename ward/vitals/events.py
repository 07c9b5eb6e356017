"""What happened at the bedside: told by ids; the chart and the board hear."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.news2 import Band
from realtime.topics import Topic
from ward.patients.events import OfPatient, charts


@dataclass(frozen=True, slots=True)
class OfBedside(OfPatient):
    """A fact about observations of a patient."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The chart, the board and the roster of the ward, and the observation chart."""
        here = charts(self.patient_id)
        if self.ward_id is None:
            return here
        return (*here, Topic("beds", self.ward_id), Topic("duty", self.ward_id))


@dataclass(frozen=True, slots=True)
class VitalsRecorded(OfBedside):
    """A set was charted (or one from a monitor confirmed) and counts."""

    set_id: UUID
    band: Band | None


@dataclass(frozen=True, slots=True)
class VitalsCorrected(OfBedside):
    """A set was replaced or taken back; what it raised is judged again."""

    wrong_id: UUID
    set_id: UUID | None  # what stands in its place


@dataclass(frozen=True, slots=True)
class MonitorReported(OfBedside):
    """A monitor sent values; they are shown as unconfirmed and count for nothing."""

    set_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The chart and the observation chart; no board shows what counts for nothing."""
        return charts(self.patient_id)


@dataclass(frozen=True, slots=True)
class ScaleSet(OfBedside):
    """The saturation scale was prescribed."""


@dataclass(frozen=True, slots=True)
class ObservationsPlanned(OfBedside):
    """When to look again changed without a set: paused, resumed, tightened."""


@dataclass(frozen=True, slots=True)
class ObservationsOverdue(OfBedside):
    """Nobody has looked although it was due, and the grace is over."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class FluidRecorded(OfBedside):
    """Fluid came in or went out, or an entry was taken back."""

    entry_id: UUID
