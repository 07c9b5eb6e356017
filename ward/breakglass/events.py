"""What happened to a record that was opened by break-glass."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class GlassChanged(Event):
    """Something happened to a case: the person's strip, the ward's notices and the queue show it.

    The queue of the other branches follows a moment later: privacy belongs to the house.
    """

    case_id: UUID
    patient_id: UUID
    user_id: UUID
    ward_id: UUID | None
    branches: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The person's pages, the charge nurse's, and the privacy officer's where it happened."""
        ward = (self.ward_id,) if self.ward_id else ()
        return (
            Topic("glass", self.user_id),
            *(Topic(kind, one) for one in ward for kind in ("told", "toldbell")),
            *(Topic(kind, one) for one in self.branches for kind in ("glasses", "glassbell")),
        )


@dataclass(frozen=True, slots=True)
class GlassBroken(GlassChanged):
    """Somebody opened a record that nothing explains to them."""


@dataclass(frozen=True, slots=True)
class GlassEnded(GlassChanged):
    """The access ended: by the person, by time, or by the privacy officer."""


@dataclass(frozen=True, slots=True)
class GlassSeen(GlassChanged):
    """The nurse in charge of the ward has read the notice."""


@dataclass(frozen=True, slots=True)
class GlassReviewed(GlassChanged):
    """A privacy officer wrote down what was found; the case may be closed by it."""
