"""Results of one patient: the page, a trend, a document that came along, the same as a file."""

import base64
import binascii
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D5, Permission
from domain.labs import ResultStatus
from ward import live
from ward.errors import Missing
from ward.labs import chart, printing, queries, words
from ward.labs.details import Attached
from ward.labs.models import DiagnosticReport, LabResult
from ward.labs.queries import Found
from ward.labs.trend import trend as drawn
from ward.labs.views import chains, reference
from ward.patients import banner
from ward.patients.models import Patient
from ward.security.limits import EXPORT
from ward.web import document, get, page, sheet
from ward.work import Work, work_of

VIEW = Permission.VIEW_LABS
SHOWN = {D0, D1, D3, D5}
PDF = "application/pdf"
MOST = 1_000  # reports on one page
Titles = Mapping[UUID, tuple[str, datetime]]
HEADS = ("Collected", "Reported", "Report", "Test", "LOINC", "Value", "Unit", "Flag", "Sent flag",
         "Reference", "Status", "Replaced", "Comment")  # fmt: skip


async def results(request: Request) -> Response:
    """Show the results, live; everything is drawn once, as of now."""
    patient_id, everything = request.path_params["patient_id"], "all" in request.query_params
    shown_as = "reports" if request.query_params.get("as") == "reports" else "grid"
    async with work_of(request) as work:
        screen = await live.show(work, "labs", patient_id)
        _, person = await banner.who(work, patient_id)
        return page(
            request,
            "labs/results.html",
            screen=screen,
            title=person.shown,
            patient_id=patient_id,
            shown_as=shown_as,
            whole=await _whole(work, patient_id, shown_as) if everything else None,
        )


async def _whole(work: Work, patient_id: UUID, shown_as: str) -> dict[str, object]:
    zone, grid, shown = await _zone(work, patient_id), None, []
    if shown_as == "grid":
        grid = await chart.cumulative(work, patient_id, whole=True)
    else:
        mine = DiagnosticReport.patient_id == patient_id
        shown = await chart.report_views(work, await queries.reports(work, mine, most=MOST))
    return {"grid": grid, "reports": shown, "at": work.now, "zone": str(zone)}


async def trend(request: Request) -> Response:
    """Draw a test over time, with its table."""
    async with work_of(request) as work:
        result = await work.access(LabResult, request.path_params["result_id"], VIEW)
        patient, person = await banner.who(work, result.patient_id)
        zone = await _zone(work, result.patient_id)
        found = drawn(await queries.series(work, result), zone)
        if found is None:
            raise Missing("This value was withdrawn.")
        return sheet(
            request,
            "labs/_trend_sheet.html",
            title=found.name,
            trend=found,
            **await banner.head(work, patient, person),
            zone=str(zone),
        )


async def attached(request: Request) -> Response:
    """Show the document that came with a report."""
    async with work_of(request) as work:
        report = await work.access(DiagnosticReport, request.path_params["report_id"], VIEW)
        found: Attached | None = (await work.open([report], DiagnosticReport.attached))[report.id]
        if found is None or found.kind != PDF:
            raise Missing("There is no document that can be shown.")
        try:
            content = base64.b64decode(found.content, validate=False)
        except binascii.Error:
            raise Missing("The document that came cannot be read.") from None
        if not content.startswith(b"%PDF-"):
            raise Missing("The document that came is no PDF.")
        return document(request, content, "report.pdf")


async def paper(request: Request) -> Response:
    """Print the newest collections."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        return document(request, await printing.cumulative(work, patient_id), "results.pdf")


async def as_file(request: Request) -> Response:
    """Give every result ever reported as a file that no spreadsheet takes for formulas."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await work.access(Patient, patient_id, VIEW)
        await work.node.limits.spend(EXPORT, str(work.actor.id))
        zone = await _zone(work, patient_id)
        reports = await queries.reports(work, DiagnosticReport.patient_id == patient_id, most=9999)
        titles = {one.row.id: (one.detail.title, one.row.reported_at) for one in reports}
        found = await queries.results(work, LabResult.patient_id == patient_id)
        text = _written(found, titles, zone)
    headers = {
        "content-disposition": 'attachment; filename="results.csv"',
        "cache-control": "no-store",
    }
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _written(found: Sequence[Found], titles: Titles, zone: tzinfo) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(HEADS)
    withheld = _withheld(found)
    for one in found:
        hidden = words.hidden(one.row.status) or one.row.id in withheld
        rows.writerow(map(harmless, _cells(one, titles, zone, hidden=hidden)))
    return out.getvalue()


def _withheld(found: Sequence[Found]) -> set[UUID]:
    """Name what must not be shown any more: values that were another patient's."""
    wrong = {one.row.id for one in found if one.row.status is ResultStatus.WRONG_PATIENT}
    chain = chains(found)
    return {old.row.id for one in wrong for old in chain.get(one, ())}


def _cells(one: Found, titles: Titles, zone: tzinfo, *, hidden: bool) -> tuple[str, ...]:
    row, detail = one.row, one.detail
    title, at = titles[row.report_id]
    flag = words.flag(detail, row.status)
    return (
        row.observed_at.astimezone(zone).isoformat(timespec="minutes"),
        at.astimezone(zone).isoformat(timespec="minutes"),
        title,
        detail.name,
        detail.loinc or detail.code,
        "" if hidden else words.value(detail),
        detail.unit,
        "" if hidden else flag.letters,
        "" if hidden else " ".join(detail.sent),
        reference(one),
        words.status(row.status) or "final",
        row.replaced_at.astimezone(zone).isoformat(timespec="minutes") if row.replaced_at else "",
        " ".join(detail.comments),
    )


def harmless(value: object) -> str:
    """Write a value so that no spreadsheet runs it; a plain number stays one."""
    text = str(value)
    if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) and words.figure(text) is None:
        return f"'{text}"
    return text


async def _zone(work: Work, patient_id: UUID) -> tzinfo:
    patient, _ = await banner.who(work, patient_id)
    return await banner.zone_of(work, patient)


_PATIENT = "/patients/{patient_id:uuid}"
routes = [
    get(f"{_PATIENT}/results", results, VIEW, shows=SHOWN),
    get(f"{_PATIENT}/results.csv", as_file, VIEW, shows={D1, D5}, fresh=True),
    get(f"{_PATIENT}/results.pdf", paper, VIEW, shows={D1, D5}),
    get("/labs/results/{result_id:uuid}/trend", trend, VIEW, shows={D1, D5}),
    get("/labs/reports/{report_id:uuid}/document", attached, VIEW, shows={D5}),
]
