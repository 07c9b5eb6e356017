"""What happened to patients: told by ids; every open chart, and the board they lie on, hears."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic

PAGES = (
    "chart",
    "observations",
    "medications",
    "labs",
)  # the live pages that carry a patient's banner
ON_A_WARD = ("beds", "care", "pharmacy")  # live pages of a ward that name who lies on it


def charts(*patients: UUID) -> tuple[Topic, ...]:
    """Name the live pages about these patients."""
    return tuple(Topic(page, patient) for patient in patients for page in PAGES)


@dataclass(frozen=True, slots=True)
class OfPatient(Event):
    """A fact about a patient; `ward_id` is where they lie at commit.

    `SHOWN`: which live pages of the ward hear of it.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ON_A_WARD

    patient_id: UUID
    ward_id: UUID | None

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The chart and its pages, and those of the ward."""
        pages = charts(self.patient_id)
        ward = self.ward_id
        return (*pages, *(Topic(kind, ward) for kind in self.SHOWN)) if ward else pages


@dataclass(frozen=True, slots=True)
class PatientRegistered(OfPatient):
    """A person is known from now on; found by every search within a second."""

    by: str = ""  # as for who amends


@dataclass(frozen=True, slots=True)
class DuplicateOverlooked(OfPatient):
    """Somebody registered a person although a similar one was shown."""

    shown: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PatientAmended(OfPatient):
    """Name, birth, numbers or contacts changed."""

    namesakes: tuple[UUID, ...] = ()
    wards: tuple[UUID, ...] = ()
    by: str = ""  # role, or name of a system: whoever said so need not be told

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Also the boards that await the person."""
        boards = tuple(Topic(kind, ward) for ward in self.wards for kind in ON_A_WARD)
        return (*OfPatient.topics.fget(self), *boards)  # type: ignore[attr-defined]

    @property
    def soon(self) -> tuple[Topic, ...]:
        """Name the charts that warn of a similar name on the ward."""
        return charts(*self.namesakes)


@dataclass(frozen=True, slots=True)
class AllergyRecorded(OfPatient):
    """An allergy was recorded, or taken in again with other content."""

    allergy_id: UUID


@dataclass(frozen=True, slots=True)
class AllergyWithdrawn(OfPatient):
    """An allergy was entered in error."""

    allergy_id: UUID


@dataclass(frozen=True, slots=True)
class NoAllergiesStated(OfPatient):
    """Somebody asked and the patient has no known allergies."""


@dataclass(frozen=True, slots=True)
class ConditionRecorded(OfPatient):
    """A problem or diagnosis was recorded."""

    condition_id: UUID
