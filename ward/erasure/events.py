"""What happened to records that were to be erased: told by ids."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic
from ward.patients.events import charts


@dataclass(frozen=True, slots=True)
class RecordErased(Event):
    """A record was erased: whatever shows it is drawn without it."""

    patient_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every live page about the patient."""
        return charts(self.patient_id)
