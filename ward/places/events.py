"""What happened to places."""

from dataclasses import dataclass
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True)
class WardOpened(Event):
    """A ward or a clinic was opened, or its staffing changed."""

    branch_id: UUID
    ward_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The ward's board and the branch's capacity."""
        return (Topic("beds", self.ward_id), Topic("wards", self.branch_id))
