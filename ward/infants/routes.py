"""Mother and infant: the sheets that link, register and remove, and what they record."""

from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import D0, D1, Permission
from domain.infants import Kin
from domain.sexes import Sex
from ward import clock
from ward.beds.forms import Option, note, version
from ward.db import new_id
from ward.errors import Invalid
from ward.infants import queries
from ward.infants.models import InfantLink
from ward.infants.service import link, register_newborn, undo_link, unlink
from ward.patients import banner
from ward.patients.duplicates import PerhapsKnown
from ward.patients.forms import SEXES, PersonForm, typed
from ward.patients.intake import of_mrn
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.render import render
from ward.security.actors import Actor
from ward.web import by_htmx, get, go, optional, page, post, sheet, stay, undoable
from ward.work import Work, work_of

_LINK, _REGISTER = Permission.LINK_INFANT, Permission.REGISTER_PATIENT


async def family(request: Request) -> Response:
    """Draw who is linked, as far as this person may see both, and what can be done."""
    patient_id = _patient(request)
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        relatives = await queries.relatives(work, patient_id)
        return sheet(
            request,
            "infants/_family.html",
            title=f"Mother and infant: {person.shown}",
            patient_id=patient_id,
            **await banner.head(work, patient, person),
            relatives=relatives,
            names=await queries.called(work, patient_id),
            has_mother=any(one.kin is Kin.MOTHER for one in relatives),
        )


async def mothers(request: Request) -> Response:
    """Draw the form that links an infant to its mother."""
    patient_id = _patient(request)
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        return sheet(
            request,
            "infants/_mother.html",
            title=f"Link to mother: {person.shown}",
            patient_id=patient_id,
            **await banner.head(work, patient, person),
            mothers=await _near(work, patient, person),
        )


async def link_mother(request: Request) -> Response:
    """Link an infant to the chosen mother, or her with this record number; ten seconds to undo."""
    patient_id, mrn = _patient(request), await optional(request, "mrn", str)
    chosen = await optional(request, "mother_id", UUID)
    async with work_of(request) as work:
        mother_id = await _by_number(work, mrn) if mrn else chosen
        if mother_id is None:
            raise Invalid({"mother_id": "Choose the mother, or enter her record number."})
        row = await link(work, patient_id, mother_id)
        await work.flush()
        answer = stay(request, f"/patients/{patient_id}")
        return undoable(answer, f"/infant-links/{row.id}/undo", row.version)


async def blank_newborn(request: Request) -> Response:
    """Draw the form that registers a newborn of this patient."""
    async with work_of(request) as work:
        patient, mother = await banner.who(work, _patient(request))
        today = work.now.astimezone(await banner.zone_of(work, patient)).date()
        person = {"family": mother.name.family, "born": today.isoformat()}
        return sheet(
            request,
            _NEWBORN,
            **_newborn(patient.id, await banner.head(work, patient, mother), person),
        )


async def newborn(request: Request) -> Response:
    """Register a newborn and link it to this mother; similar people are shown first."""
    mother_id, form = _patient(request), await request.form()
    said = PersonForm.of(form)
    person = said.person(Person(), clock.now())
    mother: dict[str, str] = {}
    try:
        async with work_of(request) as work:
            mother = await banner.head(work, *await banner.who(work, mother_id))
            anyway = form.get("anyway") == "yes"
            infant = await register_newborn(work, mother_id, person, anyway=anyway)
            return go(request, f"/patients/{infant.id}")
    except PerhapsKnown as known:
        return _warned(request, known, _newborn(mother_id, mother, typed(said)))


async def removal(request: Request) -> Response:
    """Draw the form that removes a link, with a reason."""
    async with work_of(request) as work:
        row = await work.access(InfantLink, request.path_params["link_id"], _LINK)
        patient, infant = await banner.who(work, row.patient_id)
        whose = await banner.head(work, patient, infant)
        context = {"link_id": row.id, "version": row.version, **whose}
        return sheet(request, "infants/_unlink.html", title="Remove the link", **context)


async def remove(request: Request) -> Response:
    """Remove a link."""
    reason, seen = await note(request, "reason") or "", await version(request)
    async with work_of(request) as work:
        row = await unlink(work, request.path_params["link_id"], reason, seen=seen)
        return stay(request, f"/patients/{row.patient_id}")


async def undo(request: Request) -> Response:
    """Take back a link that was made just now."""
    seen = await version(request)
    async with work_of(request) as work:
        row = await undo_link(work, request.path_params["link_id"], seen=seen)
        return stay(request, f"/patients/{row.patient_id}")


def _patient(request: Request) -> UUID:
    patient_id: UUID = request.path_params["patient_id"]
    return patient_id


def _newborn(mother_id: UUID, mother: dict[str, str], person: dict[str, Any]) -> dict[str, Any]:
    title = f"Register a newborn of {mother['who']}"
    return {"title": title, "patient_id": mother_id, "person": person, "sexes": SEXES} | mother


def _warned(request: Request, known: PerhapsKnown, context: dict[str, Any]) -> Response:
    """Show who is similar, keep what was typed, and offer to register anyway."""
    warning = render("patients/_duplicates.html", found=known.found)
    if by_htmx(request):
        said = render("errors/_problem.html", sentence=known.sentence, fields={})
        beside = f'<hx-partial hx-target="#duplicates" hx-swap="innerHTML">{warning}</hx-partial>'
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return HTMLResponse(said + beside, 409, headers)
    context["duplicates"] = Markup(warning)  # noqa: S704 - our own template drew it
    return page(request, "layouts/sheet.html", 409, sheet=_NEWBORN, key=str(new_id()), **context)


async def _near(work: Work, infant: Patient, person: Person) -> list[Option]:
    """Offer who lies on the infant's ward, or on that of who asks, and could be its mother."""
    ward = infant.ward_id or (work.actor.ward_id if isinstance(work.actor, Actor) else None)
    if ward is None:
        return []
    people = await queries.on_the_ward(work, ward, infant.id)
    at = work.now.astimezone(await banner.zone_of(work, infant))
    return [
        (str(one), other.shown, f"{other.age(at)}, MRN {other.mrn}")
        for one, other in sorted(people.items(), key=lambda pair: pair[1].shown)
        if other.sex is not Sex.MALE and _older(other, person)
    ]


def _older(other: Person, person: Person) -> bool:
    known = other.born and person.born and other.born.exact and person.born.exact
    return not known or other.born.on < person.born.on  # type: ignore[union-attr]


async def _by_number(work: Work, mrn: str) -> UUID:
    found = await of_mrn(work, mrn.strip())
    if found is None:
        raise Invalid({"mrn": "No patient whom you may see has this record number."})
    return found.id


_NEWBORN = "infants/_newborn.html"
_OF, _A_LINK = "/patients/{patient_id:uuid}", "/infant-links/{link_id:uuid}"

routes = [
    get(f"{_OF}/family", family, Permission.VIEW_STAYS, shows={D0, D1}),
    get(f"{_OF}/mother", mothers, _LINK, shows={D0, D1}),
    post(f"{_OF}/mother", link_mother, _LINK, shows={D0, D1}),
    get(f"{_OF}/newborn", blank_newborn, _REGISTER, shows={D0, D1}),
    post(f"{_OF}/newborn", newborn, _REGISTER, shows={D0, D1}),
    get(f"{_A_LINK}/end", removal, _LINK, shows={D0, D1}),
    post(f"{_A_LINK}/end", remove, _LINK, shows={D0, D1}),
    post(f"{_A_LINK}/undo", undo, _LINK, shows={D0, D1}),
]
