"""Unplaced: who is in the hospital's care and in no bed; the banner warns of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D0
from domain.encounters import OPEN, EncounterClass, EncounterStatus
from ward.adt.models import Encounter
from ward.adt.queries import VIEW, wards_of
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work

_C = EncounterClass
# Who lies in a bed, as the constraint uq_encounter_open has it; emergencies may sit and wait.
BEDDED = (_C.INPATIENT, _C.ACUTE, _C.NON_ACUTE, _C.OBSERVATION, _C.SHORT_STAY)
WAITING = (EncounterStatus.ARRIVED, EncounterStatus.TRIAGED)


@projection(D0)
class Unplaced:
    """The place of a patient who needs a bed and has none; compare `queries.Place`."""

    ward: str
    admitted_at: datetime | None
    may_admit: bool
    bed: str | None = None
    here_since: datetime | None = None
    home_label: str | None = None


async def unplaced(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Unplaced]:
    """Answer: which of these patients, who lie nowhere, should lie somewhere?"""
    begun = select(Encounter).where(
        among(Encounter.patient_id, patient_ids),
        Encounter.status.in_([*OPEN, *WAITING]),
        Encounter.kind.in_(BEDDED),
    )
    rows = await work.every(begun.order_by(Encounter.moved_at), VIEW)
    wards = await wards_of(work, [row.ward_id for row in rows]) if rows else {}
    labels = {one: ward.label for one, ward in wards.items()}
    return {
        row.patient_id: Unplaced(
            labels.get(row.ward_id, "No ward") if row.ward_id else "No ward",
            row.admitted_at,
            row.status in WAITING,
        )
        for row in rows
    }
