"""Routes: what the forms of flags and of resuscitation record."""

from datetime import date
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3
from domain.flags import Ending, FlagKind, Resuscitation
from ward.beds.forms import local, note
from ward.flags import queries, resuscitate, service, sheets
from ward.flags.models import StandingFlag
from ward.flags.resuscitate import DecisionSaid
from ward.flags.service import FlagSaid
from ward.web import field, fragment, get, optional, post, undoable
from ward.work import Work, work_of

_SHOWN = {D0, D1, D3}


async def set_flag(request: Request) -> Response:
    """Set a flag."""
    patient_id = request.path_params["patient_id"]
    kind = await field(request, "kind", FlagKind, missing="Choose a flag.")
    async with work_of(request) as work:
        said = await _said(request, work, patient_id)
        await service.set_flag(work, patient_id, kind, said)
        return await _panel(request, work, patient_id)


async def change_flag(request: Request) -> Response:
    """Change what is said of a flag, or when it ends."""
    seen, reason = await field(request, "version", int), await note(request, "reason")
    flag_id = request.path_params["flag_id"]
    async with work_of(request) as work:
        found = await work.access(StandingFlag, flag_id, service.MAY)
        said = await _said(request, work, found.patient_id)
        made = await service.change_flag(work, flag_id, said, reason or "", seen=seen)
        return await _panel(request, work, made.patient_id)


async def end_flag(request: Request) -> Response:
    """End a flag; it can be undone for ten seconds."""
    seen, reason = await field(request, "version", int), await note(request, "reason")
    ending = await field(request, "ending", Ending, missing="Choose why it ends.")
    flag_id = request.path_params["flag_id"]
    async with work_of(request) as work:
        flag = await service.end_flag(work, flag_id, ending, reason or "", seen=seen)
        await work.flush()
        answer = await _panel(request, work, flag.patient_id)
        return undoable(answer, f"/flags/{flag.id}/undo", flag.version)


async def undo(request: Request) -> Response:
    """Have a flag stand again that was ended just now."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        flag = await service.undo_end(work, request.path_params["flag_id"], seen=seen)
        return await _panel(request, work, flag.patient_id)


async def decide(request: Request) -> Response:
    """Decide about resuscitation."""
    patient_id = request.path_params["patient_id"]
    status = await field(request, "status", Resuscitation, missing="Choose what was decided.")
    reason, review_on = await note(request, "reason"), await optional(request, "review_on", date)
    after = await optional(request, "after", UUID)
    said = DecisionSaid(status=status, reason=reason or "", review_on=review_on)
    async with work_of(request) as work:
        await resuscitate.decide(work, patient_id, said, after=after)
        return await _panel(request, work, patient_id)


async def take_back(request: Request) -> Response:
    """Take a decision back that was entered in error."""
    seen, reason = await field(request, "version", int), await note(request, "reason")
    decision_id = request.path_params["decision_id"]
    async with work_of(request) as work:
        row = await resuscitate.take_back(work, decision_id, reason or "", seen=seen)
        return await _panel(request, work, row.patient_id)


async def _said(request: Request, work: Work, patient_id: UUID) -> FlagSaid:
    ends_at = await local(request, "ends_at", await sheets.zone_of(work, patient_id))
    return FlagSaid(words=await note(request, "words") or "", ends_at=ends_at)


async def _panel(request: Request, work: Work, patient_id: UUID) -> Response:
    await work.flush()
    found = (await queries.precautions_of(work, [patient_id]))[patient_id]
    zone = str(await sheets.zone_of(work, patient_id))
    context = {"precautions": found, "patient_id": patient_id, "zone": zone}
    back = f"/patients/{patient_id}"
    return fragment(request, "patients/_precautions.html", back=back, **context)


_OF = "/patients/{patient_id:uuid}"
_FLAG, _DECISION = "/flags/{flag_id:uuid}", "/resuscitation/{decision_id:uuid}"
routes = [
    get(f"{_OF}/flags", sheets.past, queries.DETAILS, shows=_SHOWN),
    get(f"{_OF}/flags/new", sheets.new, service.MAY, shows=_SHOWN),
    post(f"{_OF}/flags", set_flag, service.MAY, shows=_SHOWN),
    get(f"{_FLAG}/change", sheets.change, service.MAY, shows=_SHOWN),
    post(f"{_FLAG}/change", change_flag, service.MAY, shows=_SHOWN),
    get(f"{_FLAG}/end", sheets.end, service.MAY, shows=_SHOWN),
    post(f"{_FLAG}/end", end_flag, service.MAY, shows=_SHOWN),
    post(f"{_FLAG}/undo", undo, service.MAY, shows=_SHOWN),
    get(f"{_OF}/resuscitation", sheets.deciding, resuscitate.MAY, shows=_SHOWN),
    post(f"{_OF}/resuscitation", decide, resuscitate.MAY, shows=_SHOWN),
    get(f"{_DECISION}/error", sheets.wrong, resuscitate.MAY, shows=_SHOWN),
    post(f"{_DECISION}/error", take_back, resuscitate.MAY, shows=_SHOWN),
]
