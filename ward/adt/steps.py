"""Steps: the lasting record of what was done to an encounter, by whom and why."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.errors import NotAllowed
from ward.adt.events import StepTaken
from ward.adt.models import Encounter, Movement, Step
from ward.db import new_id
from ward.work import Work

CANCELLABLE = (Step.ADMITTED, Step.TRANSFERRED, Step.SWAPPED, Step.DISCHARGED)


async def take(  # noqa: PLR0913 - all that a step can name
    work: Work,
    encounter: Encounter,
    step: Step,
    permission: Permission,
    *,
    at: datetime | None = None,
    from_bed_id: UUID | None = None,
    to_bed_id: UUID | None = None,
    left_stay_id: UUID | None = None,
    new_stay_id: UUID | None = None,
    left_as: BedStatus | None = None,
    home_on: date | None = None,
    reason: CancelReason | None = None,
    note: str | None = None,
) -> Movement:
    """Write down one step; the encounter becomes a new version, so older forms are refused."""
    row = Movement(
        id=new_id(),
        encounter_id=encounter.id,
        patient_id=encounter.patient_id,
        step=step,
        at=at or work.now,
        recorded_at=work.now,
        from_bed_id=from_bed_id,
        to_bed_id=to_bed_id,
        left_stay_id=left_stay_id,
        new_stay_id=new_stay_id,
        left_as=left_as,
        home_on=home_on,
        reason=reason,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
    )
    await work.seal(row, note=note or None)
    encounter.moved_at = work.now
    await work.flush()  # what it names is stored before it
    work.add(row, permission)
    work.record(StepTaken(row.patient_id, row.encounter_id, row.id, step))
    return row


async def last(work: Work, encounter_id: UUID, permission: Permission) -> Movement | None:
    """Find the step that could be taken back now: the last one that moved the patient."""
    standing = select(Movement).where(
        Movement.encounter_id == encounter_id,
        Movement.step.in_(CANCELLABLE),
        Movement.cancelled_at.is_(None),
    )
    newest = standing.order_by(Movement.seq.desc()).limit(1)
    return next(iter(await work.every(newest, permission)), None)


async def take_back(
    work: Work, encounter: Encounter, step: Step, permission: Permission
) -> Movement:
    """Mark the last step as taken back, or say why it is not the one asked for."""
    found = await last(work, encounter.id, permission)
    if found is None or found.step is not step:
        raise NotAllowed(_REFUSALS[step], "cancel.not-last")
    found.cancelled_at = work.now
    return found


_REFUSALS = {
    Step.ADMITTED: "The patient has moved since the admission. Take back that step first.",
    Step.TRANSFERRED: "The last step was not a transfer. A swap is undone by swapping back.",
    Step.DISCHARGED: "The last step was not a discharge.",
}
