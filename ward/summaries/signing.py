"""Signing: the sheet that signs a summary, and the signature: of what was shown, nothing else."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D2, D3, D4, D5, D6
from domain.summaries import SummaryState
from ward.db import new_id
from ward.errors import Stale
from ward.patients import banner
from ward.render import render
from ward.summaries import service, shown
from ward.summaries.models import DischargeSummary
from ward.summaries.parts import Parts
from ward.summaries.queries import WRITE, words_of
from ward.summaries.reach import parts_now, reach
from ward.vitals.refusal import Redrawn
from ward.web import by_htmx, field, get, go, optional, page, post, sheet
from ward.work import Work, work_of

SHEET, CHANGED = "summaries/_sign.html", "summaries/_changed.html"
ALL = {D0, D1, D2, D3, D4, D5, D6}


async def signature(request: Request) -> Response:
    """Draw the sheet that signs, with what changed since the page that led here was drawn."""
    marks = request.query_params.get("shown", "")
    async with work_of(request) as work:
        drawn = await _drawn(work, request.path_params["summary_id"], marks)
        return sheet(request, SHEET, **drawn)


async def _drawn(work: Work, summary_id: UUID, marks: str) -> dict[str, Any]:
    row = await work.access(DischargeSummary, summary_id, WRITE)
    patient, person = await banner.who(work, row.patient_id)
    reached = await reach(work, row.encounter_id)
    parts = await parts_now(work, reached, await words_of(work, row))
    names = shown.unlike(work.node, row.id, parts, marks)
    return {
        "title": "Sign the discharge summary",
        **await banner.head(work, patient, person),
        "summary": {"id": row.id, "version": row.version, "number": row.number},
        "undecided": _undecided(parts),
        "parts": parts,
        "changed": shown.only(parts, names),
        "names": names,
        "again": bool(marks),
        "shown": shown.marks_of(work.node, row.id, parts),
        "record": reached.record,
    }


def _undecided(parts: Parts) -> list[str]:
    home = parts.medicines.home if parts.medicines else ()
    return [one.name for one in home if one.becomes == "Not decided"]


async def sign(request: Request) -> Response:
    """Sign the draft as it was shown; else show what is new, and sign nothing."""
    summary_id, seen = request.path_params["summary_id"], await field(request, "version", int)
    marks = await optional(request, "shown", str) or ""
    site = request.app.state.node.settings.public_url or str(request.base_url)
    try:
        async with work_of(request) as work:
            try:
                row = await service.sign(work, summary_id, seen=seen, site=site, marks=marks)
            except Stale as refused:
                raise await _again(request, work, refused, marks) from None
            return go(request, page_of(row))
    except Redrawn as redrawn:
        return redrawn.answer


async def _again(request: Request, work: Work, refused: Stale, marks: str) -> Redrawn | Stale:
    """Answer with the sheet as it is now: nothing was signed, and what it shows is a look."""
    row = await work.access(DischargeSummary, request.path_params["summary_id"], WRITE)
    if row.state is not SummaryState.DRAFT:
        return refused
    drawn = await _drawn(work, row.id, marks)
    sentence = shown.sentence(drawn["names"]) if drawn["names"] else refused.sentence
    if not by_htmx(request):
        drawn |= {"sheet": SHEET, "sentence": sentence, "key": str(new_id())}
        return Redrawn(page(request, "layouts/sheet.html", refused.status, **drawn), sentence)
    html = render("errors/_problem.html", sentence=sentence, fields={}) + render(CHANGED, **drawn)
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return Redrawn(HTMLResponse(html, refused.status, headers), sentence)


def page_of(row: DischargeSummary) -> str:
    """Lead to the page of the stay whose summary it is."""
    return f"/stays/{row.encounter_id}/discharge-summary"


_ONE = "/summaries/{summary_id:uuid}/signature"

routes = [get(_ONE, signature, WRITE, shows=ALL), post(_ONE, sign, WRITE, shows=ALL)]
