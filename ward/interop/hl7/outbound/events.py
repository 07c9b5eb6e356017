"""Events: a message to another system waits, or who is told changed; each node's sender hears."""

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


@dataclass(frozen=True, slots=True)
class ReceiverChanged(Event):
    """A receiver was added, changed, paused or removed, or a picture for it begun or called off.

    Whoever sends looks again, and the page of each branch says so at once.
    """

    receiver: str
    branches: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The queue, and the pages of receivers."""
        return (QUEUE, *(Topic("receivers", one) for one in self.branches))
