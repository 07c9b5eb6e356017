"""Prescriptions: sign, print, dispense, cancel."""

from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D4, Permission
from domain.dispensing import LONGEST
from ward.errors import Invalid
from ward.medications.line import Line, lines
from ward.medications.words import line_words
from ward.patients import banner
from ward.prescriptions import checking, service
from ward.prescriptions.models import Prescription
from ward.prescriptions.queries import VIEW, of_patients, pdf_of
from ward.prescriptions.service import Wanted
from ward.web import field, fragment, get, post, sheet
from ward.work import Work, work_of

_MAY, _DISPENSE = Permission.ISSUE_PRESCRIPTION, Permission.DISPENSE
_SHOWN = {D0, D1, D4}
USUAL = 7  # days offered; engineering default


async def form(request: Request) -> Response:
    """Draw the sheet that signs a paper: what stands, to choose from."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        standing = await lines(work, patient_id, VIEW)
        return sheet(
            request,
            "prescriptions/_new.html",
            title="Prescription for a pharmacy",
            patient_id=patient_id,
            **await banner.head(work, patient, person),
            lines=_offered(standing),
            usual=USUAL,
            longest=LONGEST,
        )


def _offered(standing: Sequence[Line]) -> list[tuple[UUID, str]]:
    return [(one.request.id, line_words(one.detail).whole) for one in standing]


async def issue(request: Request) -> Response:
    """Sign a paper with the chosen medicines."""
    patient_id = request.path_params["patient_id"]
    chosen = (await request.form()).getlist("request_id")
    wanted = [await _wanted(request, str(one)) for one in chosen]
    async with work_of(request) as work:
        await service.issue(work, patient_id, wanted, site=_site(request))
        return await _panel(request, work, patient_id)


async def _wanted(request: Request, request_id: str) -> Wanted:
    try:
        known = UUID(request_id)
    except ValueError:
        raise Invalid({"request_id": "This is not a medicine of the chart."}) from None
    missing = "Write for how many days."
    return Wanted(known, await field(request, f"days-{known}", int, missing=missing))


def _site(request: Request) -> str:
    return request.app.state.node.settings.public_url or str(request.base_url)


async def paper(request: Request) -> Response:
    """Give the paper as it left, byte for byte."""
    async with work_of(request) as work:
        pdf = await pdf_of(work, request.path_params["prescription_id"])
    headers = {"content-disposition": 'inline; filename="prescription.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


async def dispensing(request: Request) -> Response:
    """Draw the sheet by which a pharmacist of the house dispenses."""
    return await _ending(request, "prescriptions/_dispense.html", "Dispense", _DISPENSE)


async def dispense(request: Request) -> Response:
    """Dispense a paper, once."""
    seen, where = await field(request, "version", int), await field(request, "where", str)
    async with work_of(request) as work:
        row = await service.dispense(work, request.path_params["prescription_id"], where, seen=seen)
        return await _panel(request, work, row.patient_id)


async def cancelling(request: Request) -> Response:
    """Draw the sheet that takes a paper back."""
    return await _ending(request, "prescriptions/_cancel.html", "Cancel prescription", _MAY)


async def cancel(request: Request) -> Response:
    """Take a paper back before it is dispensed."""
    seen = await field(request, "version", int)
    reason = await field(request, "reason", str, missing="Give a reason.")
    async with work_of(request) as work:
        row = await service.cancel(work, request.path_params["prescription_id"], reason, seen=seen)
        return await _panel(request, work, row.patient_id)


async def _ending(request: Request, template: str, title: str, may: Permission) -> Response:
    async with work_of(request) as work:
        row = await work.access(Prescription, request.path_params["prescription_id"], may)
        patient, person = await banner.who(work, row.patient_id)
        listed = (await of_patients(work, [row.patient_id]))[row.patient_id]
        one = next(paper for paper in listed.items if paper.id == row.id)
        whose = await banner.head(work, patient, person)
        return sheet(request, template, title=title, paper=one, **whose)


async def _panel(request: Request, work: Work, patient_id: UUID) -> Response:
    papers = (await of_patients(work, [patient_id]))[patient_id]
    context = {"prescriptions": papers, "patient_id": patient_id}
    return fragment(
        request, "patients/_prescriptions.html", back=f"/patients/{patient_id}", **context
    )


routes = [
    get("/patients/{patient_id:uuid}/prescriptions/new", form, _MAY, shows=_SHOWN),
    post("/patients/{patient_id:uuid}/prescriptions", issue, _MAY, shows=_SHOWN),
    get("/prescriptions/{prescription_id:uuid}.pdf", paper, VIEW, shows=_SHOWN),
    get("/prescriptions/{prescription_id:uuid}/dispensing", dispensing, _DISPENSE, shows=_SHOWN),
    post("/prescriptions/{prescription_id:uuid}/dispensing", dispense, _DISPENSE, shows=_SHOWN),
    get("/prescriptions/{prescription_id:uuid}/cancellation", cancelling, _MAY, shows=_SHOWN),
    post("/prescriptions/{prescription_id:uuid}/cancellation", cancel, _MAY, shows=_SHOWN),
    *checking.routes,
]
