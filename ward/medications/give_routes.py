"""Bedside doors: scan, record a dose, say why not, for doses of the chart and as required."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from domain.doses import NotGiven
from domain.errors import NotAllowed
from ward.medications import (
    as_required,
    claims,
    give,
    give_forms,
    give_sheets,
    identify,
    infuse,
    not_give,
    occasion,
    pump_sheets,
    stops,
    witness,
)
from ward.medications.give_forms import Typed
from ward.medications.give_sheets import Place
from ward.medications.models import GivenSource
from ward.medications.not_give import NotGivenSaid
from ward.medications.occasion import Occasion
from ward.medications.said import GivenSaid
from ward.patients import banner
from ward.web import ask, field, fragment, get, go, optional, post, sheet
from ward.web import stay as stay_here
from ward.work import Work, work_of

_MAY = Permission.GIVE_MEDICATION
_SHOWN = {D0, D1, D3, D4}


async def scan_anywhere(request: Request) -> Response:
    """Follow a code: a wristband opens that patient's medicines, a pack the dose it is for."""
    code = await field(request, "code", str, missing="Scan or type a code.")
    patient_id = request.path_params.get("patient_id")
    try:
        async with work_of(request) as work:
            theirs = await identify.whose(work, code)
            if theirs is not None:
                await identify.at_bedside(work, theirs)
                lead = stay_here if theirs == patient_id else go  # the next scan must not be lost
                return lead(request, f"/patients/{theirs}/medications")
            if patient_id is None:
                raise stops.first_the_wristband()
            found = await identify.dose_for(work, patient_id, code)
            occasion_ = await _found(work, found)
            typed = Typed() if found.labelled else _with(Typed(), code, work, occasion_)
            await claims.claim(work, patient_id, dose_id=found.dose_id, request_id=found.request_id)
            answer = await _sheet(request, work, occasion_, typed)
            answer.headers["hx-retarget"], answer.headers["hx-reswap"] = "#sheet", "innerHTML"
            return answer
    except NotAllowed as refused:
        return stops.answer(request, refused, code)


async def _found(work: Work, found: identify.Found) -> Occasion:
    if found.dose_id is not None:
        return await occasion.of_dose(work, found.dose_id)
    return await occasion.of_order(work, found.request_id)


def _with(typed: Typed, code: str, work: Work, found: Occasion) -> Typed:
    at = work.now.astimezone(found.held.zone)
    texts = {**typed.texts, "pack_at": f"{at:%H:%M:%S}"}
    return Typed(texts, (*typed.packs, code), typed.identifiers)


async def _load(request: Request, work: Work) -> Occasion:
    """Gather what the address names: a dose, or an order as required."""
    params = request.path_params
    if "dose_id" in params:
        return await occasion.of_dose(work, params["dose_id"])
    return await occasion.of_order(work, params["request_id"])


async def _sheet(request: Request, work: Work, found: Occasion, typed: Typed) -> Response:
    context = await give_sheets.drawn(work, found, typed)
    return sheet(request, give_sheets.FORM, **context)


async def record(request: Request) -> Response:
    """Draw the sheet of a dose: to record it, to look after its pump, or what was done with it."""
    async with work_of(request) as work:
        found = await _load(request, work)
        if found.done is not None and found.done.status.went_in and found.done.ended_at is None:
            running = await pump_sheets.running(work, found)
            if running is not None:
                return sheet(request, "medications/_pump.html", **running)
        told = await give_sheets.told(work, found)
        if told is not None:
            return sheet(request, "medications/_given.html", **told)
        paper = request.query_params.get("paper") == "yes"
        return await _sheet(request, work, found, Typed({"paper": "yes"}) if paper else Typed())


async def scan(request: Request) -> Response:
    """Take the wristband, then each pack; the answer is the sheet as it stands then."""
    typed = Typed.of(await request.form())
    code = await field(request, "code", str, missing="Scan or type a code.")
    try:
        async with work_of(request) as work:
            found = await _load(request, work)
            if not claims.still_read(found.claim, work.now) or await _is_band(work, found, code):
                await identify.band(work, found, code)
            else:
                await identify.pack(work, found, code)
                typed = _with(typed, code, work, found)
            standing = await claims.my_claim(work, found.held.patient.id)
            return await _sheet(request, work, replace(found, claim=standing), typed)
    except NotAllowed as refused:
        return stops.answer(request, refused, code)


async def _is_band(work: Work, found: Occasion, code: str) -> bool:
    """Tell a wristband from a pack; another patient's is one too, and stops."""
    if code.strip() == found.patient.mrn:
        return True
    return await identify.whose(work, code) is not None


async def second_person(request: Request) -> Response:
    """Have a second person sign with their own password; no session of theirs begins."""
    typed, form = Typed.of(await request.form()), await request.form()
    name, password, value = (
        str(form.get(f"witness_{part}") or "") for part in ("name", "password", "value")
    )
    try:
        async with work_of(request) as work:
            about = Place.of(await occasion.brief(work, **request.path_params)).about
        token = await witness.attest(work, name, password, about, value)
        async with work_of(request) as work:
            found = await _load(request, work)
            await witness.check(
                work, witness.read(work.node, token, about, work.now), found.held.ward
            )
            signed = Typed({**typed.texts, "witness": token}, typed.packs, typed.identifiers)
            return await _sheet(request, work, found, signed)
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def claim(request: Request) -> Response:
    """Show on every station that somebody prepares this dose; the open sheet repeats it."""
    async with work_of(request) as work:
        found = await occasion.brief(work, **request.path_params)
        dose_id, named = request.path_params.get("dose_id"), found.line.request
        await claims.claim(work, named.patient_id, dose_id=dose_id, request_id=named.id)
    return Response(status_code=204)


async def stay(request: Request) -> Response:
    """Put the medicine down and stay with the patient."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        mine = await claims.my_claim(work, patient_id)
        if mine is not None and (mine.dose_id or mine.request_id):
            await claims.claim(work, patient_id)
    return Response(status_code=204)


async def leave(request: Request) -> Response:
    """Leave a bedside: its wristband has to be read again."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await claims.leave(work, patient_id)
    return fragment(
        request, "medications/_done.html", back=f"/patients/{patient_id}/medications", said="Left."
    )


async def record_given(request: Request) -> Response:
    """Record a dose as given, once; everything that is wrong is refused in its own words."""
    revision = await field(request, "revision", int)

    async def done(work: Work, key: UUID, said: GivenSaid) -> UUID:
        if "dose_id" in request.path_params:
            made = await give.give(work, key, said, revision=revision)
        else:
            made = await as_required.give_as_required(work, key, said, revision=revision)
        return made.patient_id

    return await _recorded(request, done, "Recorded as given.")


async def start(request: Request) -> Response:
    """Start an infusion at the pump."""
    revision = await field(request, "revision", int)
    rate = give_forms.number(await optional(request, "rate", str) or "", "rate")

    async def done(work: Work, key: UUID, said: GivenSaid) -> UUID:
        made = await infuse.start(work, key, said, rate, revision=revision)
        return made.patient_id

    return await _recorded(request, done, "The infusion is recorded as started.")


async def _recorded(
    request: Request, done: Callable[[Work, UUID, GivenSaid], Awaitable[UUID]], words: str
) -> Response:
    typed, params = Typed.of(await request.form()), request.path_params
    key = params.get("dose_id") or params["request_id"]
    try:
        async with work_of(request) as work:
            if "dose_id" in params:  # before anything is read of a form that came too late
                await occasion.refuse_done(work, await occasion.effective(work, key))
            found = await occasion.brief(work, **params)
            unit, about = found.line.detail.unit, Place.of(found).about
            said = give_forms.said(work, typed, unit=unit, zone=found.zone, about=about)
            patient_id = await done(work, key, said)
            back = f"/patients/{patient_id}/medications"
            return fragment(request, "medications/_done.html", back=back, said=words)
    except NotAllowed as refused:
        return stops.answer(request, refused, (typed.packs or ("",))[-1])
    except DBAPIError as error:
        return await _waited(request, error)


async def _waited(request: Request, error: DBAPIError) -> Response:
    """Say who gave the dose, where somebody waited for them too long; else what went wrong."""
    dose_id = request.path_params.get("dose_id")
    try:
        async with work_of(request) as work:
            if dose_id is not None:
                await occasion.refuse_done(work, await occasion.effective(work, dose_id))
            raise error
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def omission(request: Request) -> Response:
    """Draw the sheet that says why a dose was not given."""
    async with work_of(request) as work:
        found = await _load(request, work)
        await occasion.refuse_done(work, found.done)
        context = {
            "dose_id": request.path_params["dose_id"],
            **await banner.head(work, found.held.patient, found.person),
            "words": found.line.words,
            "due_at": found.dose.due_at if found.dose else None,
            "reasons": [(one.value, one.word) for one in NotGiven],
            "revision": found.line.request.revision,
            "filled_at": work.now.astimezone(found.held.zone).strftime(give_forms.LOCAL),
            "zone": str(found.held.zone),
        }
        return sheet(request, "medications/_not_given.html", title="Not given", **context)


async def record_not_given(request: Request) -> Response:
    """Record that a dose was not given, with the reason."""
    reason = await field(request, "reason", NotGiven, missing="Choose why it was not given.")
    typed, form = Typed.of(await request.form()), await request.form()
    revision = await optional(request, "revision", int)
    try:
        async with work_of(request) as work:
            found = await occasion.brief(work, **request.path_params)
            said = NotGivenSaid(
                reason=reason,
                text=str(form.get("text") or ""),
                at=give_forms.moment(typed, found.zone),
                source=GivenSource.PAPER if typed["paper"] == "yes" else GivenSource.BEDSIDE,
                ask_pharmacy=form.get("ask_pharmacy") == "yes",
            )
            key = request.path_params["dose_id"]
            made = await not_give.not_give(work, key, said, revision=revision)
            back = f"/patients/{made.patient_id}/medications"
            return fragment(
                request, "medications/_done.html", back=back, said="Recorded as not given."
            )
    except NotAllowed as refused:
        return stops.answer(request, refused)


_DOSE, _ORDER = "/doses/{dose_id:uuid}", "/orders/{request_id:uuid}"
_PATIENT = "/patients/{patient_id:uuid}"
routes = [
    post("/bedside/scan", scan_anywhere, _MAY, shows=_SHOWN),
    post(f"{_PATIENT}/bedside/scan", scan_anywhere, _MAY, shows=_SHOWN),
    post(f"{_PATIENT}/bedside", stay, _MAY, shows={D0}),
    post(f"{_PATIENT}/bedside/leave", leave, _MAY, shows={D0}),
    *(
        route
        for at in (_DOSE, _ORDER)
        for route in (
            get(f"{at}/administration", record, _MAY, shows=_SHOWN),
            post(f"{at}/scan", scan, _MAY, shows=_SHOWN),
            ask(f"{at}/witness", second_person, _MAY, shows=_SHOWN),
            post(f"{at}/claim", claim, _MAY, shows={D0}),
            post(f"{at}/give", record_given, _MAY, shows=_SHOWN),
        )
    ),
    post(f"{_DOSE}/start", start, _MAY, shows=_SHOWN),
    get(f"{_DOSE}/omission", omission, _MAY, shows=_SHOWN),
    post(f"{_DOSE}/omission", record_not_given, _MAY, shows=_SHOWN),
]
