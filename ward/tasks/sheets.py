"""Sheets: the forms by which tasks are written down, handed over and ended."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import Permission
from domain.duty import DutyRole
from domain.task_presets import ADMISSION
from domain.tasks import Priority
from ward.adt.subject import who
from ward.duty import queries as duty
from ward.patients import banner
from ward.patients.models import Patient
from ward.tasks import queries
from ward.tasks.models import NursingTask
from ward.web import sheet
from ward.work import Work, work_of

VIEW, DO = Permission.VIEW_TASKS, Permission.DO_TASK
PARTS = [(one.value, one.word) for one in DutyRole]
PRIORITIES = [(one.value, one.word, None) for one in Priority]
SOON = timedelta(hours=1)  # what the form offers; ours


async def new(request: Request) -> Response:
    """Draw the form that writes a task down."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, Permission.ASSIGN_TASK)
        zone = await zone_of(work, patient)
        context: dict[str, Any] = {
            "patient_id": patient_id,
            **(await who(work, patient_id, zone)).head,
            "parts": PARTS,
            "priorities": PRIORITIES,
            "people": await people_on(work, patient.ward_id),
            "due": _written(work.now + SOON, zone),
        }
        return sheet(request, "tasks/_new.html", title="Write a task", **context)


async def preset(request: Request) -> Response:
    """Draw the form that adds the admission bundle in one action."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, Permission.ASSIGN_TASK)
        zone = await zone_of(work, patient)
        context = {
            "patient_id": patient_id,
            **(await who(work, patient_id, zone)).head,
            "preset": ADMISSION,
            "due": _written(await _end_of_shift(work), zone),
        }
        return sheet(request, "tasks/_preset.html", title=ADMISSION.label, **context)


async def actions(request: Request) -> Response:
    """Show what else can be done with a task."""
    return await _about(request, "tasks/_actions.html", "Task")


async def failure(request: Request) -> Response:
    """Draw the form that says why a task could not be done."""
    return await _about(request, "tasks/_reason.html", "Not done", verb="failure")


async def cancellation(request: Request) -> Response:
    """Draw the form that says why a task need not be done."""
    return await _about(request, "tasks/_reason.html", "Cancel the task", verb="cancellation")


async def owner(request: Request) -> Response:
    """Draw the form that hands a task to another."""
    return await _about(request, "tasks/_owner.html", "Hand over")


async def people_on(work: Work, ward_id: UUID | None) -> list[tuple[UUID, str]]:
    """List who is on duty on a ward, each with the part."""
    if ward_id is None:
        return []
    duties = await duty.duties_on(work, ward_id)
    people = await duty.names(work, [one.user_id for one in duties])
    parts = {one.user_id: one.part.word.lower() for one in duties}
    return sorted(
        ((one, f"{people[one].name}, {part}") for one, part in parts.items()),
        key=lambda one: one[1],
    )


async def zone_of(work: Work, patient: Patient) -> ZoneInfo:
    """Tell by whose clock the form is read."""
    return ZoneInfo(str(await banner.zone_of(work, patient)))


async def _about(request: Request, template: str, title: str, **more: Any) -> Response:
    async with work_of(request) as work:
        task = await work.access(NursingTask, request.path_params["task_id"], DO)
        patient = await work.access(Patient, task.patient_id, VIEW)
        zone = await zone_of(work, patient)
        context: dict[str, Any] = {
            **(await who(work, task.patient_id, zone)).head,
            "task": (await queries.lines_of(work, [task], {}))[task.id],
            "people": await people_on(work, task.ward_id),
            "zone": str(zone),
        }
        return sheet(request, template, title=title, **context, **more)


async def _end_of_shift(work: Work) -> datetime:
    """Offer the end of the shift of whoever asks: what is begun now is done by then."""
    until = await duty.until_of(work, work.actor.id) if work.actor.id else None
    return until or work.now + SOON


def _written(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
