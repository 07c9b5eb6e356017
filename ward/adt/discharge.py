"""Discharge: an encounter ends, and its bed goes to be cleaned."""

from datetime import datetime
from uuid import UUID

from domain import discharge as checklist
from domain import stays
from domain.access import Permission
from domain.beds import BedStatus
from domain.encounters import Disposition
from domain.overrides import Override
from ward.adt import questions, requests, steps
from ward.adt.events import PatientDischarged
from ward.adt.held import Held, hold, moment, place_of, settle, stay_of, told
from ward.adt.models import Encounter, Step
from ward.beds.changes import put
from ward.work import Work

MAY = Permission.DISCHARGE


async def discharge(  # noqa: PLR0913 - a border tells all this of a discharge
    work: Work,
    encounter_id: UUID,
    disposition: Disposition,
    *,
    at: datetime | None = None,
    override: Override | None = None,
    note: str | None = None,
    seen: int | None = None,
) -> Encounter:
    """End an encounter; what is not settled stands in the way unless it is overridden."""
    held = await hold(work, encounter_id, MAY, seen=seen)
    encounter = held.encounter
    at, now = moment(work, at, held.stay.started_at if held.stay else None)
    answers = await questions.checklist(work, encounter.id)
    overridden = checklist.check(answers, override)
    stay = stay_of(held.stay) if held.stay else None
    place = place_of(held.bed, encounter.id, work.now) if held.bed else None
    decided = stays.discharge(stay, place, encounter.status, disposition, at=at, now=now)
    encounter.status, encounter.disposition = decided.status, decided.disposition
    encounter.discharged_at = at
    encounter.admitted_at = encounter.admitted_at or at
    left_as = held.bed.status if held.bed else None
    if held.stay and held.bed and decided.bed:
        held.stay.ended_at = held.bed.vacated_at = at
        await put(work, held.bed, decided.bed, MAY)
        settle(held, None)
    await requests.release_others(work, encounter, held.beds, set(), MAY)
    await requests.withdraw_open(work, encounter, "Discharged.", MAY)
    why = override.reason if overridden and override else ""
    said = ". ".join(part for part in (why, note or "") if part)
    await _note(work, held, at, said, left_as=left_as)
    bed = held.bed
    work.record(PatientDischarged(**await told(work, held, bed), bed_id=bed.id if bed else None))
    return encounter


async def _note(
    work: Work, held: Held, at: datetime, note: str, *, left_as: BedStatus | None
) -> None:
    await steps.take(
        work,
        held.encounter,
        Step.DISCHARGED,
        MAY,
        at=at,
        from_bed_id=held.stay.bed_id if held.stay else None,
        left_stay_id=held.stay.id if held.stay else None,
        left_as=left_as,
        note=note,
    )
