"""Doubts: what a pharmacist asks a prescriber about an order, and the answer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.medications.models import MedicationRequest
from ward.patients.models import Patient
from ward.security.models import User


class PharmacyQuestion(Model):
    """A question about an order before it is verified; in FHIR a Communication about it.

    One at a time for an order: until it is answered it stands beside it, on the pharmacy's list.
    """

    __tablename__ = "pharmacy_question"
    __table_args__ = (
        Index(
            "uq_pharmacy_question_open",
            "request_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id))
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    question: Mapped[bytes] = sealed(str)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    answer: Mapped[bytes | None] = sealed(str)


explain("uq_pharmacy_question_open", "The prescriber has been asked about this order already.")
