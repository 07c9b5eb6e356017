"""What happened to tasks: told by ids; chart, board and lists of tasks hear."""

from dataclasses import dataclass
from uuid import UUID

from domain.tasks import TaskStatus
from realtime.events import Event
from realtime.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTask(Event):
    """A fact about tasks of one patient; `wards` are those that list them."""

    patient_id: UUID
    wards: tuple[UUID, ...]
    task_ids: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The chart, the board and the list of each ward."""
        here = (Topic(kind, ward) for ward in self.wards for kind in ("beds", "tasks"))
        return (Topic("chart", self.patient_id), *here)


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksAssigned(OfTask):
    """Tasks were written down, or went to another owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved(OfTask):
    """A task was claimed, begun, done, failed or cancelled."""

    status: TaskStatus
