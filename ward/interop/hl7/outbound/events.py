"""Events: a message to another system waits. The sender hears of it on every node."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic

QUEUE = Topic("outbound", "queue")
"""Poked when there is something to send; no screen shows it."""


@dataclass(frozen=True, slots=True)
class OutboundWaits(Event):
    """A message can be sent: new, or a person has decided about one that held it back."""

    outbound_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The queue alone; the page is drawn again when it is due."""
        return (QUEUE,)
