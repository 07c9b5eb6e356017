"""Held: a patient in a stay, with the ward, its clock and its settings; locked by every command.

Locks are taken in this order: patient, request, dose, claim.
"""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import D0, Permission
from domain.encounters import OPEN
from domain.errors import NotAllowed
from ward.adt.models import Encounter
from ward.adt.visits import open_encounter
from ward.medications.settings import WardSettings, settings_of
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.actors import Actor, System
from ward.work import Lock, Work

_READER = System("job:medicines", frozenset())


@dataclass(frozen=True, slots=True)
class Held:
    """Where a patient lies, and what holds there."""

    patient: Patient
    encounter: Encounter
    ward: Ward
    zone: ZoneInfo
    settings: WardSettings


async def hold(
    work: Work, patient_id: UUID, permission: Permission, *, lock: Lock = "share"
) -> Held:
    """Lock a patient; refused when there is no open stay: medicines are given during a stay."""
    patient = await work.access(Patient, patient_id, permission, lock=lock)
    encounter = await open_encounter(work, patient_id, permission)
    ward_id = patient.ward_id
    if encounter is None or encounter.status not in OPEN or ward_id is None:
        raise NotAllowed(
            "This patient is not in a bed. Medicines are charted during a stay.",
            "medications.no-stay",
        )
    return await held_on(work, patient, encounter, ward_id)


async def held_on(work: Work, patient: Patient, encounter: Encounter, ward_id: UUID) -> Held:
    """Complete a patient that is locked already with the ward, its clock and its settings."""
    aside = work.watched(_READER, frozenset({D0}))
    place = (await aside.every(select(Ward).where(Ward.id == ward_id), Permission.VIEW_PLACES))[0]
    settings = await settings_of(work, ward_id)
    return Held(patient, encounter, place, ZoneInfo(place.zone), settings)


def actor_id(work: Work) -> UUID | None:
    """Tell which user acts; None for a border or a job."""
    return work.actor.id if isinstance(work.actor, Actor) else None
