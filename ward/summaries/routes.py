"""Summaries: the page of a stay's summary, writing it, and its paper."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain import display
from domain.access import D0, D1, D2, D3, D4, D5, D6, Permission
from domain.summaries import SummaryState
from ward.adt.models import Encounter
from ward.duty.queries import names
from ward.errors import Invalid, Missing, NoRelation
from ward.patients import banner
from ward.summaries import checking, printing, service, signing
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
    stays_of,
    versions,
    words_of,
)
from ward.summaries.reach import parts_now, reach, treats
from ward.summaries.shown import marks_of
from ward.web import document, get, go, optional, page, post, sheet
from ward.work import Work, work_of

ALL = {D0, D1, D2, D3, D4, D5, D6}
LONGEST = 10_000  # letters of each of the doctor's texts


async def show(request: Request) -> Response:
    """Show the summary of the stay: what is signed, and to whoever writes it also the draft."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        listed = (await of_patients(work, [patient_id]))[patient_id]
        context = await _page(work, patient_id, listed)
        encounter = await _which(work, patient_id, listed)
        context |= await _stay(work, encounter) if encounter else {"stay": None, "zone": "UTC"}
        return page(request, "summaries/summary.html", **context)


async def of_stay(request: Request) -> Response:
    """Show the summary of one stay, also when the patient is back for another."""
    async with work_of(request) as work:
        may = Permission.VIEW_STAYS
        encounter = await work.access(Encounter, request.path_params["encounter_id"], may)
        patient_id = encounter.patient_id
        listed = (await of_patients(work, [patient_id]))[patient_id]
        context = await _page(work, patient_id, listed)
        own = encounter.id in {one.encounter_id for one in listed.items}
        if not own and not await treats(work, patient_id):
            raise NoRelation(patient_id)
        context |= await _stay(work, encounter)
        return page(request, "summaries/summary.html", **context)


async def _page(work: Work, patient_id: UUID, listed: Summaries) -> dict[str, Any]:
    """Tell whose page it is, and of each stay that has a summary from when until when it was."""
    patient, person = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    rows = await stays_of(work, listed)
    return {
        "title": person.shown,
        "known": person.known_by(work.now.astimezone(zone)),
        "patient_id": patient_id,
        "listed": listed,
        "stays": {row.id: await _from_until(work, row) for row in rows},
    }


async def _from_until(work: Work, encounter: Encounter) -> str:
    """Write from which day to which a stay was; of one that goes on, since when."""
    zone = await zone_of(work, encounter)
    came, left = encounter.admitted_at or encounter.moved_at, encounter.discharged_at
    first = display.day_of(came.astimezone(zone).date())
    return f"{first} – {display.day_of(left.astimezone(zone).date())}" if left else f"since {first}"


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
        preview = await parts_now(work, reached, await words_of(work, draft))
    return {
        "stay": encounter.id,
        "of": await _from_until(work, encounter),
        "zone": str(await zone_of(work, encounter)),
        "shown": marks_of(work.node, draft.id, preview) if draft and preview else "",
        "draft": draft.id if draft else None,
        "preview": preview,
        "signed": await parts_of(work, signed.id) if signed else None,
        "signed_id": signed.id if signed else None,
    }


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
            words=await words_of(work, latest) if latest else Words(),
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
        return go(request, signing.page_of(row))


async def _text(request: Request, name: str) -> str:
    """Read one of the texts; a break counts as one letter, as in the browser."""
    text = (await optional(request, name, str) or "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise Invalid({name: f"This text is longer than {LONGEST} letters. Shorten it."})
    return text


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


_STAY = "/stays/{encounter_id:uuid}/summary"

routes = [
    get("/patients/{patient_id:uuid}/discharge-summary", show, VIEW, shows=ALL),
    get(_STAY, writing, WRITE, shows=ALL),
    post(_STAY, write, WRITE, shows=ALL),
    get("/stays/{encounter_id:uuid}/discharge-summary", of_stay, VIEW, shows=ALL),
    *signing.routes,
    get("/summaries/{summary_id:uuid}.pdf", paper, VIEW, shows=ALL),
    *checking.routes,
]
