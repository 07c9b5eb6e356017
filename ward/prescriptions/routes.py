"""Prescriptions: sign, print, dispense, cancel; and the page behind the QR, without a sign-in."""

from collections.abc import Sequence
from hashlib import sha256
from secrets import compare_digest
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D4, Permission
from domain.dispensing import LONGEST
from domain.errors import NotAllowed
from ward import signing
from ward.config import Env
from ward.errors import Busy, Invalid
from ward.medications.line import Line, lines
from ward.medications.words import line_words
from ward.patients import banner
from ward.prescriptions import service
from ward.prescriptions.models import Prescription
from ward.prescriptions.queries import CHECK, VIEW, by_token, of_patients, pdf_of, worth_of
from ward.prescriptions.service import Wanted
from ward.render import render
from ward.security.actors import System
from ward.security.limits import Limit
from ward.web import field, fragment, get, post, public, sheet
from ward.work import Work, work_as, work_of

_MAY, _DISPENSE = Permission.ISSUE_PRESCRIPTION, Permission.DISPENSE
_SHOWN = {D0, D1, D4}
CHECKER = System("prescription-check", frozenset({CHECK}))
LOOKS = Limit("prescription-look", 60, 60)
CODES = Limit("prescription-code", 5, 900)
LARGEST = 1024 * 1024  # bytes of a paper that somebody sends back
USUAL = 7  # days offered; engineering default


async def form(request: Request) -> Response:
    """Draw the sheet that signs a paper: what stands, to choose from."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        _, person = await banner.who(work, patient_id)
        standing = await lines(work, patient_id, VIEW)
        return sheet(
            request,
            "prescriptions/_new.html",
            title="Prescription for a pharmacy",
            patient_id=patient_id,
            who=person.shown,
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
        _, person = await banner.who(work, row.patient_id)
        listed = (await of_patients(work, [row.patient_id]))[row.patient_id]
        one = next(paper for paper in listed.items if paper.id == row.id)
        return sheet(request, template, title=title, paper=one, who=person.shown)


async def _panel(request: Request, work: Work, patient_id: UUID) -> Response:
    papers = (await of_patients(work, [patient_id]))[patient_id]
    context = {"prescriptions": papers, "patient_id": patient_id}
    return fragment(
        request, "patients/_prescriptions.html", back=f"/patients/{patient_id}", **context
    )


# -- without a sign-in -----------------------------------------------------------------------


async def check(request: Request) -> Response:
    """Say what a paper is worth; nothing of whom it is for or what stands on it."""
    return await _checked(request)


async def check_dispense(request: Request) -> Response:
    """Dispense by the code that stands on the paper."""
    token = request.path_params["token"]
    form = await request.form()
    code, where = str(form.get("code") or "")[:40], str(form.get("where") or "")[:200]
    node = request.app.state.node
    try:
        await _look(request)
        await node.limits.spend(CODES, token)
        async with work_as(node, CHECKER, "prescriptions.dispense_outside") as work:
            await service.dispense_outside(work, token, code, where)
    except NotAllowed as refused:
        return await _told(request, problem=refused.sentence, status=409)
    except Busy as busy:
        return _drawn(request, None, problem=busy.sentence, status=429)
    return await _told(request, done="Recorded: dispensed just now. Keep the paper.")


async def check_paper(request: Request) -> Response:
    """Say whether a file is the paper as it was signed, or was changed since."""
    async with request.form(max_part_size=LARGEST) as form:
        upload = form.get("paper")
        sent = await upload.read() if isinstance(upload, UploadFile) else b""
    if not sent:
        return await _checked(request, problem="Choose the PDF file of the prescription.")
    async with _door(request) as work:
        row = await by_token(work, request.path_params["token"])
        same = row is not None and compare_digest(row.paper_hash, sha256(sent).digest())
    intact = same and (await signing.verify(request.app.state.node, sent)).intact
    if intact:
        return await _checked(request, done="This file is unchanged since it was signed.")
    changed = "This file is not the prescription as it was signed. Do not dispense it."
    return await _checked(request, problem=changed)


def _door(request: Request):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return work_as(request.app.state.node, CHECKER, "prescriptions.check", reading=True)


async def _look(request: Request) -> None:
    """Count a look; too many are refused before anything is read or recorded."""
    limits = request.app.state.node.limits
    await limits.spend(LOOKS, request.client.host if request.client else "")


async def _checked(
    request: Request, *, problem: str | None = None, done: str | None = None
) -> Response:
    try:
        await _look(request)
    except Busy as busy:
        return _drawn(request, None, problem=busy.sentence, status=429)
    return await _told(request, problem=problem, done=done)


async def _told(
    request: Request, *, problem: str | None = None, done: str | None = None, status: int = 200
) -> Response:
    token = request.path_params["token"]
    async with _door(request) as work:
        row = await by_token(work, token)
        worth = worth_of(row, work.now) if row else None
    return _drawn(request, worth, problem=problem, done=done, status=status if row else 404)


def _drawn(
    request: Request,
    worth: object,
    *,
    status: int,
    problem: str | None = None,
    done: str | None = None,
) -> Response:
    demo = request.app.state.node.settings.env is not Env.PRODUCTION
    token = request.path_params["token"]
    html = render(
        "prescriptions/check.html", worth=worth, token=token, demo=demo, problem=problem, done=done
    )
    headers = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
    return HTMLResponse(html, status, headers=headers)


routes = [
    get("/patients/{patient_id:uuid}/prescriptions/new", form, _MAY, shows=_SHOWN),
    post("/patients/{patient_id:uuid}/prescriptions", issue, _MAY, shows=_SHOWN),
    get("/prescriptions/{prescription_id:uuid}.pdf", paper, VIEW, shows=_SHOWN),
    get("/prescriptions/{prescription_id:uuid}/dispensing", dispensing, _DISPENSE, shows=_SHOWN),
    post("/prescriptions/{prescription_id:uuid}/dispensing", dispense, _DISPENSE, shows=_SHOWN),
    get("/prescriptions/{prescription_id:uuid}/cancellation", cancelling, _MAY, shows=_SHOWN),
    post("/prescriptions/{prescription_id:uuid}/cancellation", cancel, _MAY, shows=_SHOWN),
    public("/check/{token}", check),
    public("/check/{token}/dispensing", check_dispense, "POST"),
    public("/check/{token}/paper", check_paper, "POST"),
]
