"""Order sets: the list of the house, and the form by which a pharmacist makes or changes one."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D4, Permission
from domain.formulary import FORMULARY, Route, Unit, named
from domain.frequencies import FREQUENCIES, Code
from ward.errors import Invalid
from ward.medications import sets
from ward.medications.basket import Basket
from ward.medications.offers import WEEKDAYS, routes_of, units_of
from ward.medications.ordering_fields import Reading, Typed
from ward.medications.sets import Template
from ward.web import field, get, go, page, post
from ward.work import work_of

SEE, SET = Permission.VIEW_FORMULARY, Permission.SET_FORMULARY
_EMPTY = 3  # lines offered beyond those that are filled


async def order_sets(request: Request) -> Response:
    """Show the order sets of the house."""
    async with work_of(request) as work:
        return page(request, "medications/sets.html", sets=await sets.sets(work), words=_WORDS)


async def new_set(request: Request) -> Response:
    """Draw the form of a new set."""
    async with work_of(request):
        return _form(request, None)


async def one_set(request: Request) -> Response:
    """Draw the form of a set, filled with how it stands."""
    async with work_of(request) as work:
        return _form(request, await sets.template(work, request.path_params["template_id"]))


async def make_set(request: Request) -> Response:
    """Have a new set stand."""
    return await _made(request, None)


async def change_set(request: Request) -> Response:
    """Have a set stand as it is said now; how it was stays readable."""
    seen = await field(request, "version", int)
    return await _made(request, (request.path_params["template_id"], seen))


async def withdraw_set(request: Request) -> Response:
    """Have a set be offered no more."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        template_id: UUID = request.path_params["template_id"]
        await sets.withdraw_set(work, template_id, seen=seen)
        return go(request, "/order-sets")


async def _made(request: Request, replaces: tuple[UUID, int | None] | None) -> Response:
    name = await field(request, "name", str, missing="Name the set.")
    purpose = await field(request, "purpose", str, missing="Say what it is for, and its source.")
    lines = _lines(Basket.of(await request.form()).lines)
    async with work_of(request) as work:
        await sets.put_set(work, name, purpose, lines, replaces=replaces)
        return go(request, "/order-sets")


def _lines(typed: tuple[Typed, ...]) -> list[Typed]:
    """Check each line against the formulary; a dose may be left to whoever orders."""
    wrong: dict[str, str] = {}
    for n, line in enumerate(typed):
        drug = named(line["generic"])
        if drug is None:
            wrong[f"{n}-generic"] = f"The formulary has no {line['generic']}."
            continue
        if line["route"] and line["route"] not in {route.value for route in routes_of(drug)}:
            wrong[f"{n}-route"] = f"{drug.generic}: choose one of its routes."
        if line["unit"] and line["unit"] not in {unit.value for unit in units_of(drug)}:
            wrong[f"{n}-unit"] = f"{drug.generic}: choose one of its units."
        if drug.generic == "methotrexate" and line["frequency"] not in {"", Code.WK.value}:
            wrong[f"{n}-frequency"] = "methotrexate is given once a week."
        reading = Reading(line)
        for name in ("dose", "interval", "max_24h", "max_count"):
            reading.number(name, f"{drug.generic}: {name.replace('_', ' ')}")
        wrong |= {f"{n}-{name}": sentence for name, sentence in reading.wrong.items()}
    if wrong:
        raise Invalid(wrong)
    return [line.having(generic=_generic(line)) for line in typed]


def _generic(line: Typed) -> str:
    drug = named(line["generic"])
    assert drug is not None  # checked above
    return drug.generic


def _form(request: Request, known: Template | None) -> Response:
    lines = [*(known.lines if known else ()), *(Typed() for _ in range(_EMPTY))]
    context: dict[str, Any] = {
        "known": known,
        "lines": lines,
        "medicines": sorted(FORMULARY),
        "units": [(unit.value, unit.value.replace("/", " per ")) for unit in Unit],
        "routes": [(route.value, route.word.capitalize()) for route in Route],
        "frequencies": [(code.value, one.words.capitalize()) for code, one in FREQUENCIES.items()],
        "weekdays": WEEKDAYS,
    }
    return page(request, "medications/set.html", **context)


_WORDS = {
    "frequency": {code.value: one.words for code, one in FREQUENCIES.items()},
    "route": {route.value: route.word for route in Route},
}
_ONE = "/order-sets/{template_id:uuid}"
routes = [
    get("/order-sets", order_sets, SEE, shows={D0}),
    get("/order-sets/new", new_set, SET, shows={D0, D4}),
    post("/order-sets/new", make_set, SET, shows={D0, D4}),
    get(_ONE, one_set, SET, shows={D0, D4}),
    post(_ONE, change_set, SET, shows={D0, D4}),
    post(f"{_ONE}/withdrawal", withdraw_set, SET, shows={D0, D4}),
]
