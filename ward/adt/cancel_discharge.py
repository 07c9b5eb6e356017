"""Cancel a discharge: the patient is in the bed again, or waits for one."""

from uuid import UUID

from domain import cancellations
from domain.access import Permission
from domain.beds import BedState, BedStatus
from domain.cancellations import CancelReason
from domain.errors import NotAllowed
from ward.adt import requests, steps
from ward.adt.cancel_transfer import hold_as_before, left_by
from ward.adt.events import DischargeCancelled
from ward.adt.held import Held, open_stay, place_of, settle, stay_of, told
from ward.adt.models import Encounter, Movement, Stay, Step
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.places.models import Ward
from ward.work import Work

MAY = Permission.CANCEL_MOVE


async def cancel_discharge(
    work: Work,
    encounter_id: UUID,
    reason: CancelReason,
    note: str = "",
    *,
    seen: int | None = None,
) -> Encounter:
    """Take back a discharge: into the same bed if it is free, else the ward is asked for one."""
    cancellations.explain(reason, note)
    held = await hold_as_before(work, encounter_id, seen)
    encounter = held.encounter
    if await open_stay(work, held.patient.id, MAY):
        raise NotAllowed("This patient is in a bed again. Transfer instead.", "stay.open")
    step = await steps.take_back(work, encounter, Step.DISCHARGED, MAY)
    last = await left_by(work, step) if step.left_stay_id else None
    bed = held.beds[step.from_bed_id] if step.from_bed_id else None
    if bed is not None:  # whoever puts a patient into a bed must have a say on its ward
        await work.access(Bed, bed.id, MAY)
    decided = _decide(work, held, step, last, bed)
    encounter.status, encounter.discharged_at, encounter.disposition = decided.status, None, None
    if last and bed and decided.bed:
        await _return(work, held, last, bed, decided.bed)
    back = bed if decided.bed else None
    await _tell(work, held, bed, back, reason=reason, note=note)
    if bed and not back:
        ward = await work.access(Ward, bed.ward_id, Permission.VIEW_BEDS)
        await requests.ask(work, held.patient, encounter, ward, MAY)
    return encounter


def _decide(
    work: Work, held: Held, step: Movement, last: Stay | None, bed: Bed | None
) -> cancellations.CancelledDischarge:
    return cancellations.cancel_discharge(
        held.encounter.status,
        stay_of(last) if last else None,
        place_of(bed, held.encounter.id, work.now) if bed else None,
        now=work.now,
        ended_at=held.encounter.discharged_at or work.now,
        isolated=step.left_as is BedStatus.ISOLATED,
    )


async def _return(work: Work, held: Held, last: Stay, bed: Bed, state: BedState) -> None:
    last.ended_at = None
    settle(held, bed)
    await put(work, bed, state, MAY)


async def _tell(  # noqa: PLR0913 - two beds and a reason
    work: Work,
    held: Held,
    left: Bed | None,
    back: Bed | None,
    *,
    reason: CancelReason,
    note: str,
) -> None:
    step, to = Step.DISCHARGE_CANCELLED, back.id if back else None
    await steps.take(work, held.encounter, step, MAY, to_bed_id=to, reason=reason, note=note)
    work.record(DischargeCancelled(**await told(work, held, left), bed_id=to))
