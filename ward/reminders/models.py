"""Reminders: one row for each appointment time, channel and offset, and what became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.reminders import Channel
from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.scheduling.models import Appointment


class ReminderStatus(StrEnum):
    """Where a reminder stands; our own words.

    In doubt: the worker died between handing it over and writing that down.
    """

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    IN_DOUBT = "in-doubt"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.replace("-", " ").capitalize()


class Reminder(Model):
    """A message to a patient about one appointment at one time; in FHIR a Communication.

    `starts_at` is the time it speaks of: when the appointment has moved, it is not sent.
    `minutes_before` is 0 for a message about a change, which is sent at once.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint(
            "appointment_id", "starts_at", "channel", "minutes_before", name="uq_reminder_once"
        ),
        CheckConstraint("minutes_before >= 0", name="before"),
        CheckConstraint("status <> 'sent' OR sent_at IS NOT NULL", name="sent_at_a_time"),
        Index("ix_reminder_due", "due_at", postgresql_where=text("status = 'planned'")),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey(Appointment.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    starts_at: Mapped[datetime]
    channel: Mapped[Channel]
    minutes_before: Mapped[int]
    due_at: Mapped[datetime]
    status: Mapped[ReminderStatus] = mapped_column(default=ReminderStatus.PLANNED)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    problem: Mapped[bytes | None] = sealed(str)  # what the gateway said


explain("uq_reminder_once", "This reminder is planned already.")
