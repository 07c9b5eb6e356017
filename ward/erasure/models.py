"""Tables: who asked that a record be erased, who agreed, and why."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.security.models import User

explain("uq_erasure_waiting", "Somebody has asked for this record to be erased already.")
explain("ck_erasure_two_people", "Whoever asked cannot agree. Somebody else decides it.")


class Ground(StrEnum):
    """Why a record is erased."""

    REQUEST = "request"
    RETENTION = "retention"
    ORDER = "order"
    MISTAKE = "mistake"

    @property
    def word(self) -> str:
        """Say it in a few words."""
        return _WORDS[self]


_WORDS = {
    Ground.REQUEST: "The person asked for it",
    Ground.RETENTION: "Kept for as long as the law asks",
    Ground.ORDER: "A court or an authority orders it",
    Ground.MISTAKE: "The record should never have been made",
}


class ErasureState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


class Erasure(Model):
    """A record to be erased: one person asks, another agrees. Its reason outlives the record."""

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by OR state <> 'done'", name="two_people"),
        CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)"
            " AND (state = 'waiting') = (decided_by IS NULL)",
            name="decided_by_somebody",
        ),
        Index(
            "uq_erasure_waiting",
            "patient_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
    )
    scope = Scope(house=True)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    state: Mapped[ErasureState] = mapped_column(default=ErasureState.WAITING)
    ground: Mapped[Ground]
    reason: Mapped[bytes] = sealed(str)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    decided_at: Mapped[datetime | None]
