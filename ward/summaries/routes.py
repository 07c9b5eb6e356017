"""Summaries: the page of a stay's summary, writing and signing it, and its paper."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, D3, D4, D5, D6, Permission
from domain.summaries import SummaryState
from ward.adt.models import Encounter
from ward.duty.queries import names
from ward.errors import Invalid, Missing, NoRelation
from ward.patients import banner
from ward.summaries import checking, printing, service
from ward.summaries.gathering import zone_of
from ward.summaries.models import DischargeSummary
from ward.summaries.parts import Parts, Words
from ward.summaries.queries import (
    VIEW,
    WRITE,
    Summaries,
    of_patients,
    parts_of,
    pdf_of,
    stay_of,
    versions,
)
from ward.summaries.reach import parts_now, reach, treats
from ward.web import document, field, get, go, optional, page, post, sheet
from ward.work import Work, work_of

ALL = {D0, D1, D2, D3, D4, D5, D6}
LONGEST = 10_000  # letters of each of the doctor's texts


async def show(request: Request) -> Response:
    """Show the summary of the stay: what is signed, and to whoever writes it also the draft."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        today = work.now.astimezone(await banner.zone_of(work, patient))
        listed = (await of_patients(work, [patient_id]))[patient_id]
        encounter = await _which(work, patient_id, listed)
        context = await _stay(work, encounter) if encounter else {"zone": "UTC"}
        return page(
            request,
            "summaries/summary.html",
            title=person.shown,
            known=person.known_by(today),
            patient_id=patient_id,
            encounter_id=encounter.id if encounter else None,
            listed=listed,
            **context,
        )


async def _which(work: Work, patient_id: UUID, listed: Summaries) -> Encounter | None:
    """Tell of which stay the page is: the last; of who treats no more, the one they wrote of."""
    if await treats(work, patient_id):
        return await stay_of(work, patient_id)
    if not listed.items:
        raise NoRelation(patient_id)
    return await work.access(Encounter, listed.items[0].encounter_id, Permission.VIEW_STAYS)


async def _stay(work: Work, encounter: Encounter) -> dict[str, Any]:
    rows = await versions(work, encounter.id, VIEW)
    draft = next((one for one in rows if one.state is SummaryState.DRAFT), None)
    signed = next((one for one in rows if one.state is SummaryState.SIGNED), None)
    preview: Parts | None = None
    if draft is not None and work.may(WRITE):
        reached = await reach(work, encounter.id)
        preview = await parts_now(work, reached, await _words(work, draft))
    return {
        "zone": str(await zone_of(work, encounter)),
        "draft": draft.id if draft else None,
        "preview": preview,
        "signed": await parts_of(work, signed.id) if signed else None,
        "signed_id": signed.id if signed else None,
    }


async def _words(work: Work, draft: DischargeSummary) -> Words:
    row = await work.access(DischargeSummary, draft.id, WRITE)
    words: Words = (await work.open([row], DischargeSummary.words))[row.id]
    return words


async def writing(request: Request) -> Response:
    """Draw the sheet in which a doctor writes."""
    async with work_of(request) as work:
        encounter = (await reach(work, request.path_params["encounter_id"])).encounter
        patient, person = await banner.who(work, encounter.patient_id)
        rows = await versions(work, encounter.id, WRITE)
        draft = next((one for one in rows if one.state is SummaryState.DRAFT), None)
        latest = draft or (rows[-1] if rows else None)
        return sheet(
            request,
            "summaries/_write.html",
            title="Discharge summary",
            **await banner.head(work, patient, person),
            encounter_id=encounter.id,
            seen=draft.version if draft else None,
            amends=bool(rows) and draft is None,
            words=await _words(work, latest) if latest else Words(),
            longest=LONGEST,
        )


async def write(request: Request) -> Response:
    """Keep what the doctor wrote."""
    said = {one: await _text(request, one) for one in ("reason", "course", "plan")}
    why, seen = await optional(request, "why", str) or "", await optional(request, "version", int)
    async with work_of(request) as work:
        row = await service.write(
            work, request.path_params["encounter_id"], Words(**said), why=why, seen=seen
        )
        return go(request, _page(row))


async def _text(request: Request, name: str) -> str:
    """Read one of the texts; a break counts as one letter, as in the browser."""
    text = (await optional(request, name, str) or "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise Invalid({name: f"This text is longer than {LONGEST} letters. Shorten it."})
    return text


async def signature(request: Request) -> Response:
    """Draw the sheet that signs."""
    async with work_of(request) as work:
        row = await work.access(DischargeSummary, request.path_params["summary_id"], WRITE)
        patient, person = await banner.who(work, row.patient_id)
        reached = await reach(work, row.encounter_id)
        parts = await parts_now(work, reached, await _words(work, row))
        undecided = [
            one.name
            for one in (parts.medicines.home if parts.medicines else ())
            if one.becomes == "Not decided"
        ]
        return sheet(
            request,
            "summaries/_sign.html",
            title="Sign the discharge summary",
            **await banner.head(work, patient, person),
            summary={"id": row.id, "version": row.version, "number": row.number},
            undecided=undecided,
            parts=parts,
            record=reached.record,
        )


async def sign(request: Request) -> Response:
    """Sign the draft."""
    seen = await field(request, "version", int)
    site = request.app.state.node.settings.public_url or str(request.base_url)
    async with work_of(request) as work:
        row = await service.sign(work, request.path_params["summary_id"], seen=seen, site=site)
        return go(request, _page(row))


async def paper(request: Request) -> Response:
    """Print a signed version: the paper itself, or what of it this person may read."""
    async with work_of(request) as work:
        row = await work.access(DischargeSummary, request.path_params["summary_id"], VIEW)
        if row.signed_at is None or row.signed_by is None:
            raise Missing("This summary is not signed yet.")
        parts = await parts_of(work, row.id)
        if parts.whole:
            pdf = await pdf_of(work, row)
        else:
            encounter = await work.access(Encounter, row.encounter_id, Permission.VIEW_STAYS)
            pdf = await printing.print_summary(
                work,
                parts,
                row.number,
                signer=(await names(work, [row.signed_by]))[row.signed_by].name,
                signed_at=row.signed_at,
                zone=await zone_of(work, encounter),
            )
        return document(request, pdf, "discharge-summary.pdf")


def _page(row: DischargeSummary) -> str:
    return f"/patients/{row.patient_id}/discharge-summary"


_STAY, _ONE = "/stays/{encounter_id:uuid}/summary", "/summaries/{summary_id:uuid}"

routes = [
    get("/patients/{patient_id:uuid}/discharge-summary", show, VIEW, shows=ALL),
    get(_STAY, writing, WRITE, shows=ALL),
    post(_STAY, write, WRITE, shows=ALL),
    get(f"{_ONE}/signature", signature, WRITE, shows=ALL),
    post(f"{_ONE}/signature", sign, WRITE, shows=ALL),
    get(f"{_ONE}.pdf", paper, VIEW, shows=ALL),
    *checking.routes,
]
