"""Tasks: what is to be done for a patient, by whom, until when."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.duty import DutyRole
from domain.tasks import Priority, TaskStatus
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.models import User


class TaskSource(StrEnum):
    """Where a task came from."""

    MANUAL = "manual"
    ADMISSION = "admission"
    PRESET = "preset"
    PROTOCOL = "protocol"

    @property
    def word(self) -> str:
        """Name where a task came from."""
        return self.value.capitalize()


class NursingTask(Model):
    """Something to be done; in FHIR a Task.

    Without an owner it is the role's: for nurses, whoever has the patient's bed does it. A task
    that ended without `ended_by` was ended by Ward itself, when the patient left.
    """

    __tablename__ = "nursing_task"
    __table_args__ = (
        CheckConstraint(
            "(status IN ('completed', 'cancelled', 'failed')) = (ended_at IS NOT NULL)",
            name="ended_has_an_end",
        ),
        Index(
            "ix_nursing_task_standing",
            "ward_id",
            "due_at",
            postgresql_where=text("status IN ('requested', 'accepted', 'in-progress')"),
        ),
        Index(
            "uq_nursing_task_once",
            "patient_id",
            "once",
            unique=True,
            postgresql_where=text("once IS NOT NULL"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    code: Mapped[str | None] = clear("key of a preset, part of the code")
    once: Mapped[str | None] = clear("what raised it, so that it is raised once")
    what: Mapped[bytes] = sealed(str)
    reason: Mapped[bytes | None] = sealed(str)
    source: Mapped[TaskSource] = mapped_column(default=TaskSource.MANUAL)
    priority: Mapped[Priority] = mapped_column(default=Priority.ROUTINE)
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.REQUESTED)
    part: Mapped[DutyRole] = mapped_column(default=DutyRole.NURSE)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), index=True)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    ended_reason: Mapped[bytes | None] = sealed(str)


explain("uq_nursing_task_once", "This task stands already.")
