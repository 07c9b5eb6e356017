"""Tasks: what may become of a task, and how urgent it is."""

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


class Priority(StrEnum):
    """How urgent: FHIR RequestPriority."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


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
        raise NotAllowed(f"A task that is {status.value} cannot become {to.value}.")
    return to
