"""Join codes: how a patient comes to an account; choices: a time that is kept while they decide."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Branch
from ward.scheduling.models import Appointment, Hold
from ward.security.models import User


class JoinCode(Model):
    """A code that reception gave a patient; good once, with the birth date, for some days."""

    __tablename__ = "join_code"
    __table_args__ = (
        Index(
            "uq_join_code_standing",
            "patient_id",
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )
    scope = Scope(patient="patient_id")

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id))  # whose patient they become
    code_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random code"})
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # with a wrong birth date
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Choice(Model):
    """A time that is kept for a patient while they decide whether to move an appointment to it."""

    __tablename__ = "own_choice"
    scope = Scope(patient="patient_id")

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey(Appointment.id), index=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey(Hold.id), unique=True)
    made_at: Mapped[datetime]


explain("uq_join_code_standing", "Somebody else has just made a code for this patient.")
