"""Subject: whom a sheet is about: the encounter, the name, the bed, as a form shows them."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import D0, D1, Permission
from ward.adt import queries
from ward.adt.models import Encounter
from ward.patients.queries import names_of
from ward.projections import projection
from ward.work import Work


@projection(D0)
class StayForm:
    """What a form carries of an encounter."""

    encounter_id: UUID
    version: int


@projection(D1)
class Who:
    """Whom a form names."""

    patient_id: UUID
    name: str
    known: str

    @property
    def head(self) -> dict[str, str]:
        """Give the head of a sheet who it is about, and what tells her from another."""
        return {"who": self.name, "known": self.known}


@dataclass(frozen=True, slots=True)
class Subject:
    """One patient in one bed, or in none."""

    stay: StayForm
    who: Who
    place: queries.Place | None
    zone: ZoneInfo

    @property
    def bed_label(self) -> str:
        """Name the bed, for a form."""
        return self.place.bed if self.place else ""


async def subject(work: Work, encounter_id: UUID, permission: Permission) -> Subject:
    """Answer: whom is this form about?"""
    encounter = await work.access(Encounter, encounter_id, permission)
    patient_id = encounter.patient_id
    place = (await queries.places(work, [patient_id])).get(patient_id)
    zones = await queries.zones_of(work, [encounter.branch_id])
    zone = ZoneInfo(zones.get(encounter.branch_id, "UTC"))
    return Subject(
        StayForm(encounter.id, encounter.version),
        await who(work, patient_id, zone),
        place if place and place.encounter_id == encounter.id else None,
        zone,
    )


async def who(work: Work, patient_id: UUID, zone: tzinfo | None) -> Who:
    """Answer: what is this patient called, and known by? `zone` is the hospital's, for ages."""
    named = (await names_of(work, [patient_id], zone or UTC)).get(patient_id)
    if named is None:
        return Who(patient_id, "this patient", "")
    return Who(patient_id, named.name, named.known)
