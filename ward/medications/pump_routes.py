"""Pump doors: look at a running infusion, set it, pause it, hang a bag, end it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from domain.errors import NotAllowed
from ward.errors import Invalid
from ward.medications import give_forms, infuse, pump, pump_sheets, stops, witness
from ward.medications.give_forms import Typed
from ward.medications.models import MedicationAdministration
from ward.web import ask, field, fragment, get, optional, post, sheet
from ward.work import Work, work_of

_MAY = Permission.GIVE_MEDICATION
_SHOWN = {D0, D1, D3, D4}
_SHEET = "medications/_pump.html"
Act = Callable[[Work, UUID, datetime | None], Awaitable[MedicationAdministration]]


async def look(request: Request) -> Response:
    """Draw the sheet of a pump."""
    async with work_of(request) as work:
        key = request.path_params["administration_id"]
        return sheet(request, _SHEET, **await pump_sheets.drawn(work, key))


async def second_person(request: Request) -> Response:
    """Have a second person sign for another rate, worked out alone."""
    form, key = await request.form(), request.path_params["administration_id"]
    name, password, value, rate = (
        str(form.get(one) or "")
        for one in ("witness_name", "witness_password", "witness_value", "rate")
    )
    try:
        async with work_of(request) as work:
            what = pump_sheets.about(await pump.load(work, key))
        token = await witness.attest(work, name, password, what, value)
        async with work_of(request) as work:
            run = await pump.load(work, key)
            signed = witness.read(work.node, token, what, work.now)
            await witness.check(work, signed, run.held.ward)
            context = await pump_sheets.drawn(work, key, rate=rate, token=token)
            return sheet(request, _SHEET, **context)
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def set_rate(request: Request) -> Response:
    """Set the pump to another rate."""
    rate = await _number(request, "rate", "Enter the rate of the pump.")
    reason = await optional(request, "reason", str) or ""
    token = await optional(request, "witness", str) or ""
    revision = await field(request, "revision", int)

    async def act(work: Work, key: UUID, at: datetime | None) -> MedicationAdministration:
        what = pump_sheets.about(await pump.load(work, key))
        signed = witness.read(work.node, token, what, work.now) if token else None
        return await infuse.change_rate(
            work, key, rate, reason=reason, witness=signed, at=at, revision=revision
        )

    return await _done(request, act)


async def pause(request: Request) -> Response:
    """Let the pump stand still."""
    reason = await field(request, "reason", str, missing="Say why it is paused.")

    async def act(work: Work, key: UUID, at: datetime | None) -> MedicationAdministration:
        return await infuse.pause(work, key, reason, at=at)

    return await _done(request, act)


async def resume(request: Request) -> Response:
    """Let the pump run again."""
    revision = await field(request, "revision", int)

    async def act(work: Work, key: UUID, at: datetime | None) -> MedicationAdministration:
        return await infuse.resume(work, key, at=at, revision=revision)

    return await _done(request, act)


async def bag(request: Request) -> Response:
    """Hang another bag."""
    revision = await field(request, "revision", int)

    async def act(work: Work, key: UUID, at: datetime | None) -> MedicationAdministration:
        return await infuse.change_bag(work, key, at=at, revision=revision)

    return await _done(request, act)


async def complete(request: Request) -> Response:
    """Write down that the infusion has gone in."""
    volume = await _number(request, "volume", "Enter the volume that was given.")

    async def act(work: Work, key: UUID, at: datetime | None) -> MedicationAdministration:
        return await infuse.complete(work, key, volume, at=at)

    return await _done(request, act)


async def stop(request: Request) -> Response:
    """Confirm that the pump is off."""
    reason = await field(request, "reason", str, missing="Say why it was stopped.")
    volume = await _number(request, "volume", "Enter the volume that was given.")

    async def act(work: Work, key: UUID, at: datetime | None) -> MedicationAdministration:
        return await infuse.stop_pump(work, key, reason, volume, at=at)

    return await _done(request, act)


async def _done(request: Request, act: Act) -> Response:
    key, typed = request.path_params["administration_id"], Typed.of(await request.form())
    try:
        async with work_of(request) as work:
            zone = (await pump.load(work, key)).held.zone
            made = await act(work, key, give_forms.moment(typed, zone))
            back = f"/patients/{made.patient_id}/medications"
            return fragment(request, "medications/_done.html", back=back, said="Saved.")
    except NotAllowed as refused:
        return stops.answer(request, refused)


async def _number(request: Request, name: str, missing: str) -> Decimal:
    found = give_forms.number(await field(request, name, str, missing=missing), name)
    if found is None:
        raise Invalid({name: missing})
    return found


_AT = "/administrations/{administration_id:uuid}"
routes = [
    get(f"{_AT}/pump", look, _MAY, shows=_SHOWN),
    ask(f"{_AT}/pump/witness", second_person, _MAY, shows=_SHOWN),
    post(f"{_AT}/pump/rate", set_rate, _MAY, shows=_SHOWN),
    post(f"{_AT}/pump/pause", pause, _MAY, shows=_SHOWN),
    post(f"{_AT}/pump/resume", resume, _MAY, shows=_SHOWN),
    post(f"{_AT}/pump/bag", bag, _MAY, shows=_SHOWN),
    post(f"{_AT}/pump/completion", complete, _MAY, shows=_SHOWN),
    post(f"{_AT}/pump/stop", stop, _MAY, shows=_SHOWN),
]
