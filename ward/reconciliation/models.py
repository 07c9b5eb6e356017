"""What patients take at home, and what was decided about each medicine."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.reconciliation import Decision, HomeSource, ListState, Stage
from ward.adt.models import Encounter
from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.security.models import User


@dataclass(frozen=True, slots=True, repr=False)
class HomeDetail:
    """A medicine as the patient takes it, in the words it was told."""

    name: str
    dose: str = ""
    often: str = ""
    indication: str = ""
    last_taken: str = ""
    note: str = ""


class HomeList(Model):
    """That somebody asked, in this stay, what the patient takes; without a row nobody has."""

    __tablename__ = "home_list"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), unique=True)
    state: Mapped[ListState]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class HomeMedicine(Model):
    """A medicine from home; in FHIR a MedicationStatement. Taken back, never erased."""

    __tablename__ = "home_medicine"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    source: Mapped[HomeSource]
    detail: Mapped[bytes] = sealed(HomeDetail)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    void_reason: Mapped[bytes | None] = sealed(str)

    __table_args__ = (
        CheckConstraint("(voided_at IS NULL) = (voided_by IS NULL)", name="voided"),
        Index("ix_home_medicine_list", "patient_id", "encounter_id"),
    )


class HomeDecision(Model):
    """What becomes of a medicine at one stage; another decision replaces it and stays beside it."""

    __tablename__ = "home_decision"
    __table_args__ = (
        Index(
            "uq_home_decision_now",
            "home_medicine_id",
            "stage",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    home_medicine_id: Mapped[UUID] = mapped_column(ForeignKey(HomeMedicine.id))
    stage: Mapped[Stage]
    decision: Mapped[Decision]
    reason: Mapped[bytes | None] = sealed(str)
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    replaced_at: Mapped[datetime | None]


explain("uq_home_list_encounter_id", "Somebody else has just recorded what the patient takes.")
explain("uq_home_decision_now", "Somebody else has just decided about this medicine. Look again.")
