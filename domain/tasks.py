"""Tasks: what may become of a task, and how urgent it is."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import NotAllowed


class TaskStatus(StrEnum):
    """Where a task stands: FHIR TaskStatus, as far as a ward needs it (handover.md 2)."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def word(self) -> str:
        """Name the state as the list of tasks does."""
        return _WORDS[self]


_WORDS = {
    TaskStatus.REQUESTED: "To do",
    TaskStatus.ACCEPTED: "Taken",
    TaskStatus.IN_PROGRESS: "Begun",
    TaskStatus.COMPLETED: "Done",
    TaskStatus.CANCELLED: "Cancelled",
    TaskStatus.FAILED: "Not done",
}


class Priority(StrEnum):
    """How urgent: FHIR RequestPriority."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"

    @property
    def word(self) -> str:
        """Name the urgency on a form."""
        return "As soon as possible" if self is Priority.ASAP else self.value.capitalize()


OPEN = (TaskStatus.REQUESTED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS)


def choices(status: TaskStatus) -> list[TaskStatus]:
    """List what may be made of a task in this state, in the order offered."""
    match status:
        case TaskStatus.REQUESTED:
            return [TaskStatus.ACCEPTED, *_ENDS]
        case TaskStatus.ACCEPTED:
            return [TaskStatus.IN_PROGRESS, *_ENDS]
        case TaskStatus.IN_PROGRESS:
            return list(_ENDS)
        case _:
            return []


_ENDS = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED)


def change(status: TaskStatus, to: TaskStatus) -> TaskStatus:
    """Return the new status, or say why the task may not move to it."""
    if to not in choices(status):
        raise NotAllowed(f"This task is {status.word}. It cannot become {to.word}.", "task.status")
    return to


# handover.md 2: "Overdue -> owner, +30 min -> charge nurse (defaults)".
TO_THE_CHARGE = timedelta(minutes=30)
# Ours (ui.md 8: Undo for ten seconds); a press may be a little late on its way.
UNDO = timedelta(seconds=10)
ON_ITS_WAY = timedelta(seconds=5)
LONGEST = timedelta(days=366)


def due(at: datetime, now: datetime) -> datetime:
    """Return when a task is due, or say why it cannot be due then; this minute is not past."""
    if at < now - timedelta(minutes=1):
        raise NotAllowed("A task cannot be due in the past. Choose a later time.", "task.due")
    if at > now + LONGEST:
        raise NotAllowed("This is more than a year from now. Check the date.", "task.due")
    return at


def is_late(status: TaskStatus, due_at: datetime, now: datetime) -> bool:
    """Say whether the task is overdue, from the second it was due."""
    return status in OPEN and now >= due_at


def calls_the_charge(status: TaskStatus, due_at: datetime, now: datetime) -> bool:
    """Say whether the task has been overdue so long that the nurse in charge must see it."""
    return status in OPEN and now >= due_at + TO_THE_CHARGE


def hand_over(status: TaskStatus) -> TaskStatus:
    """Return the status under a new owner, or say why the task cannot go to anybody."""
    if status not in OPEN:
        raise NotAllowed(f"This task is {status.word}. It cannot be handed over.", "task.ended")
    return TaskStatus.REQUESTED


def undo(
    status: TaskStatus, ended_at: datetime | None, now: datetime, *, owned: bool, begun: bool
) -> TaskStatus:
    """Return the status before it was done, while that is a moment ago."""
    if status is not TaskStatus.COMPLETED or ended_at is None:
        raise NotAllowed("Only what was just done can be undone.", "task.undo")
    if now > ended_at + UNDO + ON_ITS_WAY:
        raise NotAllowed(
            f"This was done more than {UNDO.seconds} seconds ago. Write a new task.", "task.undo"
        )
    if begun:
        return TaskStatus.IN_PROGRESS
    return TaskStatus.ACCEPTED if owned else TaskStatus.REQUESTED
