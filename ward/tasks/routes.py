"""Tasks: my tasks across patients, and the commands of the lines and sheets."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, Permission
from domain.duty import DutyRole
from domain.errors import NotAllowed
from domain.task_presets import PRESETS
from domain.tasks import Priority
from ward import live
from ward.beds import queries as beds
from ward.beds.forms import local, note, version
from ward.duty.forms import chosen, whom
from ward.duty.sheets import wards_of
from ward.errors import Invalid
from ward.patients.models import Patient
from ward.projections import within
from ward.render import render
from ward.security.actors import System
from ward.tasks import queries, service, sheets
from ward.tasks.assign import TaskSaid, assign, assign_preset
from ward.tasks.models import NursingTask
from ward.web import field, fragment, get, go, optional, page, post
from ward.work import Work, work_of

FULL = frozenset({D0, D1, D3})  # the one view of a list of tasks
EYES = System("hub", frozenset())
LONGEST = 200


async def show(request: Request) -> Response:
    """Show what is to be done on every ward of the grant; stays current while it is open."""
    async with work_of(request) as work:
        wards = await wards_of(work)
        screens = [await live.show(work, "tasks", ward_id) for ward_id, _ in wards]
        place = wards[0][1] if len(wards) == 1 else None
        return page(request, "tasks/tasks.html", place=place, screens=screens)


async def write(request: Request) -> Response:
    """Write a task down for a patient."""
    patient_id = request.path_params["patient_id"]
    what = await field(request, "what", str, missing="Say what is to be done.")
    if len(what) > LONGEST:
        raise Invalid({"what": f"This is longer than {LONGEST} letters. Put the rest into why."})
    reason, owner_id = await note(request, "reason"), await optional(request, "owner_id", UUID)
    priority = await field(request, "priority", Priority, missing="Choose how urgent it is.")
    part = await optional(request, "part", DutyRole) or DutyRole.NURSE
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, Permission.ASSIGN_TASK)
        due_at = await local(request, "due_at", await sheets.zone_of(work, patient))
        if due_at is None:
            raise Invalid({"due_at": "Say when it is due."})
        said = TaskSaid(
            what=what,
            due_at=due_at,
            reason=reason,
            priority=priority,
            part=part,
            owner_id=owner_id,
        )
        await assign(work, patient_id, said)
        return await _panel(request, work, patient_id)


async def add_preset(request: Request) -> Response:
    """Add a list of tasks in one action."""
    patient_id = request.path_params["patient_id"]
    preset = PRESETS.get(await field(request, "preset", str))
    codes = await chosen(request, "code")
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, Permission.ASSIGN_TASK)
        due_at = await local(request, "due_at", await sheets.zone_of(work, patient))
        if preset is None:
            raise NotAllowed("There is no such list of tasks.", "task.preset")
        if due_at is None:
            raise Invalid({"due_at": "Say when the others are due."})
        if not codes:
            raise Invalid({"code": "Choose at least one task."})
        await assign_preset(work, patient_id, preset, due_at=due_at, codes=codes)
        return await _panel(request, work, patient_id)


async def claim(request: Request) -> Response:
    """Take a task that is everybody's."""
    return await _press(request, service.claim)


async def begin(request: Request) -> Response:
    """Begin a task."""
    return await _press(request, service.begin)


async def finish(request: Request) -> Response:
    """Say that a task is done."""
    return await _press(request, service.finish)


async def undo(request: Request) -> Response:
    """Take back what was just done."""
    return await _press(request, service.undo)


async def fail(request: Request) -> Response:
    """Say that a task could not be done."""
    return await _because(request, service.fail)


async def cancel(request: Request) -> Response:
    """Say that a task need not be done."""
    return await _because(request, service.cancel)


async def hand_over(request: Request) -> Response:
    """Give a task to somebody else."""
    to, seen = await whom(request, "to"), await version(request)
    async with work_of(request) as work:
        return await _line(
            request, work, await service.hand_over(work, _task(request), to, seen=seen)
        )


async def _press(request: Request, command: Callable[..., Awaitable[NursingTask]]) -> Response:
    seen = await version(request)
    async with work_of(request) as work:
        return await _line(request, work, await command(work, _task(request), seen=seen))


async def _because(request: Request, command: Callable[..., Awaitable[NursingTask]]) -> Response:
    reason, seen = await note(request, "reason"), await version(request)
    if not reason:
        raise Invalid({"reason": "Say why."})
    async with work_of(request) as work:
        return await _line(request, work, await command(work, _task(request), reason, seen=seen))


async def _line(request: Request, work: Work, task: NursingTask) -> Response:
    """Answer with what the open page shows of the task: its line, or the panel of the chart."""
    if f"/patients/{task.patient_id}" in request.headers.get("hx-current-url", ""):
        return await _panel(request, work, task.patient_id)
    if _alone(request):
        return go(request, "/tasks")
    eyes = work.watched(EYES, FULL)
    one = await queries.listed(eyes, task.id)
    work.shown([task.patient_id], FULL)
    zone = (await beds.board_head(eyes, task.ward_id)).zone
    context = within({"task": one.task, "who": one.who, "place": one.place}, FULL)
    html = render("tasks/_task.html", zone=zone, **context).strip()
    return _partial(request, f"task-{task.id}", html, "/tasks")


async def _panel(request: Request, work: Work, patient_id: UUID) -> Response:
    back = f"/patients/{patient_id}"
    if _alone(request):
        return go(request, back)
    patient = await work.access(Patient, patient_id, Permission.VIEW_TASKS)
    panel = (await queries.panels(work, [patient_id]))[patient_id]
    zone = str(await sheets.zone_of(work, patient))
    html = render("patients/_tasks.html", tasks=panel, patient_id=patient_id, zone=zone).strip()
    return _partial(request, "tasks", html, back)


def _partial(request: Request, target: str, html: str, back: str) -> Response:
    pieces = [(target, Markup(html))]  # noqa: S704 - our own template
    return fragment(request, "tasks/_changed.html", back=back, pieces=pieces)


def _alone(request: Request) -> bool:
    return request.headers.get("hx-current-url", "").endswith(request.url.path)


def _task(request: Request) -> UUID:
    task_id: UUID = request.path_params["task_id"]
    return task_id


ALL = {D0, D1, D3}
_PATIENT, _TASK = "/patients/{patient_id:uuid}/tasks", "/tasks/{task_id:uuid}"
_ASSIGN, _DO = Permission.ASSIGN_TASK, Permission.DO_TASK

routes = [
    get("/tasks", show, Permission.VIEW_TASKS, shows=ALL),
    get(f"{_PATIENT}/new", sheets.new, _ASSIGN, shows=ALL),
    post(f"{_PATIENT}/new", write, _ASSIGN, shows=ALL),
    get(f"{_PATIENT}/preset", sheets.preset, _ASSIGN, shows=ALL),
    post(f"{_PATIENT}/preset", add_preset, _ASSIGN, shows=ALL),
    get(f"{_TASK}/actions", sheets.actions, _DO, shows=ALL),
    post(f"{_TASK}/claim", claim, _DO, shows=ALL),
    post(f"{_TASK}/begin", begin, _DO, shows=ALL),
    post(f"{_TASK}/done", finish, _DO, shows=ALL),
    post(f"{_TASK}/undo", undo, _DO, shows=ALL),
    get(f"{_TASK}/failure", sheets.failure, _DO, shows=ALL),
    post(f"{_TASK}/failure", fail, _DO, shows=ALL),
    get(f"{_TASK}/cancellation", sheets.cancellation, _DO, shows=ALL),
    post(f"{_TASK}/cancellation", cancel, _DO, shows=ALL),
    get(f"{_TASK}/owner", sheets.owner, _DO, shows=ALL),
    post(f"{_TASK}/owner", hand_over, _DO, shows=ALL),
]
