"""Formulary: the medicines of the house, one of them with what it interacts with, and packs."""

from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D4, Permission
from domain.errors import NotAllowed
from domain.formulary import FORMULARY, Route, Unit, named
from ward.errors import Invalid, Missing
from ward.medications import products
from ward.medications.medicines import FILTERS, facts_of, interactions_of, medicines, silent_of
from ward.medications.ordering_fields import Reading, Typed
from ward.medications.products import ProductSaid
from ward.web import by_htmx, field, fragment, get, go, page, post, sheet
from ward.work import Work, work_of

SEE, SET = Permission.VIEW_FORMULARY, Permission.SET_FORMULARY


async def formulary(request: Request) -> Response:
    """Show the medicines of the house: searched by name or class, or of one kind."""
    text, only = request.query_params.get("q", ""), request.query_params.get("only", "")
    async with work_of(request):
        found = medicines(text[:100], only)
        context: dict[str, Any] = {"drugs": found, "q": text, "only": only, "all": len(FORMULARY)}
        if by_htmx(request):
            return fragment(request, "medications/_formulary.html", **context)
        return page(request, "medications/formulary.html", filters=FILTERS, **context)


async def medicine(request: Request) -> Response:
    """Show one medicine: what it is, how it is marked, what it interacts with, its packs."""
    drug = named(request.path_params["name"])
    async with work_of(request) as work:
        if drug is None:
            raise Missing("There is no such medicine in the formulary.")
        return page(
            request,
            "medications/medicine.html",
            drug=drug,
            facts=facts_of(drug),
            interactions=interactions_of(drug),
            silent=silent_of(drug),
            packs=await products.products_of(work, drug.generic),
        )


async def packs(request: Request) -> Response:
    """Show which packs may be scanned, and those withdrawn."""
    text = request.query_params.get("q", "")
    async with work_of(request) as work:
        rows = await products.all_products(work, withdrawn=True)
        shown = products.packs_for(rows, text)
        context: dict[str, Any] = {"packs": [one for one in shown if not one.withdrawn], "q": text}
        past = [one for one in shown if one.withdrawn]
        return page(request, "medications/products.html", past=past, **context)


async def new_pack(request: Request) -> Response:
    """Draw the form of a pack; a code that a scan did not know is filled in."""
    code = request.query_params.get("code", "")[:200]
    async with work_of(request) as work:
        known = await products.all_products(work)
        forms = sorted({one.form for one in known})
        context: dict[str, Any] = {"code": code, "forms": forms, "units": _UNITS}
        return sheet(
            request,
            "medications/_product.html",
            title="Add a pack",
            routes=_ROUTES,
            alone=not by_htmx(request),
            medicines=sorted(FORMULARY),
            **context,
        )


async def add_pack(request: Request) -> Response:
    """Have a pack be known by its code."""
    form = await request.form()
    typed = Typed({"strength": str(form.get("strength") or "").strip()})
    scanned = await field(request, "code", str, missing="Scan the code, or type its digits.")
    generic = await field(request, "generic", str, missing="Which medicine is it?")
    piece = await field(request, "piece", str, missing="What is one piece: tablet, vial?")
    unit = await field(request, "unit", Unit)
    async with work_of(request) as work:
        said = ProductSaid(
            gtin=_code(scanned, work),
            generic=generic,
            form=piece[: products.LONGEST_FORM],
            strength=_strength(typed),
            unit=unit,
            routes=tuple(route for route in Route if f"route_{route.value}" in form),
        )
        await products.add(work, said)
        return go(request, "/products")


def _code(scanned: str, work: Work) -> str:
    try:
        return products.code_of(scanned, work.now.astimezone(ZoneInfo("UTC")).date())
    except NotAllowed as refused:
        raise Invalid({"code": refused.sentence}) from None


def _strength(typed: Typed) -> Decimal:
    reading = Reading(typed)
    value = reading.number("strength", "Strength", needed=True)
    if value is None:
        raise Invalid({**reading.missing, **reading.wrong})
    return value


async def withdraw_pack(request: Request) -> Response:
    """Have a code be unknown from now on."""
    product_id: UUID = request.path_params["product_id"]
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await products.withdraw(work, product_id, seen=seen)
        return go(request, "/products")


_UNITS = [(unit.value, unit.value) for unit in Unit if "/" not in unit.value]
_ROUTES = [(route.value, route.word) for route in Route]

routes = [
    get("/formulary", formulary, SEE, shows={D0}),
    get("/formulary/{name}", medicine, SEE, shows={D0}),
    get("/products", packs, SEE, shows={D0}, scans=True),
    get("/products/new", new_pack, SET, shows={D0, D4}, scans=True),
    post("/products", add_pack, SET, shows={D0, D4}),
    post("/products/{product_id:uuid}/withdrawal", withdraw_pack, SET, shows={D0, D4}),
]
