"""What happened in the laboratory: told by ids; chart, results, board and worklists hear."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic
from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class OfLabs(OfPatient):
    """A fact about a patient's orders or results: board and list of what is to be collected."""

    SHOWN: ClassVar[tuple[str, ...]] = ("beds", "specimens")


@dataclass(frozen=True, slots=True)
class OfReport(OfLabs):
    """A fact about a report: the inboxes of the ward's people hear too."""

    SHOWN: ClassVar[tuple[str, ...]] = (*OfLabs.SHOWN, "results")

    report_id: UUID


@dataclass(frozen=True, slots=True)
class LabOrdered(OfLabs):
    """The laboratory was asked; its specimens are wanted."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class LabOrderCancelled(OfLabs):
    """An order was taken back before it was done."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class SpecimenMoved(OfLabs):
    """A specimen was collected, received, rejected, or the laboratory answered."""

    request_id: UUID
    specimen_id: UUID


@dataclass(frozen=True, slots=True)
class ResultReleased(OfReport):
    """A report came in, or more of one; `worst` is the gravest rank of what is new in it.

    `striking`: somebody is to be told beyond the inbox: it is critical, no longer is, or the
    laboratory and we judge it differently.
    """

    worst: int
    striking: bool = True


@dataclass(frozen=True, slots=True)
class SpecimenDoubted(OfLabs):
    """A value moved further than it may: the laboratory is asked, or has answered."""

    report_id: UUID


@dataclass(frozen=True, slots=True)
class ResultCorrected(OfReport):
    """Results of a report were replaced or withdrawn; whoever saw the old ones must learn it."""

    worst_was: int
    worst: int


@dataclass(frozen=True, slots=True)
class ResultAcknowledged(OfReport):
    """Somebody has seen a report and said what follows."""


@dataclass(frozen=True, slots=True)
class ResultHanded(OfReport):
    """A report has another owner."""


@dataclass(frozen=True, slots=True)
class CriticalCalled(OfReport):
    """Somebody telephoned a critical result, and it was read back, or nobody answered."""

    result_id: UUID


@dataclass(frozen=True, slots=True)
class CoverChanged(Event):
    """Somebody looks at another's results, or no longer; the inboxes of these wards hear."""

    wards: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The inboxes."""
        return tuple(Topic("results", ward) for ward in self.wards)


@dataclass(frozen=True, slots=True)
class LabsFollowed(Event):
    """A patient lies elsewhere, or has another name: the lists of these wards hear."""

    patient_id: UUID
    wards: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The inboxes and the worklists."""
        kinds = ("results", "specimens")
        return tuple(Topic(kind, ward) for ward in self.wards for kind in kinds)
