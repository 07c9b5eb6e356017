"""Transfer: a patient goes to another bed, on this ward or another."""

from datetime import datetime
from uuid import UUID

from domain import bedflow, stays
from domain.access import Permission
from domain.beds import BedStatus
from domain.overrides import Override
from ward.adt import home, requests, steps
from ward.adt.admit import lie
from ward.adt.events import PatientTransferred
from ward.adt.held import Held, hold, moment, place_of, settle, stay_of, told
from ward.adt.models import Encounter, Step
from ward.beds.changes import put
from ward.beds.models import Bed
from ward.errors import Stale
from ward.work import Work

MAY = Permission.TRANSFER


async def transfer(  # noqa: PLR0913 - a border tells all this of a transfer
    work: Work,
    encounter_id: UUID,
    bed_id: UUID,
    *,
    at: datetime | None = None,
    keep: bool = False,
    override: Override | None = None,
    seen: int | None = None,
    seen_bed: int | None = None,
) -> Encounter:
    """Move a patient to a ready bed; `keep` reserves the old one for the way back."""
    may = await may_enter(work, encounter_id, bed_id)
    held = await hold(work, encounter_id, MAY, beds={bed_id: may}, seen=seen)
    (stay, left), taken = held.lying(), held.beds[bed_id]
    if seen_bed is not None and taken.version != seen_bed:
        raise Stale
    encounter = held.encounter
    at, now = moment(work, at, stay.started_at, taken.vacated_at)
    source, target = (place_of(bed, encounter.id, work.now) for bed in (left, taken))
    decided = stays.transfer(stay_of(stay), source, target, at=at, now=now, override=override)
    await move(work, held, taken, decided, at, keep=keep, override=override)
    return encounter


async def move(  # noqa: PLR0913 - who is held, where to, what was decided, when
    work: Work,
    held: Held,
    taken: Bed,
    decided: stays.Transfer,
    at: datetime,
    *,
    keep: bool = False,
    override: Override | None = None,
) -> None:
    """Store what a transfer changes, and tell it."""
    (stay, left), encounter = held.lying(), held.encounter
    left_as = left.status
    stay.ended_at = left.vacated_at = at
    kept = bedflow.reserve(decided.left, encounter.id, work.now) if keep else decided.left
    await put(work, left, kept, MAY)
    await put(work, taken, decided.taken, MAY)
    settle(held, taken)
    await work.flush()
    await _note(work, held, taken, at, left_as=left_as, override=override)
    await requests.complete(work, encounter, taken, held.beds, MAY, keep=left.id)
    home.remind(work, encounter, taken)
    facts = await told(work, held, left, taken)
    work.record(PatientTransferred(**facts, from_bed_id=left.id, to_bed_id=taken.id))


async def may_enter(work: Work, encounter_id: UUID, bed_id: UUID) -> Permission:
    """Say what explains the bed: a ward that accepted the patient opens its beds to the mover."""
    bed = await work.access(Bed, bed_id, Permission.VIEW_BEDS)
    promised = await requests.promised(work, encounter_id, bed.ward_id)
    return Permission.VIEW_BEDS if promised else MAY


async def _note(  # noqa: PLR0913 - a step and its override
    work: Work,
    held: Held,
    taken: Bed,
    at: datetime,
    *,
    left_as: BedStatus,
    override: Override | None,
) -> None:
    assert held.stay is not None
    row = await lie(work, held.encounter, taken, at, MAY)
    await steps.take(
        work,
        held.encounter,
        Step.TRANSFERRED,
        MAY,
        at=at,
        from_bed_id=held.stay.bed_id,
        to_bed_id=taken.id,
        left_stay_id=held.stay.id,
        new_stay_id=row.id,
        left_as=left_as,
        note=override.reason if override else None,
    )
