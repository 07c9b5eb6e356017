"""Isolation: a patient who must be kept apart, in the bed where she lies."""

from uuid import UUID

from domain import bedflow
from domain.access import Permission
from ward.adt import steps
from ward.adt.events import IsolationChanged
from ward.adt.held import Held, hold
from ward.adt.models import Precaution, Step
from ward.beds.changes import put
from ward.work import Work

MAY = Permission.TRANSFER


async def isolate(
    work: Work,
    encounter_id: UUID,
    precaution: Precaution,
    *,
    note: str | None = None,
    seen: int | None = None,
) -> Held:
    """Isolate a patient; the bed owes a terminal clean from now on."""
    held = await hold(work, encounter_id, MAY, seen=seen)
    _, bed = held.lying()
    await put(work, bed, bedflow.isolate(bed.state), MAY)
    return await _note(work, held, Step.ISOLATED, precaution, note)


async def end_isolation(
    work: Work, encounter_id: UUID, *, note: str | None = None, seen: int | None = None
) -> Held:
    """End isolation; the terminal clean stays owed until the patient leaves the bed."""
    held = await hold(work, encounter_id, MAY, seen=seen)
    _, bed = held.lying()
    await put(work, bed, bedflow.end_isolation(bed.state), MAY)
    return await _note(work, held, Step.ISOLATION_ENDED, None, note)


async def _note(
    work: Work, held: Held, step: Step, precaution: Precaution | None, note: str | None
) -> Held:
    (_, bed), encounter = held.lying(), held.encounter
    encounter.precaution = precaution
    await steps.take(work, encounter, step, MAY, from_bed_id=bed.id, to_bed_id=bed.id, note=note)
    work.record(
        IsolationChanged(
            patient_id=held.patient.id,
            encounter_id=encounter.id,
            wards=(bed.ward_id,),
            branches=(bed.branch_id,),
        )
    )
    return held
