"""Doors of a spoken order: the dose that was said and given at once, in one form."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain import formulary
from domain.access import D0, D1, D3, D4, Permission
from domain.errors import NotAllowed
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.orders import OrderKind
from domain.rights import NoScan
from ward.errors import Invalid
from ward.medications import claims, give_forms, held, prescribers, stops, verbal, witness
from ward.medications.details import OrderDetail
from ward.medications.give_forms import IDENTIFIERS, Typed
from ward.medications.held import Held
from ward.medications.models import DoseClaim
from ward.medications.verbal import VerbalSaid
from ward.patients import banner
from ward.web import ask, field, fragment, get, post, sheet
from ward.work import Work, work_of

_MAY = Permission.RECORD_VERBAL
_SHOWN = {D0, D1, D3, D4}
_SHEET = "medications/_verbal.html"
_WHO_SAID = "Choose who said it."
_UNKNOWN = "This is no medicine of the formulary. Check how it is written."


async def form(request: Request) -> Response:
    """Draw the sheet of a dose that somebody ordered by word of mouth."""
    async with work_of(request) as work:
        return sheet(request, _SHEET, **await _drawn(request, work, {}, Typed()))


async def second_person(request: Request) -> Response:
    """Have a second person sign for a spoken dose."""
    form, key = await request.form(), request.path_params["patient_id"]
    name, password, value = (
        str(form.get(f"witness_{part}") or "") for part in ("name", "password", "value")
    )
    try:
        async with work_of(request) as work:
            where = await held.hold(work, key, _MAY, lock=False)
        said = {name: str(form.get(name) or "").strip() for name in _ORDER}
        about = _about(key, said)
        token = await witness.attest(work, name, password, about, value)
        async with work_of(request) as work:
            signed = witness.read(work.node, token, about, work.now)
            await witness.check(work, signed, where.ward)
            typed = Typed.of(form)
            typed = Typed({**typed.texts, "witness": token}, typed.packs, typed.identifiers)
            return sheet(request, _SHEET, **await _drawn(request, work, said, typed))
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def record(request: Request) -> Response:
    """Write the spoken order and its dose down together."""
    form, patient_id = await request.form(), request.path_params["patient_id"]
    typed = Typed.of(form)
    prescriber = await field(request, "prescriber", UUID, missing=_WHO_SAID)
    detail = await _detail(request)
    try:
        async with work_of(request) as work:
            where = await held.hold(work, patient_id, _MAY, lock=False)
            named = {name: str(form.get(name) or "").strip() for name in _ORDER}
            about = _about(patient_id, named)
            said = give_forms.said(work, typed, unit=detail.unit, zone=where.zone, about=about)
            order = VerbalSaid(
                detail=detail, prescriber=prescriber, read_back=form.get("read_back") == "yes"
            )
            await verbal.give_at_once(work, patient_id, order, said)
            back = f"/patients/{patient_id}/medications"
            words = "Recorded. The prescriber has to sign it."
            return fragment(request, "medications/_done.html", back=back, said=words)
    except NotAllowed as refused:
        return stops.answer(request, refused)


def _about(patient_id: UUID, said: Mapping[str, str]) -> str:
    """Name what is signed for: this medicine in this unit by this route, for this patient."""
    drug = formulary.named(said["generic"][:100])
    if drug is None:
        raise Invalid({"generic": _UNKNOWN})
    what = "/".join((drug.generic, said["unit"], said["route"]))
    return f"{witness.about('verbal', patient_id, 0)}/{what}"


async def _detail(request: Request) -> OrderDetail:
    """Read what was said; one dose, now."""
    name = await field(request, "generic", str, missing="Enter the medicine.")
    drug = formulary.named(name[:100])
    if drug is None:
        raise Invalid({"generic": _UNKNOWN})
    dose = give_forms.number(await field(request, "dose", str, missing="Enter the dose."), "dose")
    if dose is None or dose <= 0:
        raise Invalid({"dose": "Enter a dose above 0."})
    unit = await field(request, "unit", Unit, missing="Choose the unit.")
    route = await field(request, "route", Route, missing="Choose the route.")
    why = await field(request, "why", str, missing="Say what it is given for.")
    return OrderDetail(
        generic=drug.generic,
        dose=Decimal(dose),
        unit=unit,
        route=route,
        frequency=Code.STAT,
        kind=OrderKind.ONCE,
        indication=why[:200],
    )


_ORDER = ("generic", "dose", "unit", "route", "prescriber", "read_back", "why")


async def _drawn(
    request: Request, work: Work, said: dict[str, str], typed: Typed
) -> dict[str, Any]:
    patient_id = request.path_params["patient_id"]
    where = await held.hold(work, patient_id, _MAY, lock=False)
    patient, person = await banner.who(work, patient_id)
    claim = await claims.my_claim(work, patient_id)
    said_by = await prescribers.offered(work, where.ward)
    return {
        "patient_id": patient_id,
        **await banner.head(work, patient, person),
        "said": {name: said.get(name, "") for name in _ORDER},
        "typed": typed,
        "names": sorted(formulary.FORMULARY),
        "units": give_forms.options(list(Unit)),
        "routes": give_forms.options(list(Route)),
        "prescribers": [(str(one), name) for one, name in said_by],
        "band_at": _read_at(work, where, claim),
        "no_scans": give_forms.options(list(NoScan)),
        "identifiers": IDENTIFIERS,
        "filled_at": typed["given_at"] or _local(work, where),
        "drawn_at": typed["drawn_at"] or _local(work, where),
        "witness": _signed(work, patient_id, said, typed),
        "zone": str(where.zone),
        "title": "Spoken order, given at once",
    }


def _local(work: Work, where: Held) -> str:
    return work.now.astimezone(where.zone).strftime(give_forms.LOCAL)


def _read_at(work: Work, where: Held, claim: DoseClaim | None) -> str:
    if claim is None or claim.band_at is None or not claims.still_read(claim, work.now):
        return ""
    return f"{claim.band_at.astimezone(where.zone):%H:%M:%S}"


def _signed(work: Work, patient_id: UUID, said: Mapping[str, str], typed: Typed) -> dict[str, Any]:
    if not typed["witness"]:
        return {"name": "", "token": "", "at": None}
    one = witness.read(work.node, typed["witness"], _about(patient_id, said), work.now)
    return {"name": "", "token": typed["witness"], "at": one.at}


_AT = "/patients/{patient_id:uuid}/spoken-dose"
routes = [
    get(_AT, form, _MAY, shows=_SHOWN),
    ask(f"{_AT}/witness", second_person, _MAY, shows=_SHOWN),
    post(_AT, record, _MAY, shows=_SHOWN),
]
