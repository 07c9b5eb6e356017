"""Results whose patient is not known, and what somebody decided about each."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, sealed
from ward.interop.hl7.models import Hl7Message
from ward.patients.models import Patient
from ward.security.models import User


class Decision(StrEnum):
    """What somebody makes of results without a patient; our own words."""

    MATCHED = "matched"
    CREATED = "created"
    REJECTED = "rejected"
    SETTLED = "settled"  # at the intake page

    @property
    def word(self) -> str:
        """Say it as the page does."""
        return _WORDS.get(self.value, self.value.capitalize())


_WORDS = {"created": "New record made", "settled": "Settled at the intake"}


class UnmatchedResult(Model):
    """A message with results that wait for their patient; the message itself stays as it came.

    `worst` is the gravest rank of its results (domain.labs): no ward sees them, so the laboratory
    must telephone.
    """

    __tablename__ = "hl7_unmatched"
    __table_args__ = (
        CheckConstraint("worst BETWEEN 0 AND 3", name="worst"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)"
            " AND (decision = 'matched') = (patient_id IS NOT NULL)",
            name="decided_whole",
        ),
        Index("ix_hl7_unmatched_open", "since", postgresql_where=text("decision IS NULL")),
    )
    scope = Scope(house=True)
    subject = "message_id"

    message_id: Mapped[UUID] = mapped_column(ForeignKey(Hl7Message.id), unique=True)
    since: Mapped[datetime]
    worst: Mapped[int] = mapped_column(default=0)
    decision: Mapped[Decision | None]
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey(Patient.id), index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    said: Mapped[bytes | None] = sealed(str)  # why, in the decider's words
