"""History: where a patient has been, and what became of a bed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, Permission
from ward.adt import past
from ward.adt.subject import who
from ward.beds import queries as beds
from ward.patients.models import Patient
from ward.patients.queries import names_of
from ward.web import get, page
from ward.work import Work, work_of


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of movements."""

    from_at: datetime
    until_at: datetime | None
    place: str
    what: str
    by: str | None


async def movements(request: Request) -> Response:
    """Show where a patient has been, with every step that was taken back."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await work.access(Patient, patient_id, Permission.VIEW_STAYS)
        zone = await past.zone_for(work, patient_id)
        whom = await who(work, patient_id, ZoneInfo(zone))
        steps = await past.history(work, patient_id)
        return page(
            request,
            "adt/movements.html",
            title=whom.name,
            known=whom.known,
            stays=await _of_patient(work, patient_id),
            steps=steps,
            back=f"/patients/{patient_id}",
            zone=zone,
        )


async def bed_movements(request: Request) -> Response:
    """Show who lay in a bed, as far as this viewer may know them, and each of its states."""
    async with work_of(request) as work:
        bed = await beds.card(work, request.path_params["bed_id"])
        ward = await beds.board_head(work, bed.ward_id)
        return page(
            request,
            "beds/movements.html",
            title=f"{ward.label}, bed {bed.label}",
            stays=await _in_bed(work, bed.id),
            changes=await beds.history(work, bed.id),
            back=f"/wards/{bed.ward_id}/beds",
            zone=ward.zone,
        )


async def _of_patient(work: Work, patient_id: UUID) -> list[Row]:
    stays = await past.stays_of(work, patient_id)
    places = await past.spoken(work, [stay.bed_id for stay in stays])
    return [
        Row(
            stay.started_at,
            stay.ended_at,
            places.get(stay.bed_id, "Another branch"),
            "In bed",
            None,
        )
        for stay in reversed(stays)
    ]


async def _in_bed(work: Work, bed_id: UUID) -> list[Row]:
    stays = await past.stays_in(work, bed_id)
    names = await names_of(work, [stay.patient_id for stay in stays]) if stays else {}
    return [
        Row(stay.started_at, stay.ended_at, names[stay.patient_id].name, "In this bed", None)
        for stay in reversed(stays)
        if stay.patient_id in names
    ]


routes = [
    get("/patients/{patient_id:uuid}/movements", movements, Permission.VIEW_STAYS, shows={D0, D1}),
    get("/beds/{bed_id:uuid}/movements", bed_movements, Permission.VIEW_STAYS, shows={D0, D1}),
]
