"""Wristbands: the number a patient is scanned by, and the bands that were printed of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.wristbands import Carries, Cause, Printed
from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.models import KEYED, Patient
from ward.security.models import User

SERIALS = Sequence("gsrn_serial", metadata=Model.metadata, start=1)


class RecipientNumber(Model):
    """A patient's GSRN, the same on all their bands; in FHIR a Patient.identifier."""

    __tablename__ = "recipient_number"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), unique=True)
    number: Mapped[bytes] = sealed(str)
    number_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": KEYED})


class Wristband(Model):
    """One band; in FHIR a Device of the Patient. The newest is valid, all before it are not."""

    __tablename__ = "wristband"
    __table_args__ = (
        UniqueConstraint("patient_id", "issue"),
        CheckConstraint("issue > 0", name="issue"),
        CheckConstraint("(cause = 'first') = (issue = 1)", name="first"),
        Index(
            "uq_wristband_valid",
            "patient_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    issue: Mapped[int]
    carries: Mapped[Carries]
    cause: Mapped[Cause]
    printed_as: Mapped[bytes] = sealed(Printed)
    printed_at: Mapped[datetime]
    printed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    replaced_at: Mapped[datetime | None]


explain("uq_wristband_valid", "Another wristband was issued just now. Look again.")
explain("uq_wristband_patient_id_issue", "Another wristband was issued just now. Look again.")
explain("uq_recipient_number_patient_id", "Another wristband was issued just now. Look again.")
