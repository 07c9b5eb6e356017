"""What happened to tasks: told by ids; chart, board, roster and lists of tasks hear."""

from dataclasses import dataclass
from uuid import UUID

from domain.tasks import TaskStatus
from realtime.events import Event
from realtime.topics import Topic

SHOWN = ("beds", "care", "duty", "tasks")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTask(Event):
    """A fact about tasks of one patient; `wards` are those that list them."""

    patient_id: UUID
    wards: tuple[UUID, ...]
    task_ids: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The chart; of each ward the board, the care view, the roster, and the list."""
        here = (Topic(kind, ward) for ward in self.wards for kind in SHOWN)
        return (Topic("chart", self.patient_id), *here)


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksAssigned(OfTask):
    """Tasks were written down, or went to another owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved(OfTask):
    """A task was claimed, begun, done, failed, cancelled, or what was done was undone."""

    status: TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksFollowed(OfTask):
    """The patient is in another bed, on another ward, or gone, and the tasks follow."""
