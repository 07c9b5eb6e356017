"""Flags: what stands about a patient, and each decision about resuscitation, kept for good."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.access import Role
from domain.flags import Ending, FlagKind, Resuscitation
from ward.adt.models import Encounter
from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.security.models import User


class StandingFlag(Model):
    """A warning; in FHIR a Flag: of a stay (with its encounter) or of the person (without)."""

    __tablename__ = "standing_flag"
    __table_args__ = (
        Index(
            "uq_standing_flag_now",
            "patient_id",
            "kind",
            "encounter_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended"),
        Index("ix_standing_flag_patient", "patient_id"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Encounter.id))
    kind: Mapped[FlagKind]
    words: Mapped[bytes | None] = sealed(str)
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    ends_at: Mapped[datetime | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("standing_flag.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    ending: Mapped[Ending | None]
    end_reason: Mapped[bytes | None] = sealed(str)


class ResuscitationDecision(Model):
    """What was decided about resuscitation; in FHIR a Flag of the category advance-directive.

    The newest that was not entered in error stands; the others stay to be read.
    """

    __tablename__ = "resuscitation_decision"
    __table_args__ = (
        Index(
            "uq_resuscitation_decision_now",
            "patient_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL AND voided_at IS NULL"),
        ),
        Index("ix_resuscitation_decision_patient", "patient_id"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Encounter.id))
    status: Mapped[Resuscitation]
    reason: Mapped[bytes | None] = sealed(str)
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    decided_as: Mapped[Role | None]
    review_on: Mapped[date | None]
    replaced_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    void_reason: Mapped[bytes | None] = sealed(str)


explain("uq_standing_flag_now", "This flag was set just now by somebody else.")
explain("uq_resuscitation_decision_now", "Somebody else has decided just now. Look again.")
