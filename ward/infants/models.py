"""Infant links: an infant and its mother, from when until when, and why no longer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient


class InfantLink(Model):
    """An infant and its mother; in HL7 v2 the mother's number in the infant's PID-21.

    The row hangs on the infant (`patient_id`). Nobody is told of the mother by it: her name and
    place are hers.
    """

    __tablename__ = "infant_link"
    __table_args__ = (
        CheckConstraint("patient_id <> mother_id", name="two_people"),
        CheckConstraint("ended_at >= linked_at", name="order"),
        Index(
            "uq_infant_link_open",
            "patient_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_infant_link_mother", "mother_id", postgresql_where=text("ended_at IS NULL")),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    mother_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[bytes | None] = sealed(str)  # why it was removed
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear("role or name of a system, never a person's name")


explain("uq_infant_link_open", "This infant is linked to a mother already. Look again.")
explain("ck_infant_link_two_people", "Nobody is their own mother. Choose the other patient.")
