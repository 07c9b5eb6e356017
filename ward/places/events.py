"""What happened to places."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class WardOpened(Event):
    """A ward or a clinic was opened; each of the kinds below tells what else happened to one."""

    branch_id: UUID
    ward_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The ward's board, the branch's capacity, and the pages that keep both."""
        kept = (Topic("place", self.ward_id), Topic("places", self.branch_id))
        return (Topic("beds", self.ward_id), Topic("wards", self.branch_id), *kept)


@dataclass(frozen=True, slots=True)
class WardStaffed(WardOpened):
    """Another number of a ward's beds can be nursed now."""


@dataclass(frozen=True, slots=True)
class RoomOpened(WardOpened):
    """A room or a bay can be chosen on the ward."""


NAMED = ("duty", "alerts", "care", "tasks", "pharmacy", "specimens")  # kinds of screens


@dataclass(frozen=True, slots=True)
class WardAmended(WardOpened):
    """A ward, a room or a bed of it is called otherwise, was closed or opened again."""

    @property
    def soon(self) -> tuple[Topic, ...]:
        """What else names the ward or its beds, a moment later."""
        return tuple(Topic(kind, self.ward_id) for kind in NAMED)


@dataclass(frozen=True, slots=True)
class BranchAmended(Event):
    """A branch is called otherwise, was closed or opened again."""

    branch_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The branch's capacity, and the page that keeps its wards."""
        return (Topic("wards", self.branch_id), Topic("places", self.branch_id))
