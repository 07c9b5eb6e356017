"""Events: an infant and its mother were linked, or are no longer; both charts hear."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic
from ward.patients.events import charts


@dataclass(frozen=True, slots=True)
class OfInfant(Event):
    """A fact about two patients; `wards` are those they lie on at commit."""

    patient_id: UUID
    mother_id: UUID
    wards: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Name the pages of both, and the boards that mark them."""
        boards = (Topic("beds", ward) for ward in self.wards)
        return (*charts(self.patient_id, self.mother_id), *boards)


@dataclass(frozen=True, slots=True)
class InfantLinked(OfInfant):
    """Somebody said whose infant this is."""


@dataclass(frozen=True, slots=True)
class InfantUnlinked(OfInfant):
    """The link was removed, with a reason."""
