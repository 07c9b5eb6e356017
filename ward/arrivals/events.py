"""What happened in a queue, told by ids: the queue, its public screen and the calendar hear."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class TicketMoved(Event):
    """Somebody came, was called, went in, was seen, left, or came back."""

    ticket_id: UUID
    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID
    day: str  # the key of the calendar's day

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The queue, the public screen, the calendar of the day, the chart, the patient's page."""
        return (
            Topic("queue", self.clinic_id),
            Topic("tickets", self.clinic_id),
            Topic("calendar", self.day),
            Topic("chart", self.patient_id),
            Topic("own", self.patient_id),
        )
