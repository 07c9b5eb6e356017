"""Events: what happened to stays, told by ids; the chart, both boards and the branch hear."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic
from ward.adt.models import Step
from ward.patients.events import ON_A_WARD, charts


@dataclass(frozen=True, slots=True, kw_only=True)
class OfStay(Event):
    """A step of an encounter; `wards` show it, `namesakes` have a banner that may change.

    Beside those of like names they are whoever is linked to the patient; `beside` are the wards
    on which those lie.
    """

    patient_id: UUID
    encounter_id: UUID
    wards: tuple[UUID, ...]
    branches: tuple[UUID, ...]
    namesakes: tuple[UUID, ...] = ()
    beside: tuple[UUID, ...] = ()

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Name the pages of the patient, the boards and the capacity views."""
        pages = charts(self.patient_id)
        boards = (Topic(kind, ward) for ward in self.wards for kind in ON_A_WARD)
        return (*pages, *boards, *(Topic("wards", branch) for branch in self.branches))

    @property
    def soon(self) -> tuple[Topic, ...]:
        """Name the charts of those whose banner may change, and the boards that mark them."""
        return (*charts(*self.namesakes), *(Topic("beds", ward) for ward in self.beside))


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientArrived(OfStay):
    """Somebody came, to no bed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAdmitted(OfStay):
    """A patient lies in a bed now."""

    bed_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTransferred(OfStay):
    """A patient went from one bed to another."""

    from_bed_id: UUID
    to_bed_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsSwapped(PatientTransferred):
    """A patient exchanged beds with another; each of the two is told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDischarged(OfStay):
    """An encounter ended."""

    bed_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionCancelled(OfStay):
    """An admission was taken back."""

    bed_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCancelled(PatientTransferred):
    """A transfer was taken back; the patient is in the earlier bed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeCancelled(OfStay):
    """A discharge was taken back; without a bed the patient waits for one."""

    bed_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationChanged(OfStay):
    """A patient is isolated, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveChanged(OfStay):
    """A patient went on leave, or came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeExpected(OfStay):
    """The day on which a patient should go home was set or changed."""

    home_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequested(OfStay):
    """A ward is asked to take a patient."""

    request_id: UUID
    ready_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAnswered(OfStay):
    """A request was accepted, declined, cancelled, or the patient has come."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class StepTaken(Event):
    """A line of the history was written; no screen of its own, what the step changed has those."""

    patient_id: UUID
    encounter_id: UUID
    step_id: UUID
    step: Step

    @property
    def topics(self) -> tuple[Topic, ...]:
        """None: the event of the step itself names the screens."""
        return ()


#: After these somebody lies elsewhere, or nowhere: what follows a patient reacts to them.
MOVES: tuple[type[OfStay], ...] = (
    PatientAdmitted,
    PatientTransferred,
    PatientsSwapped,
    PatientDischarged,
    AdmissionCancelled,
    TransferCancelled,
    DischargeCancelled,
)
