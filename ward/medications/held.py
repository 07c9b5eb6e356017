"""Held: a patient in a stay, with the ward, its clock and its settings; locked by every command.

Locks are taken in this order: patient, request, dose, claim.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import D0, Permission
from domain.display import instant
from domain.doses import WRITE_WITHIN
from domain.encounters import OPEN, EncounterStatus
from domain.errors import NotAllowed
from ward.adt.models import Encounter
from ward.adt.visits import open_encounter
from ward.errors import Missing
from ward.medications.models import MedicationRequest
from ward.medications.settings import WardSettings, settings_of
from ward.patients.banner import zone_of
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.actors import Actor, System
from ward.work import Lock, Work

_READER = System("job:medicines", frozenset())
NO_STAY = "This patient is not in a bed. Medicines are charted during a stay."


@dataclass(frozen=True, slots=True)
class Held:
    """Where a patient lies, and what holds there; after the stay, where they lay last."""

    patient: Patient
    encounter: Encounter
    ward: Ward
    zone: ZoneInfo
    settings: WardSettings

    @property
    def left_at(self) -> datetime | None:
        """Tell when the stay ended; None while it lasts."""
        ended = self.encounter.status is EncounterStatus.FINISHED
        return self.encounter.discharged_at if ended else None

    def refuse_outside(self, at: datetime) -> None:
        """Refuse a time at which the patient was not here."""
        since, until = self.encounter.admitted_at, self.left_at
        if since is not None and at < since.replace(second=0, microsecond=0):
            raise NotAllowed("This time is before the patient was admitted.", "dose.before-stay")
        if until is not None and at > until:
            when = instant(until, self.zone)
            raise NotAllowed(
                f"The patient left {when}. Enter when the dose was given.", "dose.after-stay"
            )


async def hold(
    work: Work, patient_id: UUID, permission: Permission, *, lock: Lock = "share"
) -> Held:
    """Lock a patient; refused when there is no open stay: medicines are given during a stay."""
    patient = await work.access(Patient, patient_id, permission, lock=lock)
    encounter = await open_encounter(work, patient_id, permission)
    ward_id = patient.ward_id
    if encounter is None or encounter.status not in OPEN or ward_id is None:
        raise NotAllowed(NO_STAY, "medications.no-stay")
    return await held_on(work, patient, encounter, ward_id)


async def hold_stay(
    work: Work, patient_id: UUID, request_id: UUID, permission: Permission, *, lock: Lock
) -> Held:
    """Lock a patient in the stay of an order; for a day after it, what was done is written down."""
    patient = await work.access(Patient, patient_id, permission, lock=lock)
    ordered = MedicationRequest.encounter_id == Encounter.id
    of = select(Encounter).join(MedicationRequest, ordered)
    found = await work.every(of.where(MedicationRequest.id == request_id), permission)
    if not found:
        raise Missing
    encounter = found[0]
    if encounter.status in OPEN and patient.ward_id is not None:
        return await held_on(work, patient, encounter, patient.ward_id)
    left = encounter.discharged_at
    if encounter.status is not EncounterStatus.FINISHED or not left or not encounter.ward_id:
        raise NotAllowed(NO_STAY, "medications.no-stay")
    if work.now - left > WRITE_WITHIN:
        raise NotAllowed(
            "The stay ended more than a day ago. Its chart can no longer be added to here.",
            "medications.stay-over",
        )
    return await held_on(work, patient, encounter, encounter.ward_id)


async def zone_of_stay(
    work: Work, patient: Patient, encounter_id: UUID, permission: Permission
) -> tzinfo:
    """Tell by which clock a stay is charted, also after it."""
    if patient.ward_id is not None:
        return await zone_of(work, patient)
    encounter = await work.access(Encounter, encounter_id, permission)
    aside = work.watched(_READER, frozenset({D0}))
    last = select(Ward).where(Ward.id == encounter.ward_id)
    places = await aside.every(last, Permission.VIEW_PLACES)
    return ZoneInfo(places[0].zone) if places else await zone_of(work, patient)


async def held_on(work: Work, patient: Patient, encounter: Encounter, ward_id: UUID) -> Held:
    """Complete a patient that is locked already with the ward, its clock and its settings."""
    aside = work.watched(_READER, frozenset({D0}))
    place = (await aside.every(select(Ward).where(Ward.id == ward_id), Permission.VIEW_PLACES))[0]
    settings = await settings_of(work, ward_id)
    return Held(patient, encounter, place, ZoneInfo(place.zone), settings)


def actor_id(work: Work) -> UUID | None:
    """Tell which user acts; None for a border or a job."""
    return work.actor.id if isinstance(work.actor, Actor) else None
