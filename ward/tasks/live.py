"""Live: the tasks of a ward, soonest first."""

from uuid import UUID

from domain.access import D0, D1, D3, Permission
from ward import live
from ward.beds import queries as beds
from ward.live import Region, Screen
from ward.places.models import Ward
from ward.tasks import queries
from ward.tasks.queries import Listed
from ward.work import Work

VIEWS = {"full": {D0, D1, D3}}


@live.screen("tasks", Permission.VIEW_TASKS, of=Ward, views=VIEWS)
async def tasks(work: Work, ward_id: UUID) -> Screen:
    """Draw what is to be done on a ward; whose work it is stands in each line."""
    ward = await beds.board_head(work, ward_id)
    listed = await queries.on_the_ward(work, ward_id)
    late = sum(one.task.late for one in listed)
    context = {"ward": ward, "open": len(listed), "late": late}
    head = Region(f"tasks-{ward_id}-head", "tasks/_head.html", context, slot="head")
    return Screen("tasks/_tasks.html", {"ward": ward}, [head, *map(_line, listed)], ward.zone)


def _line(one: Listed) -> Region:
    context = {"task": one.task, "who": one.who, "place": one.place}
    return Region(f"task-{one.task.id}", "tasks/_task.html", context, (one.task.patient_id,))
