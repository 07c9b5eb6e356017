"""Past: what happened to a patient or in a bed, as the history pages show it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.access import D0, Permission
from ward.adt.models import Encounter, Movement, Stay
from ward.adt.queries import VIEW, wards_of, zones_of
from ward.beds.models import Bed
from ward.changed import Change, tells
from ward.projections import projection
from ward.work import Work


@projection(D0)
class HistoryLine:
    """One step of a patient's encounters; who and where, when it happened and was recorded."""

    id: UUID
    encounter_id: UUID
    word: str
    at: datetime
    recorded_at: datetime
    from_label: str | None
    to_label: str | None
    reason: str | None
    actor: str
    cancelled_at: datetime | None


@projection(D0)
class StayLine:
    """One stay in a bed; stays of a bed never overlap."""

    id: UUID
    patient_id: UUID
    encounter_id: UUID
    bed_id: UUID
    started_at: datetime
    ended_at: datetime | None


async def stays_of(work: Work, patient_id: UUID) -> list[StayLine]:
    """Answer: in which beds did this patient lie, oldest first?"""
    return await _stay_lines(work, Stay.patient_id == patient_id)


async def stays_in(work: Work, bed_id: UUID) -> list[StayLine]:
    """Answer: who lay in this bed, oldest first, as far as this viewer may know them?"""
    return await _stay_lines(work, Stay.bed_id == bed_id)


async def history(work: Work, patient_id: UUID) -> list[HistoryLine]:
    """Answer: what happened to this patient, newest first, with what was taken back?"""
    steps = select(Movement).where(Movement.patient_id == patient_id)
    rows = await work.every(steps.order_by(Movement.seq.desc()), VIEW)
    named = await spoken(work, [one for row in rows for one in (row.from_bed_id, row.to_bed_id)])
    return [
        HistoryLine(
            row.id,
            row.encounter_id,
            row.step.word,
            row.at,
            row.recorded_at,
            named.get(row.from_bed_id) if row.from_bed_id else None,
            named.get(row.to_bed_id) if row.to_bed_id else None,
            row.reason.word if row.reason else None,
            row.actor_name,
            row.cancelled_at,
        )
        for row in rows
    ]


async def spoken(work: Work, bed_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Answer: what are these beds called: Six East, bed 04?"""
    wanted = select(Bed).where(Bed.id.in_([one for one in set(bed_ids) if one]))
    beds = await work.every(wanted, Permission.VIEW_BEDS)
    wards = await wards_of(work, {bed.ward_id for bed in beds})
    return {
        bed.id: f"{wards[bed.ward_id].label}, bed {bed.label}"
        for bed in beds
        if bed.ward_id in wards
    }


@tells(Encounter)
async def _last_step(work: Work, encounter: Encounter) -> Change | None:
    mine = select(Movement).where(Movement.encounter_id == encounter.id)
    newest = mine.order_by(Movement.seq.desc()).limit(1)
    zones = await zones_of(work, [encounter.branch_id])
    for row in await work.every(newest, VIEW):
        zone = zones.get(encounter.branch_id, "UTC")
        return Change(row.step.word, row.actor_name, row.recorded_at, zone)
    return None


async def zone_for(work: Work, patient_id: UUID) -> str:
    """Answer: by which clock does this patient's history run?"""
    mine = select(Encounter).where(Encounter.patient_id == patient_id)
    newest = await work.every(mine.order_by(Encounter.moved_at.desc()).limit(1), VIEW)
    zones = await zones_of(work, [one.branch_id for one in newest])
    return next(iter(zones.values()), "UTC")


async def _stay_lines(work: Work, which: ColumnElement[bool]) -> list[StayLine]:
    counted = select(Stay).where(which, Stay.voided_at.is_(None))
    rows = await work.every(counted.order_by(Stay.started_at, Stay.id), VIEW)
    return [
        StayLine(row.id, row.patient_id, row.encounter_id, row.bed_id, row.started_at, row.ended_at)
        for row in rows
    ]
