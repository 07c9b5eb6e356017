"""Wristbands: the sheet that issues one, and the paper."""

from enum import StrEnum
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain import wristbands
from domain.access import D1, D2, Permission
from domain.wristbands import Carries, Cause
from ward import codes, paper
from ward.errors import Missing
from ward.patients import banner
from ward.patients.models import Patient
from ward.web import document, field, fragment, get, optional, post, sheet
from ward.work import Work, work_of
from ward.wristbands import queries, service
from ward.wristbands.models import Wristband
from ward.wristbands.queries import Whose, printed

_MAY = Permission.ISSUE_WRISTBAND
CAUSES = [(one.value, one.word, None) for one in Cause if one is not Cause.FIRST]


class Onto(StrEnum):
    """What the printer holds: the template is named after it."""

    SHEET = "sheet"
    ROLL = "roll"


_TEMPLATES = {Onto.SHEET: "wristband", Onto.ROLL: "wristband-roll"}


async def form(request: Request) -> Response:
    """Draw the sheet that issues a band."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await work.access(Patient, patient_id, _MAY)
        patient, person = await banner.who(work, patient_id)
        context = {
            "patient_id": patient_id,
            **await banner.head(work, patient, person),
            "bands": (await queries.bands_of(work, [patient_id]))[patient_id],
            "says": printed(person),
            "causes": CAUSES,
            "zone": str(await _zone(work, patient_id)),
        }
        return sheet(request, "wristbands/_issue.html", title="Wristband", **context)


async def issue(request: Request) -> Response:
    """Issue a band; the chart offers to print it."""
    patient_id = request.path_params["patient_id"]
    cause, seen = await optional(request, "cause", Cause), await field(request, "seen", int)
    async with work_of(request) as work:
        await service.issue(work, patient_id, cause, seen=seen)
        await work.flush()
        context = {
            "patient_id": patient_id,
            "wristband": (await queries.bands_of(work, [patient_id]))[patient_id],
            "zone": str(await _zone(work, patient_id)),
        }
        back = f"/patients/{patient_id}"
        return fragment(request, "patients/_wristband.html", back=back, **context)


async def print_band(request: Request) -> Response:
    """Print the valid band, as it was issued."""
    patient_id = request.path_params["patient_id"]
    on = request.query_params.get("on")
    onto = Onto.ROLL if on == Onto.ROLL else Onto.SHEET
    async with work_of(request) as work:
        return document(request, await _paper(work, patient_id, onto), "wristband.pdf")


async def _paper(work: Work, patient_id: UUID, onto: Onto) -> bytes:
    patient = await work.access(Patient, patient_id, _MAY)
    whose = await queries.whose_band(work, patient, _MAY)
    if whose.band is None:
        raise Missing("No wristband has been issued for this patient.")
    said = (await work.open([whose.band], Wristband.printed_as))[whose.band.id]
    wristbands.in_force(said, printed(whose.person), whose.band.issue)
    data = {
        "issue": whose.band.issue,
        "name": said.name,
        "born": said.born,
        "label": said.label,
        "number": said.number,
        "said": f"Code of wristband {whose.band.issue}",
    }
    identity = f"{said.name}  Born {said.born}  {said.label} {said.number}"
    stamp = paper.stamp(work, identity, await banner.zone_of(work, patient))
    return await paper.pdf(_TEMPLATES[onto], data, stamp, {"band": _code(whose, whose.band)})


def _code(whose: Whose, row: Wristband) -> str:
    if row.carries is Carries.MRN or whose.number is None:
        return codes.plain_matrix(whose.person.mrn)
    return codes.data_matrix(wristbands.elements(whose.number, row.issue))


async def _zone(work: Work, patient_id: UUID) -> object:
    patient, _ = await banner.who(work, patient_id)
    return await banner.zone_of(work, patient)


routes = [
    get("/patients/{patient_id:uuid}/wristband", form, _MAY, shows={D1, D2}),
    post("/patients/{patient_id:uuid}/wristband", issue, _MAY, shows={D1, D2}),
    get("/patients/{patient_id:uuid}/wristband.pdf", print_band, _MAY, shows={D1, D2}),
]
