"""Patients: people under care, their allergies and their conditions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.allergies import (
    AllergyState,
    Category,
    Clinical,
    Criticality,
    Kind,
    Severity,
    Verification,
)
from domain.conditions import Certainty, ConditionStatus
from realtime.tables import Xid8
from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.person import Person
from ward.places.models import Ward
from ward.security.models import User
from ward.sources import Source

KEYED = "keyed hash, full length: equal or not, nothing more"
SEEN = "keyed hash of what a border sent last: the same again changes nothing"


class Life(StrEnum):
    """Whether the patient lives; the day of a death is sealed with the identity."""

    ALIVE = "alive"
    DEAD = "dead"


class Patient(Model):
    """A person under care; in FHIR a Patient. The identity is one envelope under their own key."""

    __tablename__ = "patient"
    __table_args__ = (Index("ix_patient_changed_xid", "changed_xid"),)
    scope = Scope(patient="id")

    identity: Mapped[bytes] = sealed(Person)
    mrn_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": KEYED})
    national_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": KEYED})
    source_seen: Mapped[bytes | None] = mapped_column(info={"clear": SEEN})
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id), index=True)
    life: Mapped[Life] = mapped_column(default=Life.ALIVE)
    allergy_state: Mapped[AllergyState] = mapped_column(default=AllergyState.NOT_RECORDED)
    registered_at: Mapped[datetime]
    changed_xid: Mapped[int] = mapped_column(
        Xid8(), server_default=FetchedValue(), server_onupdate=FetchedValue(), deferred=True
    )


class PatientAccount(Model):
    """Who signs in as which patient: the relation to one's own record."""

    __tablename__ = "patient_account"
    scope = Scope(patient="patient_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), unique=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PatientSource(Source):
    """A key by which another system knows a patient."""

    __tablename__ = "patient_source"
    scope = Scope(patient="patient_id")
    of = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)


@dataclass(frozen=True, slots=True, repr=False)
class AllergyDetail:
    """What is sealed of an allergy."""

    substance: str
    reactions: tuple[str, ...] = ()
    severity: Severity | None = None
    note: str = ""
    code: str = ""
    system: str = ""
    onset: str = ""
    kind: Kind | None = None  # allergy or intolerance; None: nobody has said


class Allergy(Model):
    """An allergy or intolerance; in FHIR an AllergyIntolerance."""

    __tablename__ = "allergy"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    detail: Mapped[bytes] = sealed(AllergyDetail)
    category: Mapped[Category | None]
    criticality: Mapped[Criticality | None]
    clinical: Mapped[Clinical] = mapped_column(default=Clinical.ACTIVE)
    verification: Mapped[Verification] = mapped_column(default=Verification.UNCONFIRMED)
    reason: Mapped[bytes | None] = sealed(str)  # why it was taken back
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("allergy.id"), unique=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    source_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": KEYED})
    source_seen: Mapped[bytes | None] = mapped_column(info={"clear": SEEN})


@dataclass(frozen=True, slots=True, repr=False)
class ConditionDetail:
    """What is sealed of a condition."""

    text: str
    code: str = ""
    system: str = ""
    severity: str = ""
    onset: str = ""
    abated: str = ""
    note: str = ""


class ConditionKind(StrEnum):
    """FHIR R4 Condition.category."""

    PROBLEM = "problem-list-item"
    DIAGNOSIS = "encounter-diagnosis"


class Condition(Model):
    """A problem, a diagnosis or another state of health; in FHIR a Condition."""

    __tablename__ = "condition"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    detail: Mapped[bytes] = sealed(ConditionDetail)
    kind: Mapped[ConditionKind] = mapped_column(default=ConditionKind.PROBLEM)
    clinical: Mapped[ConditionStatus | None]
    certainty: Mapped[Certainty | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    source_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": KEYED})
    source_seen: Mapped[bytes | None] = mapped_column(info={"clear": SEEN})


explain(
    "uq_patient_mrn_hash", "This record number belongs to another patient. Search for it first."
)
explain(
    "uq_patient_national_hash",
    "This national number belongs to another patient. Search for it first.",
)
explain("uq_patient_source_mark", "This record was just taken in by another import.")
explain("uq_allergy_replaces_id", "Somebody else corrected this allergy just now.")
explain("uq_allergy_source_hash", "This allergy was just taken in by another message.")
