"""Reconciliation: the sheets that write a medicine from home down, and decide about it."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D4, Permission
from domain.reconciliation import Decision, HomeSource, Stage, choices
from ward.errors import Missing
from ward.patients import banner
from ward.reconciliation import queries, service
from ward.reconciliation.models import HomeDetail, HomeMedicine
from ward.web import field, fragment, get, optional, post, sheet
from ward.work import Work, work_of

_RECORD, _DECIDE = Permission.RECORD_HOME_MEDICINE, Permission.RECONCILE
_SHOWN = {D0, D1, D4}
SOURCES = [(one.value, one.word) for one in HomeSource]
LONGEST = 200


async def form(request: Request) -> Response:
    """Draw the sheet that writes a medicine from home down."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        return sheet(
            request,
            "reconciliation/_new.html",
            title="Medicine from home",
            patient_id=patient_id,
            **await banner.head(work, patient, person),
            sources=SOURCES,
        )


async def record(request: Request) -> Response:
    """Write a medicine from home down."""
    patient_id = request.path_params["patient_id"]
    source = await field(request, "source", HomeSource, missing="Choose who told you.")
    name = await field(request, "name", str, missing="Write the name of the medicine.")
    rest = {
        one: (await optional(request, one, str) or "")[:LONGEST]
        for one in ("dose", "often", "indication", "last_taken", "note")
    }
    async with work_of(request) as work:
        detail = HomeDetail(name[:LONGEST], **rest)
        await service.record(work, patient_id, source, detail)
        return await _panel(request, work, patient_id)


async def none_taken(request: Request) -> Response:
    """Write down that the patient takes nothing at home."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await service.record_none(work, patient_id)
        return await _panel(request, work, patient_id)


async def deciding(request: Request) -> Response:
    """Draw the sheet that decides about one medicine."""
    medicine_id = request.path_params["medicine_id"]
    async with work_of(request) as work:
        stage = _stage(request)
        row, line, who = await _one(work, medicine_id, _DECIDE)
        standing = line.decisions[list(Stage).index(stage)] if line else None
        options = [(one.value, one.word, None) for one in choices(stage)]
        return sheet(
            request,
            "reconciliation/_decide.html",
            title=stage.word,
            line=line,
            patient_id=row.patient_id,
            stage=stage,
            standing=standing,
            choices=options,
            **who,
        )


async def decide(request: Request) -> Response:
    """Decide what becomes of a medicine."""
    decision = await field(request, "decision", Decision, missing="Choose what becomes of it.")
    reason = await optional(request, "reason", str) or ""
    after = await optional(request, "after", UUID)
    medicine_id = request.path_params["medicine_id"]
    async with work_of(request) as work:
        stage = _stage(request)
        made = await service.decide(work, medicine_id, stage, decision, reason, after=after)
        return await _panel(request, work, made.patient_id)


async def wrong(request: Request) -> Response:
    """Draw the sheet that takes an entry back."""
    async with work_of(request) as work:
        _, line, who = await _one(work, request.path_params["medicine_id"], _RECORD)
        return sheet(request, "reconciliation/_wrong.html", title="Take back", line=line, **who)


async def take_back(request: Request) -> Response:
    """Take an entry back; it stays readable."""
    seen, reason = await field(request, "version", int), await field(request, "reason", str)
    async with work_of(request) as work:
        row = await service.take_back(work, request.path_params["medicine_id"], reason, seen=seen)
        return await _panel(request, work, row.patient_id)


def _stage(request: Request) -> Stage:
    try:
        return Stage(request.path_params["stage"])
    except ValueError:
        raise Missing from None


async def _one(
    work: Work, medicine_id: UUID, may: Permission
) -> tuple[HomeMedicine, queries.HomeLine | None, dict[str, str]]:
    row = await work.access(HomeMedicine, medicine_id, may)
    patient, person = await banner.who(work, row.patient_id)
    listed = (await queries.of_patients(work, [row.patient_id]))[row.patient_id]
    line = next((one for one in listed.items if one.id == row.id), None)
    return row, line, await banner.head(work, patient, person)


async def _panel(request: Request, work: Work, patient_id: UUID) -> Response:
    found = (await queries.of_patients(work, [patient_id]))[patient_id]
    context = {"reconciliation": found, "patient_id": patient_id}
    back = f"/patients/{patient_id}"
    return fragment(request, "patients/_reconciliation.html", back=back, **context)


_HOME = "/patients/{patient_id:uuid}/home-medicines"
_ONE = "/home-medicines/{medicine_id:uuid}"
routes = [
    get(f"{_HOME}/new", form, _RECORD, shows=_SHOWN),
    post(_HOME, record, _RECORD, shows=_SHOWN),
    post(f"{_HOME}/none", none_taken, _RECORD, shows=_SHOWN),
    get(f"{_ONE}/error", wrong, _RECORD, shows=_SHOWN),
    post(f"{_ONE}/error", take_back, _RECORD, shows=_SHOWN),
    get(f"{_ONE}/decisions/{{stage}}", deciding, _DECIDE, shows=_SHOWN),
    post(f"{_ONE}/decisions/{{stage}}", decide, _DECIDE, shows=_SHOWN),
]
