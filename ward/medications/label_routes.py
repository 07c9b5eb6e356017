"""Labels: paper for what is drawn up or added to a bag, with a code that opens its dose."""

from starlette.requests import Request
from starlette.responses import Response

from domain import display
from domain.access import D0, D1, D3, D4, Permission
from domain.prepared import Prepared
from ward import codes, paper
from ward.medications import occasion
from ward.medications.occasion import Occasion
from ward.patients import banner
from ward.web import document, get
from ward.work import Work, work_of

_MAY = Permission.GIVE_MEDICATION
_SHOWN = {D0, D1, D3, D4}


async def of_dose(request: Request) -> Response:
    """Print the label of one dose."""
    async with work_of(request) as work:
        found = await occasion.of_dose(work, request.path_params["dose_id"])
        pdf = await _paper(work, found)
        return document(request, pdf, "medicine-label.pdf")


async def of_order(request: Request) -> Response:
    """Print the label of a dose as required."""
    async with work_of(request) as work:
        found = await occasion.of_order(work, request.path_params["request_id"])
        return document(request, await _paper(work, found), "medicine-label.pdf")


async def _paper(work: Work, found: Occasion) -> bytes:
    words, zone = found.line.words, found.held.zone
    local = work.now.astimezone(zone)
    told = banner.identity(found.held.patient.id, found.person, local)
    label, number = told.identifiers[0] if told.identifiers else ("", "")
    data = {
        "name": told.name,
        "born": told.born,
        "label": label,
        "id": number,
        "medicine": f"{words.plain} {words.form}".strip(),
        "dose": str(found.ordered),
        "route": words.route,
        "often": words.often,
        "due": display.instant(found.dose.due_at, zone) if found.dose else "",
        "ward": found.held.ward.label,
    }
    stamp = paper.stamp(work, f"{told.name}  Born {told.born}  {label} {number}", zone)
    of = (
        Prepared(dose_id=found.dose.id)
        if found.dose
        else Prepared(request_id=found.line.request.id)
    )
    return await paper.pdf("medicine-label", data, stamp, {"dose": codes.data_matrix(of.elements)})


routes = [
    get("/doses/{dose_id:uuid}/label.pdf", of_dose, _MAY, shows=_SHOWN),
    get("/orders/{request_id:uuid}/label.pdf", of_order, _MAY, shows=_SHOWN),
]
