"""Events: a message came in. The worker hears of it on every node."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic

QUEUE = Topic("messages", "queue")
"""Poked when there is something to process; no screen shows it."""


@dataclass(frozen=True, slots=True)
class MessageWaits(Event):
    """A message is ready to be processed: new, replayed, or its place is known now."""

    message_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The queue alone; the intake page is drawn again when it is due."""
        return (QUEUE,)
