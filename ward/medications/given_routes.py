"""Doors to what was recorded: correct it, take it back; and doses that are not on the ward."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Unit
from ward.medications import (
    correct,
    give,
    give_forms,
    give_sheets,
    missing,
    occasion,
    register_doses,
    stops,
    witness,
)
from ward.medications import line as orders
from ward.medications.give_forms import Typed
from ward.medications.held import zone_of_stay
from ward.medications.models import MedicationAdministration
from ward.medications.said import GivenSaid
from ward.medications.stock import MissingState
from ward.patients import banner
from ward.places.models import Ward
from ward.web import ask, field, fragment, get, post, sheet
from ward.work import Work, work_of

_MAY, _VIEW = Permission.GIVE_MEDICATION, Permission.VIEW_MEDICATIONS
_SHOWN = {D0, D1, D3, D4}


async def wrong(request: Request) -> Response:
    """Draw the sheet that corrects an entry or takes it back."""
    async with work_of(request) as work:
        return await _drawn(request, work, dict.fromkeys(_SAID, ""), "")


async def _drawn(request: Request, work: Work, said: Mapping[str, str], token: str) -> Response:
    row = await work.access(
        MedicationAdministration, request.path_params["administration_id"], _MAY
    )
    patient, person = await banner.who(work, row.patient_id)
    line = await orders.line(work, row.request_id, _MAY)
    zone = await zone_of_stay(work, patient, row.encounter_id, _MAY)
    context = {
        **await give_sheets.of_administration(work, row),
        **await banner.head(work, patient, person),
        "words": line.words,
        "infusion": line.detail.infusion is not None,
        "given_at": row.occurred_at.astimezone(zone).strftime(give_forms.LOCAL),
        "zone": str(zone),
        "booked": row.status.went_in and bool(await register_doses.lines_of(work, row)),
        "said": said,
        "token": token,
    }
    return sheet(request, "medications/_given_wrong.html", title="Correct", **context)


async def second_person(request: Request) -> Response:
    """Have a second person sign for what comes back into the register, or is wasted."""
    form, key = await request.form(), request.path_params["administration_id"]
    name, password = (str(form.get(f"witness_{part}") or "") for part in ("name", "password"))
    try:
        async with work_of(request) as work:
            about = _about(await work.access(MedicationAdministration, key, _MAY))
        token = await witness.attest(work, name, password, about, "")
        async with work_of(request) as work:
            row = await work.access(MedicationAdministration, key, _MAY)
            signed = witness.read(work.node, token, about, work.now)
            if row.ward_id is not None:
                await witness.check(work, signed, await work.access(Ward, row.ward_id, _MAY))
            said = {name: str(form.get(name) or "")[: give.LONGEST] for name in _SAID}
            return await _drawn(request, work, said, token)
    except NotAllowed as refused:
        return stops.answer(request, refused)


_SAID = ("what", "amount", "given_at", "reason", "wasted")


def _about(row: MedicationAdministration) -> str:
    """Name what is signed for: that this entry is taken back, as it stands."""
    return witness.about("correction", row.id, row.version)


async def put_right(request: Request) -> Response:
    """Correct an entry, or take it back; the old one stays to read, with the reason."""
    key, form = request.path_params["administration_id"], await request.form()
    what = await field(request, "what", str, missing="Choose what was wrong.")
    reason = await field(request, "reason", str, missing="Reason is missing. Say what was wrong.")
    typed = Typed.of(form)
    try:
        async with work_of(request) as work:
            row = await work.access(MedicationAdministration, key, _MAY)
            token = typed["witness"]
            signed = witness.read(work.node, token, _about(row), work.now) if token else None
            patient, _ = await banner.who(work, row.patient_id)
            zone = await zone_of_stay(work, patient, row.encounter_id, _MAY)
            if what == "other":
                amount = give_forms.number(typed["amount"], "amount")
                unit = await field(request, "unit", Unit)
                said = GivenSaid(
                    amount=Amount(amount, unit) if amount is not None else None,
                    given_at=give_forms.moment(typed, zone),
                    witness=signed,
                )
                await correct.correct(work, key, said, reason)
            else:
                await correct.take_back(
                    work,
                    key,
                    reason,
                    given=what == "elsewhere",
                    witness=signed,
                    wasted=form.get("wasted") == "yes",
                )
            back = f"/patients/{row.patient_id}/medications"
            return fragment(request, "medications/_done.html", back=back, said="Corrected.")
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def not_here(request: Request) -> Response:
    """Draw the sheet that asks the pharmacy for a dose."""
    async with work_of(request) as work:
        found = await occasion.of_dose(work, request.path_params["dose_id"])
        whose = await banner.head(work, found.held.patient, found.person)
        context = {"dose_id": request.path_params["dose_id"], "words": found.line.words, **whose}
        return sheet(request, "medications/_give_missing.html", title="Not on the ward", **context)


async def ask_pharmacy(request: Request) -> Response:
    """Ask the pharmacy for a dose that is not on the ward."""
    note = str((await request.form()).get("note") or "")
    async with work_of(request) as work:
        row = await missing.ask(work, request.path_params["dose_id"], note)
        back = f"/patients/{row.patient_id}/medications"
        return fragment(request, "medications/_done.html", back=back, said="The pharmacy is asked.")


async def sent(request: Request) -> Response:
    """Say that the pharmacy has sent a dose."""
    return await _answered(request, MissingState.SENT)


async def arrived(request: Request) -> Response:
    """Say that a dose has come to the ward."""
    return await _answered(request, MissingState.ARRIVED)


async def withdrawn(request: Request) -> Response:
    """Say that a dose is no longer needed."""
    return await _answered(request, MissingState.WITHDRAWN)


async def _answered(request: Request, state: MissingState) -> Response:
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        row = await missing.answer(work, request.path_params["missing_id"], state, seen=seen)
        return fragment(request, "medications/_done.html", said=f"{row.state.word}.")


_AT, _MISSING = "/administrations/{administration_id:uuid}", "/missing-doses/{missing_id:uuid}"
routes = [
    get(f"{_AT}/correction", wrong, _MAY, shows=_SHOWN),
    post(f"{_AT}/correction", put_right, _MAY, shows=_SHOWN),
    ask(f"{_AT}/correction/witness", second_person, _MAY, shows=_SHOWN),
    get("/doses/{dose_id:uuid}/missing", not_here, _MAY, shows=_SHOWN),
    post("/doses/{dose_id:uuid}/missing", ask_pharmacy, _MAY, shows=_SHOWN),
    post(f"{_MISSING}/sent", sent, Permission.VERIFY_MEDICATION, shows={D0, D4}),
    post(f"{_MISSING}/arrival", arrived, _MAY, shows={D0, D4}),
    post(f"{_MISSING}/withdrawal", withdrawn, _MAY, shows={D0, D4}),
]
