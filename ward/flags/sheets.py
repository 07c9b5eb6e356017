"""Sheets: the forms that set, change and end a flag, and decide about resuscitation."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.flags import OFFERED, Ending, FlagKind, Resuscitation
from ward.flags import queries, resuscitate, service
from ward.flags.models import ResuscitationDecision, StandingFlag
from ward.flags.past import past_of
from ward.patients import banner
from ward.patients.models import Patient
from ward.web import sheet
from ward.work import Work, work_of

STATUSES = [
    (Resuscitation.ATTEMPT.value, Resuscitation.ATTEMPT.word, None),
    (
        Resuscitation.NOT_ATTEMPT.value,
        Resuscitation.NOT_ATTEMPT.word,
        "All other treatment goes on",
    ),
]
_ENDINGS = {Ending.NO_LONGER: "It is over", Ending.ERROR: "It was entered in error"}
ENDINGS = [(one.value, _ENDINGS[one], None) for one in OFFERED]


async def new(request: Request) -> Response:
    """Draw the form that sets a flag."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, service.MAY)
        there = (await queries.precautions_of(work, [patient_id]))[patient_id]
        stands = {line.kind for line in there.flags}
        kinds = [
            (kind.value, kind.word, "Ends with the stay" if kind.of_stay else "Stays on record")
            for kind in FlagKind
            if kind not in stands and (there.in_stay or not kind.of_stay)
        ]
        return sheet(
            request,
            "flags/_new.html",
            title="Set a flag",
            kinds=kinds,
            **await _about(work, patient),
        )


async def change(request: Request) -> Response:
    """Draw the form that changes a flag; what was said of it opens here."""
    return await _flag(request, "flags/_change.html", "Change the flag")


async def end(request: Request) -> Response:
    """Draw the form that ends a flag."""
    return await _flag(request, "flags/_end.html", "End the flag", endings=ENDINGS)


async def deciding(request: Request) -> Response:
    """Draw the form that decides about resuscitation."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, resuscitate.MAY)
        there = (await queries.precautions_of(work, [patient_id]))[patient_id]
        return sheet(
            request,
            "flags/_decide.html",
            title="Resuscitation",
            decision=there.decision,
            statuses=STATUSES,
            **await _about(work, patient),
        )


async def wrong(request: Request) -> Response:
    """Draw the form that takes a decision back."""
    async with work_of(request) as work:
        decision_id = request.path_params["decision_id"]
        row = await work.access(ResuscitationDecision, decision_id, resuscitate.MAY)
        patient = await work.access(Patient, row.patient_id, resuscitate.MAY)
        return sheet(
            request,
            "flags/_wrong.html",
            title="Take back",
            decision_id=row.id,
            word=row.status.word,
            version=row.version,
            **await _about(work, patient),
        )


async def past(request: Request) -> Response:
    """Show every flag and every decision there ever was."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient = await work.access(Patient, patient_id, queries.DETAILS)
        lines = await past_of(work, patient_id)
        return sheet(
            request,
            "flags/_past.html",
            title="Flags and resuscitation",
            lines=lines,
            **await _about(work, patient),
        )


async def _flag(request: Request, template: str, title: str, **more: Any) -> Response:
    async with work_of(request) as work:
        row = await work.access(StandingFlag, request.path_params["flag_id"], service.MAY)
        patient = await work.access(Patient, row.patient_id, service.MAY)
        words: str | None = (await work.open([row], StandingFlag.words))[row.id]
        about = await _about(work, patient)
        flag = {"id": row.id, "kind": row.kind, "words": words, "version": row.version}
        flag["until"] = _written(row.ends_at, ZoneInfo(about["zone"]))
        return sheet(request, template, title=title, flag=flag, **about, **more)


async def _about(work: Work, patient: Patient) -> dict[str, Any]:
    patient, person = await banner.who(work, patient.id)
    zone = str(await banner.zone_of(work, patient))
    return {"patient_id": patient.id, "zone": zone} | await banner.head(work, patient, person)


def _written(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else ""


async def zone_of(work: Work, patient_id: UUID) -> ZoneInfo:
    """Tell by whose clock a form of this patient is read."""
    patient = await work.access(Patient, patient_id, service.MAY)
    return ZoneInfo(str(await banner.zone_of(work, patient)))
