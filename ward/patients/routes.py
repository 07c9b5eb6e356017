"""Patients: the pages."""

from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain.access import D0, D1, D3, D4, D5, D6, Permission
from ward import clock, live
from ward.db import new_id
from ward.patients import allergy_routes, banner, search
from ward.patients.amend import revise
from ward.patients.duplicates import PerhapsKnown, register_once
from ward.patients.forms import SEXES, PersonForm, filled, typed
from ward.patients.person import Person
from ward.patients.search import Found
from ward.render import render
from ward.security.actors import Actor
from ward.web import by_htmx, field, fragment, get, go, page, post, sheet
from ward.work import work_of

_FORM = "patients/_register.html"


async def find(request: Request) -> Response:
    """Answer a search with a page, or into the palette."""
    question = request.query_params.get("q", "")[:200]
    async with work_of(request) as work:
        found = await search.find(work, question)
        context: dict[str, Any] = {
            "q": question.strip(),
            "people": found.people,
            "too_short": found.too_short,
        }
        if by_htmx(request):
            return HTMLResponse(render("patients/_results.html", **context))
        return page(request, "patients/search.html", **context)


async def palette(request: Request) -> Response:
    """Search from anywhere: a fragment for the palette, the search page without scripts."""
    if by_htmx(request):
        return await find(request)
    async with work_of(request):
        query = request.url.query
        return RedirectResponse(f"/patients?{query}" if query else "/patients", 303)


async def chart(request: Request) -> Response:
    """Show a patient's summary, which stays current while it is open."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        screen = await live.show(work, "chart", patient_id)
        _, shown_as = await banner.who(work, patient_id)
        context = {"screen": screen, "title": shown_as.shown, "patient_id": patient_id}
        most = live.fullest("chart", work.actor.role) if isinstance(work.actor, Actor) else None
        context["ask"] = work.may(Permission.BREAK_GLASS) and screen.view != most
        return page(request, "patients/summary.html", **context)


async def blank(request: Request) -> Response:
    """Draw the form for a new patient."""
    async with work_of(request) as work:
        return _form(request, filled(None, work.now))


async def possible(request: Request) -> Response:
    """Warn, while somebody types, of people who may be the one."""
    typed_so_far = PersonForm.of(request.query_params)
    async with work_of(request) as work:
        await work.node.limits.spend(search.CHECKS, str(work.actor.id))
        found = await search.doubles(work, typed_so_far.sketch(work.now))
        return HTMLResponse(render("patients/_duplicates.html", found=found))


async def register(request: Request) -> Response:
    """Register a person; similar ones are shown first, and "register anyway" is recorded."""
    form = await request.form()
    person_form = PersonForm.of(form)
    newcomer = person_form.person(Person(), clock.now())
    try:
        async with work_of(request) as work:
            anyway = form.get("anyway") == "yes"
            patient = await register_once(work, newcomer, anyway=anyway)
            return go(request, f"/patients/{patient.id}")
    except PerhapsKnown as known:
        return _warned(request, person_form, known.found)


async def person(request: Request) -> Response:
    """Draw the form to amend a patient."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, now_known = await banner.who(work, patient_id)
        filled_in = filled(now_known, work.now)
        return _form(request, filled_in, patient_id=patient_id, version=patient.version)


async def amend(request: Request) -> Response:
    """Save what a clerk changed; every open chart shows it."""
    patient_id = request.path_params["patient_id"]
    form, seen = PersonForm.of(await request.form()), await field(request, "version", int)
    async with work_of(request) as work:
        at = work.now
        await revise(work, patient_id, lambda before: form.person(before, at), seen=seen)
        back = f"/patients/{patient_id}"
        return fragment(
            request, "patients/_banner.html", back=back, **await shown(work, patient_id)
        )


async def shown(work: Any, patient_id: UUID) -> dict[str, Any]:
    """Give the banner what it needs of the identity alone."""
    patient, person = await banner.who(work, patient_id)
    at = work.now.astimezone(await banner.zone_of(work, patient))
    linked = await banner.linked_to(work, patient_id)
    similar = await banner.similar_to(work, patient, person, linked)
    work.shown(similar.patients if similar else (), {D1})
    return {
        "patient_id": patient_id,
        "identity": banner.identity(patient_id, person, at),
        "initials": person.initials,
        "allergies": await banner.allergies_on(work, patient),
        "similar": similar,
    }


def _form(
    request: Request,
    person: dict[str, Any],
    *,
    patient_id: UUID | None = None,
    version: int | None = None,
) -> Response:
    context = {"person": person, "sexes": SEXES, "patient_id": patient_id, "version": version}
    title = "Amend" if patient_id else "Register a patient"
    return sheet(request, _FORM, title=title, **context)


def _warned(request: Request, form: PersonForm, found: list[Found]) -> Response:
    """Show who is similar, keep what was typed, and offer to register anyway."""
    warning = render("patients/_duplicates.html", found=found)
    if by_htmx(request):
        said = render("errors/_problem.html", sentence=PerhapsKnown(found).sentence, fields={})
        beside = f'<hx-partial hx-target="#duplicates" hx-swap="innerHTML">{warning}</hx-partial>'
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return HTMLResponse(said + beside, 409, headers)
    context: dict[str, Any] = {"person": typed(form), "sexes": SEXES, "key": str(new_id())}
    context["duplicates"] = Markup(warning)  # noqa: S704 - our own template drew it
    return page(request, "patients/register.html", 409, title="Register a patient", **context)


routes = [
    get("/patients", find, Permission.SEARCH_PATIENTS, shows={D0, D1}),
    get("/search", palette, Permission.SEARCH_PATIENTS, shows={D0, D1}),
    get("/patients/new", blank, Permission.REGISTER_PATIENT),
    post("/patients/new", register, Permission.REGISTER_PATIENT, shows={D0, D1}),
    get("/patients/duplicates", possible, Permission.REGISTER_PATIENT, shows={D0, D1}),
    get(
        "/patients/{patient_id:uuid}",
        chart,
        Permission.VIEW_PATIENT,
        shows={D0, D1, D3, D4, D5, D6},
    ),
    get("/patients/{patient_id:uuid}/amend", person, Permission.AMEND_PATIENT, shows={D1}),
    post("/patients/{patient_id:uuid}/amend", amend, Permission.AMEND_PATIENT, shows={D1, D3}),
    *allergy_routes.routes,
]
