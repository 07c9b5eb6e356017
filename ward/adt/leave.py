"""Leave: a patient goes out for a while, and the bed is kept."""

from datetime import datetime
from uuid import UUID

from domain import bedflow, encounters, stays
from domain.access import Permission
from domain.encounters import EncounterStatus
from ward.adt import steps
from ward.adt.events import LeaveChanged
from ward.adt.held import Held, hold, moment
from ward.adt.models import Step
from ward.beds.changes import put
from ward.work import Work

MAY = Permission.TRANSFER


async def go_on_leave(
    work: Work,
    encounter_id: UUID,
    *,
    at: datetime | None = None,
    note: str | None = None,
    seen: int | None = None,
) -> Held:
    """Send a patient on leave; the bed stays hers."""
    held = await hold(work, encounter_id, MAY, seen=seen)
    (_, bed), (at, now) = held.lying(), moment(work, at)
    stays.not_in_future(at, now)
    held.encounter.status = encounters.move(held.encounter.status, EncounterStatus.ON_LEAVE)
    await put(work, bed, bedflow.leave(bed.state, at), MAY)
    return await _note(work, held, Step.LEFT, at, note)


async def come_back(
    work: Work,
    encounter_id: UUID,
    *,
    at: datetime | None = None,
    note: str | None = None,
    seen: int | None = None,
) -> Held:
    """Record that a patient is back from leave."""
    held = await hold(work, encounter_id, MAY, seen=seen)
    (_, bed), (at, now) = held.lying(), moment(work, at)
    stays.not_in_future(at, now)
    await put(work, bed, bedflow.come_back(bed.state), MAY)
    held.encounter.status = encounters.move(held.encounter.status, EncounterStatus.IN_PROGRESS)
    return await _note(work, held, Step.RETURNED, at, note)


async def _note(work: Work, held: Held, step: Step, at: datetime, note: str | None) -> Held:
    (_, bed), encounter = held.lying(), held.encounter
    await steps.take(
        work, encounter, step, MAY, at=at, from_bed_id=bed.id, to_bed_id=bed.id, note=note
    )
    work.record(
        LeaveChanged(
            patient_id=held.patient.id,
            encounter_id=encounter.id,
            wards=(bed.ward_id,),
            branches=(bed.branch_id,),
        )
    )
    return held
