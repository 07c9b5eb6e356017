"""What happened with medicines: told by ids; chart, board, care view and pharmacy hear."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic
from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class OfMedicines(OfPatient):
    """A fact about a patient's medicines: board and care view hear."""

    SHOWN: ClassVar[tuple[str, ...]] = ("beds", "care")


@dataclass(frozen=True, slots=True)
class OfOrder(OfMedicines):
    """A fact about an order: the pharmacy's list of the ward hears too."""

    SHOWN: ClassVar[tuple[str, ...]] = (*OfMedicines.SHOWN, "pharmacy")

    request_id: UUID


@dataclass(frozen=True, slots=True)
class MedicationPrescribed(OfOrder):
    """An order stands, and its doses."""


@dataclass(frozen=True, slots=True)
class MedicationAcknowledged(OfOrder):
    """The prescriber signed what had been said."""


@dataclass(frozen=True, slots=True)
class MedicationVerified(OfOrder):
    """A pharmacist found the order right."""


@dataclass(frozen=True, slots=True)
class MedicationChanged(OfOrder):
    """Dose, route or times changed; the line is locked until a nurse has read it."""

    change_id: UUID


@dataclass(frozen=True, slots=True)
class ChangeReviewed(OfOrder):
    """A nurse has read a change."""

    change_id: UUID


@dataclass(frozen=True, slots=True)
class MedicationHeld(OfOrder):
    """A prescriber withholds the medicine for now."""


@dataclass(frozen=True, slots=True)
class MedicationLifted(OfOrder):
    """The medicine is given again."""


@dataclass(frozen=True, slots=True)
class MedicationStopped(OfOrder):
    """The order ended: stopped, cancelled or completed; nothing more falls due."""


@dataclass(frozen=True, slots=True)
class DosesPlanned(OfOrder):
    """Further doses of a standing order were worked out."""


@dataclass(frozen=True, slots=True)
class PrescriberAsked(OfOrder):
    """A pharmacist asks the prescriber about an order before it is verified."""

    question_id: UUID


@dataclass(frozen=True, slots=True)
class PrescriberAnswered(OfOrder):
    """The prescriber answered the pharmacist."""

    question_id: UUID


@dataclass(frozen=True, slots=True)
class VerificationOverdue(OfOrder):
    """A high-alert order waits for the pharmacist longer than it may."""


@dataclass(frozen=True, slots=True)
class BedsideClaimed(OfMedicines):
    """Somebody is at the bedside with a medicine, or has left it."""

    claim_id: UUID
    dose_id: UUID | None


@dataclass(frozen=True, slots=True)
class OfDose(OfMedicines):
    """A fact about a dose that was given or not."""

    request_id: UUID
    dose_id: UUID | None
    administration_id: UUID


@dataclass(frozen=True, slots=True)
class DoseGiven(OfDose):
    """A dose was given, wholly or in part."""


@dataclass(frozen=True, slots=True)
class DoseNotGiven(OfDose):
    """A dose was not given, and somebody said why."""


@dataclass(frozen=True, slots=True)
class InfusionChanged(OfDose):
    """A pump was started, set to another rate, paused, resumed, or stopped."""


@dataclass(frozen=True, slots=True)
class AdministrationCorrected(OfDose):
    """A record of a dose was wrong; it stays readable, and another may stand in its place."""

    instead_id: UUID | None


@dataclass(frozen=True, slots=True)
class PumpToStop(OfDose):
    """The order of a running infusion ended: somebody must go and stop the pump."""


@dataclass(frozen=True, slots=True)
class DoseOverdue(OfMedicines):
    """A time-critical dose was not given although its window has closed."""

    request_id: UUID
    dose_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DoseMissing(OfOrder):
    """A dose is not on the ward: the pharmacy is asked for it, or it has come."""

    missing_id: UUID


@dataclass(frozen=True, slots=True)
class RegisterWritten(Event):
    """A line was written in the register of controlled drugs of a ward."""

    ward_id: UUID
    written_id: UUID  # the line, or the dose that wrote it

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The pharmacy's list of the ward."""
        return (Topic("pharmacy", self.ward_id),)
