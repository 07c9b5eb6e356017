"""Cancel an admission: it never counted; the bed is free again."""

from uuid import UUID

from domain import cancellations
from domain.access import Permission
from domain.cancellations import CancelReason
from ward.adt import questions, requests, steps
from ward.adt.events import AdmissionCancelled
from ward.adt.held import hold, place_of, settle, stay_of, told
from ward.adt.models import Encounter, Step
from ward.beds.changes import put
from ward.work import Work

MAY = Permission.CANCEL_MOVE


async def cancel_admission(  # noqa: PLR0913 - what, why, and how it was seen
    work: Work,
    encounter_id: UUID,
    reason: CancelReason,
    note: str = "",
    *,
    arrived: bool = True,
    seen: int | None = None,
) -> Encounter:
    """Take back an admission; a bed that nobody lay in (`arrived` is False) needs no clean."""
    cancellations.explain(reason, note)
    held = await hold(work, encounter_id, MAY, seen=seen)
    encounter, stay, bed = held.encounter, held.stay, held.bed
    if stay is not None:
        await steps.take_back(work, encounter, Step.ADMITTED, MAY)
    decided = cancellations.cancel_admission(
        encounter.status,
        stay_of(stay) if stay else None,
        place_of(bed, encounter.id, work.now) if bed else None,
        clinical_data=await questions.has_care(work, encounter.id),
        arrived=arrived,
    )
    encounter.status = decided.status
    if stay and bed and decided.bed:
        stay.voided_at = work.now
        settle(held, None)
        await put(work, bed, decided.bed, MAY)
    await requests.release(work, encounter, held.beds, MAY)
    await requests.withdraw_open(work, encounter, "Admission cancelled.", MAY)
    step, left = Step.ADMISSION_CANCELLED, bed.id if bed else None
    await steps.take(work, encounter, step, MAY, from_bed_id=left, reason=reason, note=note)
    work.record(AdmissionCancelled(**await told(work, held, bed), bed_id=left))
    return encounter
