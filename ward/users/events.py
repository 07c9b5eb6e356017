"""What happened to users; their own screens hear of it."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class RightsChanged(Event):
    """A session, a grant, a user or a wallboard began, changed or ended."""

    user_id: UUID  # of a wallboard: the device's

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The user's own rights; every open screen of theirs is re-checked."""
        return (Topic("rights", self.user_id),)


@dataclass(frozen=True, slots=True)
class RoleTaken(RightsChanged):
    """A person holds a role no longer; whoever waits for them must know."""


@dataclass(frozen=True, slots=True)
class DevicesChanged(Event):
    """A tablet or a wallboard was enrolled, called otherwise or ended, or a PIN on it set or void.

    The page of each branch says so at once.
    """

    branches: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The pages of devices."""
        return tuple(Topic("devices", one) for one in self.branches)
