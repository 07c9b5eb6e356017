"""Register doors: the controlled drugs of a ward, what came, what was counted, what is left."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D4, Permission
from domain.errors import NotAllowed
from domain.registers import Entry
from ward.beds.queries import zone_of
from ward.medications import give_forms, register, stops, witness
from ward.medications.register import Written, product_name
from ward.medications.settings import settings_of
from ward.places.models import Ward
from ward.web import ask, field, fragment, get, page, post, sheet
from ward.work import Work, work_of

_MAY = Permission.GIVE_MEDICATION
_LINE = "medications/_register_line.html"
_FIELDS = ("product", "kind", "quantity", "incident", "note")
_BY_HAND = (Entry.RECEIVED, Entry.COUNTED, Entry.WASTED, Entry.RETURNED)


async def book(request: Request) -> Response:
    """Show the register of a ward: what is left of each drug, and how it came to that."""
    ward_id = request.path_params["ward_id"]
    async with work_of(request) as work:
        ward = await work.access(Ward, ward_id, _MAY)
        books = await register.books(work, ward_id)
        zone = await zone_of(work, ward.branch_id)
        return page(
            request,
            "medications/register.html",
            ward=ward,
            ward_id=ward_id,
            books=books,
            zone=str(zone),
            title="Controlled drugs",
            place=ward.label,
        )


async def form(request: Request) -> Response:
    """Draw the sheet that writes a line."""
    async with work_of(request) as work:
        said = {"product": request.query_params.get("of", "")}
        return sheet(request, _LINE, **await _drawn(request, work, said, ""))


async def second_person(request: Request) -> Response:
    """Have a second person sign for a line: they counted too."""
    form, ward_id = await request.form(), request.path_params["ward_id"]
    said = {name: str(form.get(name) or "") for name in _FIELDS}
    name, password = (str(form.get(f"witness_{part}") or "") for part in ("name", "password"))
    product_id = await field(request, "product", UUID, missing="Choose the drug.")
    kind = await field(request, "kind", Entry, missing="Choose what happened.")
    try:
        async with work_of(request) as work:
            ward = await work.access(Ward, ward_id, _MAY)
            about = await _about(work, ward_id, product_id, kind)
        token = await witness.attest(work, name, password, about, said["quantity"])
        async with work_of(request) as work:
            await witness.check(work, witness.read(work.node, token, about, work.now), ward)
            return sheet(request, _LINE, **await _drawn(request, work, said, token))
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def _drawn(request: Request, work: Work, said: dict[str, str], token: str) -> dict[str, Any]:
    ward_id = request.path_params["ward_id"]
    ward = await work.access(Ward, ward_id, _MAY)
    settings = await settings_of(work, ward_id)
    packs = await register.controlled(work, settings.controlled)
    return {
        "ward_id": ward_id,
        "of_ward": ward.label,
        "packs": [(str(one.id), product_name(one)) for one in packs],
        "kinds": give_forms.options(_BY_HAND),
        "said": {name: said.get(name, "") for name in _FIELDS},
        "token": token,
        "title": "Register",
    }


async def enter(request: Request) -> Response:
    """Write a line; what needs a witness is signed in the same form."""
    ward_id, form = request.path_params["ward_id"], await request.form()
    product_id = await field(request, "product", UUID, missing="Choose the drug.")
    kind = await field(request, "kind", Entry, missing="Choose what happened.")
    amount = give_forms.number(
        await field(request, "quantity", str, missing="Enter the amount."), "quantity"
    )
    if kind not in _BY_HAND or amount is None:
        raise NotAllowed("This line is written by the dose itself.", "register.kind")
    said = Written(kind, amount, str(form.get("incident") or ""), str(form.get("note") or ""))
    try:
        async with work_of(request) as work:
            token = str(form.get("witness") or "")
            about = await _about(work, ward_id, product_id, kind)
            signed = witness.read(work.node, token, about, work.now) if token else None
            if signed is not None:
                witness.compare(signed, amount)
            await register.enter(work, ward_id, product_id, said, signed)
            back = f"/wards/{ward_id}/register"
            return fragment(request, "medications/_done.html", back=back, said="Written.")
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def _about(work: Work, ward_id: UUID, product_id: UUID, kind: Entry) -> str:
    """Name what is signed for: the next line of this drug, and what it says."""
    number = await register.number(work, ward_id, product_id)
    return f"{witness.about('register', ward_id, number)}/{product_id}/{kind.value}"


_AT = "/wards/{ward_id:uuid}/register"
routes = [
    get(_AT, book, _MAY, shows={D0, D4}),
    ask(f"{_AT}/witness", second_person, _MAY, shows={D0, D4}),
    get(f"{_AT}/new", form, _MAY, shows={D0, D4}),
    post(_AT, enter, _MAY, shows={D0, D4}),
]
