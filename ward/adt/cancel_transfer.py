"""Cancel a transfer: the patient is in the bed before again."""

from uuid import UUID

from domain import cancellations
from domain.access import Permission
from domain.cancellations import CancelReason
from domain.errors import NotAllowed
from ward.adt import home, steps
from ward.adt.events import TransferCancelled
from ward.adt.held import Held, hold, place_of, settle, stay_of, told
from ward.adt.models import Encounter, Movement, Stay, Step
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.work import Work

MAY = Permission.CANCEL_MOVE


async def cancel_transfer(  # noqa: PLR0913 - what, why, and how it was seen
    work: Work,
    encounter_id: UUID,
    reason: CancelReason,
    note: str = "",
    *,
    arrived: bool = True,
    seen: int | None = None,
) -> Encounter:
    """Take back a transfer, if the bed before is still free; the later stay never counted."""
    cancellations.explain(reason, note)
    held = await hold_as_before(work, encounter_id, seen)
    (entered, current), encounter = held.lying(), held.encounter
    step = await steps.take_back(work, encounter, Step.TRANSFERRED, MAY)
    left, previous = await left_by(work, step), held.beds[_bed(step)]
    decided = cancellations.cancel_transfer(
        stay_of(left),
        stay_of(entered),
        place_of(previous, encounter.id, work.now),
        place_of(current, encounter.id, work.now),
        arrived=arrived,
    )
    entered.voided_at = work.now
    await work.flush()  # the later stay is gone before the earlier one is open again
    left.ended_at = None
    settle(held, previous)
    await put(work, previous, decided.returned, MAY)
    await put(work, current, decided.left, MAY)
    home.remind(work, encounter, previous)
    await _tell(work, held, current, previous, reason=reason, note=note)
    return encounter


async def hold_as_before(work: Work, encounter_id: UUID, seen: int | None) -> Held:
    """Lock an encounter, and with it the bed that its last step left."""
    last = await steps.last(work, encounter_id, MAY)
    left = {last.from_bed_id: Permission.VIEW_BEDS} if last and last.from_bed_id else {}
    return await hold(work, encounter_id, MAY, beds=left, seen=seen)


async def left_by(work: Work, step: Movement) -> Stay:
    """Find the stay that a step ended."""
    if step.left_stay_id is None:
        raise NotAllowed("The patient was in no bed before.", "stay.none")
    return await work.access(Stay, step.left_stay_id, MAY, lock=True)


def _bed(step: Movement) -> UUID:
    assert step.from_bed_id is not None
    return step.from_bed_id


async def _tell(  # noqa: PLR0913 - two beds and a reason
    work: Work, held: Held, current: Bed, previous: Bed, *, reason: CancelReason, note: str
) -> None:
    await steps.take(
        work,
        held.encounter,
        Step.TRANSFER_CANCELLED,
        MAY,
        from_bed_id=current.id,
        to_bed_id=previous.id,
        reason=reason,
        note=note,
    )
    told_of = await told(work, held, current, previous)
    work.record(TransferCancelled(**told_of, from_bed_id=current.id, to_bed_id=previous.id))
