"""Book routes: the sheet that books, what it keeps free meanwhile, and what fits instead."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, D2, Permission
from domain.display import instant
from domain.errors import NotAllowed
from domain.spans import Span
from ward.beds.forms import note
from ward.errors import Invalid
from ward.patients import search
from ward.patients.queries import names_of
from ward.places.models import Ward
from ward.render import render
from ward.scheduling import book_forms, choices, visits
from ward.scheduling.book import Booking, book
from ward.scheduling.book_forms import Time, Twice
from ward.scheduling.clinics import ResourceKind
from ward.scheduling.details import AppointmentDetail
from ward.scheduling.hold import end_hold, hold
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.recurring import SeriesClashing, book_series
from ward.web import by_htmx, field, fragment, get, optional, page, post, sheet, stay
from ward.work import Work, work_of

MAY = Permission.BOOK_APPOINTMENT
SHOWS = {D0, D1, D2}
GROUPS = (ResourceKind.CLINICIAN, ResourceKind.CLINIC, ResourceKind.ROOM, ResourceKind.DEVICE)


async def blank(request: Request) -> Response:
    """Draw the form that books; a place in the calendar fills in when and with whom."""
    async with work_of(request) as work:
        asked = request.query_params
        said = {
            "at": asked.get("at", "")[:16],
            "resource": asked.getlist("resource"),
            "visit_type_id": asked.get("visit", ""),
        }
        context = await _form(work, request, said, asked.get("patient"))
        return sheet(request, "scheduling/_book.html", title="Book an appointment", **context)


async def candidates(request: Request) -> Response:
    """Answer whom one could book, as somebody types."""
    question = request.query_params.get("q", "")[:200]
    async with work_of(request) as work:
        found = await search.find(work, question) if question.strip() else search.Answer([])
        html = render("scheduling/_who.html", found=found.people, q=question.strip())
        return HTMLResponse(html)


async def make(request: Request) -> Response:
    """Book it; or say all that is in the way, and offer times that fit."""
    patient_id = await field(request, "patient_id", UUID, missing="Choose a patient.")
    visit_type_id = await field(request, "visit_type_id", UUID, missing="Choose a visit.")
    said = await _detail(request)
    try:
        async with work_of(request) as work:
            ward = await work.access(Ward, request.path_params["ward_id"], choices.VIEW)
            visit = await visits.visit(work, ward.id, visit_type_id)
            at, resources = await _wished(request, work, ward, visit)
            booking = Booking(
                patient_id=patient_id,
                ward_id=ward.id,
                visit_type_id=visit_type_id,
                resources=resources,
                start=at.at,
                wall=at.wall,
                fold=at.fold,
                detail=said,
                overbook=await note(request, "overbook") or "",
            )
            rule = await book_forms.rule(request, at)
            if rule is None:
                await book(work, booking)
            else:
                await book_series(work, booking, rule, await book_forms.solved(request))
            return stay(request, f"/clinics/{ward.id}/calendar?day={at.wall[:10]}")
    except Twice as asked:
        return which(request, asked)
    except Clashing as clash:
        return await clashing(request, clash)
    except SeriesClashing as clash:
        return await some_clash(request, clash)


async def _wished(
    request: Request, work: Work, ward: Ward, visit: visits.Visit
) -> tuple[Time, tuple[UUID, ...]]:
    """Read when, and choose who and what is still open; a pressed offer says all of it."""
    pressed, zone = await book_forms.picked(request), ZoneInfo(ward.zone)
    if pressed is not None:
        return Time.of(pressed[0], zone), pressed[1]
    at = await book_forms.time_in(request, zone)
    named = await book_forms.chosen(request)
    span = Span.lasting(at.at, visit.length)
    return at, await book_forms.filled(work, ward.id, visit, named, span)


def which(request: Request, asked: Twice) -> Response:
    """Ask which of the two is meant when the clock shows a time twice."""
    if not by_htmx(request):
        raise asked
    html = render("scheduling/_twice.html", sentence=asked.sentence, choices=asked.choices)
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return HTMLResponse(html, asked.status, headers)


async def clashing(request: Request, clash: Clashing) -> Response:
    """Answer with everything in the way, and a button for each time that fits."""
    zone = ZoneInfo(clash.zone)
    context: dict[str, Any] = {
        "clashes": clash.clashes,
        "openings": [
            (book_forms.pick_of(one), instant(one.span.start, zone), ", ".join(one.labels))
            for one in clash.openings
        ],
        "sentence": clash.sentence,
        "waits": await _waits(request),
    }
    if by_htmx(request):
        html = render("scheduling/_clash.html", **context)
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return HTMLResponse(html, clash.status, headers)
    return page(request, "scheduling/clash.html", clash.status, **context)


async def _waits(request: Request) -> str | None:
    """Give the form of the waiting list, filled in with whom nothing was found for."""
    ward_id, said = request.path_params.get("ward_id"), await request.form()
    known = {"patient": said.get("patient_id"), "visit": said.get("visit_type_id")}
    asked = urlencode({name: value for name, value in known.items() if value})
    return f"/clinics/{ward_id}/waitlist/new?{asked}" if ward_id else None


async def some_clash(request: Request, clash: SeriesClashing) -> Response:
    """Answer which appointments of a series cannot be had, and let each be solved."""
    zone = ZoneInfo(clash.zone)
    met = [
        {
            "number": one.occurrence.number,
            "when": instant(one.occurrence.span.start, zone),
            "clashes": one.clash.clashes,
            "openings": [
                (book_forms.pick_of(each), instant(each.span.start, zone), ", ".join(each.labels))
                for each in one.clash.openings
            ],
        }
        for one in clash.met
    ]
    context: dict[str, Any] = {
        "sentence": clash.sentence, "met": met, "fine": clash.fine, "moves": clash.moves,
    }  # fmt: skip
    if not by_htmx(request):
        return page(request, "scheduling/series_clash.html", clash.status, **context)
    html = render("scheduling/_series_clash.html", **context)
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return HTMLResponse(html, clash.status, headers)


async def keep(request: Request) -> Response:
    """Keep what the form shows while it is filled in; the others see who is booking."""
    async with work_of(request) as work:
        ward = await work.access(Ward, request.path_params["ward_id"], choices.VIEW)
        context: dict[str, Any] = {"kept": None, "why": None}
        visit_type_id = await optional(request, "visit_type_id", UUID)
        if visit_type_id is not None and (await request.form()).get("at"):
            try:
                visit = await visits.visit(work, ward.id, visit_type_id)
                at, resources = await _wished(request, work, ward, visit)
                span = Span.lasting(at.at, visit.length)
                context["kept"] = await hold(
                    work, ward.id, span, resources,
                    buffer=visit.buffer, sheet=await note(request, "sheet"),
                )  # fmt: skip
            except (Clashing, NotAllowed, Invalid) as refused:
                context["why"] = refused.sentence
        context["zone"] = ward.zone
        answer = fragment(request, "scheduling/_kept.html", **context)
        if context["kept"]:
            answer.headers["ward-ends"] = f"/holds/{context['kept'].id}/end"
        return answer


async def let_go(request: Request) -> Response:
    """Let go what was kept: the sheet was closed, or its page left."""
    async with work_of(request) as work:
        await end_hold(work, request.path_params["hold_id"])
        return stay(request, "/schedule")


async def _detail(request: Request) -> AppointmentDetail:
    return AppointmentDetail(
        reason=await note(request, "reason") or "",
        note=await note(request) or "",
        interpreter=await note(request, "interpreter") or "",
        transport=(await request.form()).get("transport") == "yes",
    )


async def _form(
    work: Work, request: Request, said: dict[str, Any], patient: str | None
) -> dict[str, Any]:
    clinic = await choices.clinic(work, request.path_params["ward_id"])
    await work.access(Ward, clinic.id, MAY)
    offered = await visits.offered(work, clinic.id)
    known = None
    if patient is not None:
        known = (await names_of(work, [_id(patient)], clinic.zone)).get(_id(patient))
    return {
        "clinic": clinic,
        "visits": [(one.row.id, one.row.label, one.row.minutes) for one in offered.values()],
        "groups": [(kind, [one for one in clinic.choices if one.kind is kind]) for kind in GROUPS],
        "patient": known,
        "said": said,
        "repeats": book_forms.REPEATS,
        "may_overbook": work.may(Permission.OVERBOOK),
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotAllowed("This patient was not found.", "appointment.patient") from None


routes = [
    get("/clinics/{ward_id:uuid}/appointments/new", blank, MAY, shows=SHOWS),
    post("/clinics/{ward_id:uuid}/appointments/new", make, MAY, shows=SHOWS),
    get("/scheduling/candidates", candidates, Permission.SEARCH_PATIENTS, shows={D0, D1}),
    post("/clinics/{ward_id:uuid}/holds", keep, MAY, shows=SHOWS),
    post("/holds/{hold_id:uuid}/end", let_go, MAY, shows={D0}),
]
