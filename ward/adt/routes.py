"""Stays: the commands of the sheets, and the pages of movements."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D2, D3, D4, D5, Permission
from domain.cancellations import CancelReason
from domain.encounters import AdmitSource, Disposition
from domain.errors import NotAllowed
from ward.adt import history, queries, requests, sheets, steps
from ward.adt.admit import admit as admit_patient
from ward.adt.along import sent, ticked_along
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import Confirmed
from ward.adt.discharge import discharge as discharge_patient
from ward.adt.held import Held
from ward.adt.home import expect_home
from ward.adt.isolate import end_isolation
from ward.adt.isolate import isolate as isolate_patient
from ward.adt.leave import come_back, go_on_leave
from ward.adt.models import Encounter, MoveRequest, Precaution
from ward.adt.overrides import override_of
from ward.adt.swap import swap as swap_patients
from ward.adt.together import Coming, To, accept_together, ask_together, transfer_together
from ward.adt.transfer import transfer as transfer_patient
from ward.beds import queries as beds
from ward.beds.cards import cards, drawn
from ward.beds.forms import local, note, ticked, version
from ward.web import field, get, optional, post
from ward.work import Work, work_of

CANCELS = {
    "admission": cancel_admission,
    "transfer": cancel_transfer,
    "discharge": cancel_discharge,
}


async def admit(request: Request) -> Response:
    """Admit the chosen patient to this bed."""
    patient_id = await field(request, "patient_id", UUID, missing="Choose a patient.")
    return await _admit(request, patient_id, request.path_params["bed_id"], await version(request))


async def admit_from_chart(request: Request) -> Response:
    """Admit this patient to the chosen bed."""
    bed_id = await field(request, "bed_id", UUID, missing="Choose a bed.")
    return await _admit(request, request.path_params["patient_id"], bed_id, None)


async def _admit(request: Request, patient_id: UUID, bed_id: UUID, seen: int | None) -> Response:
    source = await optional(request, "source", AdmitSource)
    home_on = await optional(request, "home_on", date)
    async with work_of(request) as work:
        at = await local(request, "admitted_at", await _zone_at(work, bed_id))
        await admit_patient(
            work, patient_id, bed_id, at=at, source=source, home_on=home_on, seen=seen
        )
        return await cards(request, work, [bed_id])


async def transfer(request: Request) -> Response:
    """Move a patient to the chosen bed, and whoever is ticked to theirs: all or nobody."""
    bed_id = await field(request, "bed_id", UUID, missing="Choose a bed.")
    keep, seen = await ticked(request, "keep"), await version(request)
    others = [To(one.id, one.bed_id, one.seen) for one in await sent(request)]
    going = [To(_encounter(request), bed_id, seen), *others]
    async with work_of(request) as work:
        before = [bed for one in going for bed in await _bed_of(work, one.encounter_id)]
        if others:
            await transfer_together(work, going, keep=keep)
        else:
            await transfer_patient(work, _encounter(request), bed_id, keep=keep, seen=seen)
        return await cards(request, work, [*before, *(one.bed_id for one in going)])


async def swap(request: Request) -> Response:
    """Exchange the beds of two patients."""
    other = await field(request, "other_id", UUID, missing="Choose the other patient.")
    seen = await version(request)
    async with work_of(request) as work:
        mine, theirs = await _bed_of(work, _encounter(request)), await _bed_of(work, other)
        await swap_patients(work, _encounter(request), other, seen=seen)
        return await cards(request, work, [*mine, *theirs])


async def discharge(request: Request) -> Response:
    """Send a patient home, or elsewhere."""
    to = await field(request, "disposition", Disposition, missing="Choose where the patient goes.")
    why, said = await note(request, "override_reason"), await note(request)
    seen, compared = await version(request), await ticked(request, "identity")
    async with work_of(request) as work:
        before = await _bed_of(work, _encounter(request))
        at = await local(request, "discharged_at", await _zone_of(work, _encounter(request)))
        await discharge_patient(
            work,
            _encounter(request),
            to,
            at=at,
            confirmed=Confirmed(identity=compared, departure=at is not None),
            override=override_of(work, why),
            note=said,
            seen=seen,
        )
        return await cards(request, work, before)


async def cancel(request: Request) -> Response:
    """Take the chosen step back."""
    step = await field(request, "step", str, missing="Choose the step to take back.")
    reason = await field(request, "reason", CancelReason, missing="Choose a reason.")
    text, seen = await note(request, "text") or "", await version(request)
    async with work_of(request) as work:
        if step not in CANCELS:
            raise NotAllowed("This step cannot be taken back.", "cancel.step")
        before = await _beds_of_last(work, _encounter(request))
        await CANCELS[step](work, _encounter(request), reason, text, seen=seen)
        return await cards(request, work, before)


async def ask(request: Request) -> Response:
    """Ask another ward to take a patient, and whoever is ticked as well."""
    ward_id = await field(request, "ward_id", UUID, missing="Choose a ward.")
    said, encounters = await note(request), [_encounter(request), *await ticked_along(request)]
    async with work_of(request) as work:
        rows = [await work.access(Encounter, one, Permission.REQUEST_MOVE) for one in encounters]
        ready_at = await local(request, "ready_at", await _zone_of(work, rows[0].id))
        whom = [row.patient_id for row in rows]
        await ask_together(work, whom, ward_id, ready_at=ready_at, note=said)
        return await cards(
            request, work, [bed for one in encounters for bed in await _bed_of(work, one)]
        )


async def accept(request: Request) -> Response:
    """Say that the ward takes a patient; one who is here already moves now."""
    bed_id = await field(request, "bed_id", UUID, missing="Choose a bed.")
    arrived, seen = await ticked(request, "arrived"), await version(request)
    if others := await sent(request):
        first = Coming(_move(request), bed_id, seen)
        coming = [first, *(Coming(one.id, one.bed_id, one.seen) for one in others)]
        return await _accept_all(request, coming, arrived=arrived)
    async with work_of(request) as work:
        move = await requests.accept(work, _move(request), bed_id, seen=seen)
        before = await _bed_of(work, move.encounter_id)
        if arrived and before:
            await transfer_patient(work, move.encounter_id, bed_id)
        elif arrived:
            await admit_patient(work, move.patient_id, bed_id, source=move.source)
        return await cards(request, work, [*before, bed_id])


async def _accept_all(request: Request, coming: list[Coming], *, arrived: bool) -> Response:
    """Accept all of them: each gets the bed that was chosen, or nobody any."""
    async with work_of(request) as work:
        moves = await accept_together(work, coming, arrived=arrived)
        before = [bed for one in moves for bed in await _bed_of(work, one.encounter_id)]
        return await cards(request, work, [*before, *(one.bed_id for one in coming)])


async def decline(request: Request) -> Response:
    """Say that the ward cannot take a patient, and why."""
    return await _refuse(request, requests.decline)


async def withdraw(request: Request) -> Response:
    """Take a request back."""
    return await _refuse(request, requests.withdraw)


async def _refuse(request: Request, command: Callable[..., Awaitable[MoveRequest]]) -> Response:
    reason, seen = await note(request, "reason") or "", await version(request)
    async with work_of(request) as work:
        asked = await command(work, _move(request), reason, seen=seen)
        return await cards(request, work, [], back=f"/wards/{asked.to_ward_id}/beds")


async def expect(request: Request) -> Response:
    """Say when a patient should go home."""
    on, said = await optional(request, "home_on", date), await note(request)
    seen = await version(request)
    async with work_of(request) as work:
        held = await expect_home(work, _encounter(request), on, reason=said, seen=seen)
        return await _card_of(request, work, held)


async def isolate(request: Request) -> Response:
    """Begin isolation, or end it."""
    said, seen, ends = await note(request), await version(request), await ticked(request, "end")
    async with work_of(request) as work:
        if ends:
            held = await end_isolation(work, _encounter(request), note=said, seen=seen)
        else:
            what = await field(request, "precaution", Precaution, missing="Choose the precautions.")
            held = await isolate_patient(work, _encounter(request), what, note=said, seen=seen)
        return await _card_of(request, work, held)


async def leave(request: Request) -> Response:
    """Send a patient on leave, or bring her back."""
    said, seen, back = await note(request), await version(request), await ticked(request, "back")
    async with work_of(request) as work:
        at = await local(request, "at", await _zone_of(work, _encounter(request)))
        step = come_back if back else go_on_leave
        held = await step(work, _encounter(request), at=at, note=said, seen=seen)
        return await _card_of(request, work, held)


async def _card_of(request: Request, work: Work, held: Held) -> Response:
    """Answer with the card of the bed in which the patient lies, as it was before."""
    lies_in = [held.bed] if held.bed else []
    return await drawn(request, work, await beds.changed(work, lies_in))


async def _bed_of(work: Work, encounter_id: UUID) -> list[UUID]:
    """Find the bed whose card will change with this encounter."""
    bed_id = await queries.bed_of(work, encounter_id)
    return [bed_id] if bed_id else []


async def _beds_of_last(work: Work, encounter_id: UUID) -> list[UUID]:
    step = await steps.last(work, encounter_id, Permission.CANCEL_MOVE)
    return [one for one in (step.from_bed_id, step.to_bed_id) if one] if step else []


async def _zone_at(work: Work, bed_id: UUID) -> ZoneInfo:
    return ZoneInfo((await beds.card(work, bed_id)).zone)


async def _zone_of(work: Work, encounter_id: UUID) -> ZoneInfo:
    encounter = await work.access(Encounter, encounter_id, Permission.VIEW_STAYS)
    return await beds.zone_of(work, encounter.branch_id)


def _encounter(request: Request) -> UUID:
    encounter_id: UUID = request.path_params["encounter_id"]
    return encounter_id


def _move(request: Request) -> UUID:
    move_id: UUID = request.path_params["move_id"]
    return move_id


ALL = {D0, D1, D2, D3, D4, D5}
_STAY, _MOVE = "/stays/{encounter_id:uuid}", "/moves/{move_id:uuid}"
_ADMIT, _TRANSFER, _DISCHARGE = Permission.ADMIT, Permission.TRANSFER, Permission.DISCHARGE
_CANCEL, _ASK, _ACCEPT = Permission.CANCEL_MOVE, Permission.REQUEST_MOVE, Permission.ACCEPT_MOVE

routes = [
    get("/beds/{bed_id:uuid}/admit", sheets.admission, _ADMIT, shows={D0}),
    post("/beds/{bed_id:uuid}/admit", admit, _ADMIT, shows=ALL),
    get("/patients/{patient_id:uuid}/admit", sheets.admission_of, _ADMIT, shows={D0, D1}),
    post("/patients/{patient_id:uuid}/admit", admit_from_chart, _ADMIT, shows=ALL),
    get("/adt/candidates", sheets.candidates, _ADMIT, shows={D0, D1}),
    get(f"{_STAY}/transfer", sheets.transfer, _TRANSFER, shows={D0, D1}),
    post(f"{_STAY}/transfer", transfer, _TRANSFER, shows=ALL),
    get(f"{_STAY}/swap", sheets.swap, _TRANSFER, shows={D0, D1}),
    post(f"{_STAY}/swap", swap, _TRANSFER, shows=ALL),
    get(f"{_STAY}/request", sheets.ask, _ASK, shows={D0, D1}),
    post(f"{_STAY}/request", ask, _ASK, shows=ALL),
    get(f"{_STAY}/discharge", sheets.discharge, _DISCHARGE, shows=ALL),
    post(f"{_STAY}/discharge", discharge, _DISCHARGE, shows=ALL),
    get(f"{_STAY}/cancel", sheets.cancel, _CANCEL, shows={D0, D1}),
    post(f"{_STAY}/cancel", cancel, _CANCEL, shows=ALL),
    get(f"{_STAY}/home", sheets.home, _TRANSFER, shows={D0, D1}),
    post(f"{_STAY}/home", expect, _TRANSFER, shows=ALL),
    get(f"{_STAY}/isolation", sheets.isolation, _TRANSFER, shows={D0, D1}),
    post(f"{_STAY}/isolation", isolate, _TRANSFER, shows=ALL),
    get(f"{_STAY}/leave", sheets.leave, _TRANSFER, shows={D0, D1}),
    post(f"{_STAY}/leave", leave, _TRANSFER, shows=ALL),
    get(f"{_MOVE}/accept", sheets.acceptance, _ACCEPT, shows={D0, D1}),
    post(f"{_MOVE}/accept", accept, _ACCEPT, shows=ALL),
    get(f"{_MOVE}/decline", sheets.refusal, _ACCEPT, shows={D0, D1}),
    post(f"{_MOVE}/decline", decline, _ACCEPT, shows=ALL),
    get(f"{_MOVE}/withdraw", sheets.withdrawal, _ASK, shows={D0, D1}),
    post(f"{_MOVE}/withdraw", withdraw, _ASK, shows=ALL),
    *history.routes,
]
