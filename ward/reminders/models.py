"""Reminders: one row for each appointment time, channel and offset, and what became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.reminder_words import Occasion
from domain.reminders import Channel
from ward.db import Model, Scope, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.scheduling.models import Appointment, AppointmentHistory
from ward.scheduling.waiting import WaitlistOffer

HASHED = "hash of a token that only a keyed hash of the row's id gives"


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
        return {"dropped": "Not sent"}.get(self.value, self.value.replace("-", " ").capitalize())


class Reply(StrEnum):
    """What the patient answered by the link; our own words."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.capitalize()


class Reminder(Model):
    """A message to a patient about one appointment at one time, or about a time that is offered.

    In FHIR a Communication. `starts_at` is the time it speaks of: when the appointment has moved,
    it is not sent. `minutes_before` is 0 for a message about a change or an offer, which is sent at
    once, and once for each channel; `step_id` is the change. The row's id is the key under which it
    is handed over.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        Index(
            "uq_reminder_once",
            "appointment_id",
            "starts_at",
            "channel",
            "minutes_before",
            unique=True,
            postgresql_where=text("minutes_before > 0"),
        ),
        Index("uq_reminder_step_id", "step_id", "channel", unique=True),
        Index("uq_reminder_offer_id", "offer_id", "channel", unique=True),
        CheckConstraint("minutes_before >= 0", name="before"),
        CheckConstraint("num_nonnulls(appointment_id, offer_id) = 1", name="about_one"),
        CheckConstraint("(occasion = 'offer') = (offer_id IS NOT NULL)", name="offers_a_time"),
        CheckConstraint(
            "(minutes_before = 0) = (num_nonnulls(step_id, offer_id) = 1)",
            name="change_has_a_step",
        ),
        CheckConstraint("status <> 'sent' OR sent_at IS NOT NULL", name="sent_at_a_time"),
        CheckConstraint("status <> 'sending' OR claimed_at IS NOT NULL", name="claimed_at_a_time"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="replied_at_a_time"),
        Index("ix_reminder_due", "due_at", postgresql_where=text("status = 'planned'")),
        Index("ix_reminder_sending", "claimed_at", postgresql_where=text("status = 'sending'")),
        Index(
            "ix_reminder_problem",
            "starts_at",
            postgresql_where=text("status IN ('failed', 'in-doubt')"),
        ),
        Index("ix_reminder_sent", "sent_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Appointment.id), index=True)
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey(WaitlistOffer.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    starts_at: Mapped[datetime]
    channel: Mapped[Channel]
    occasion: Mapped[Occasion] = mapped_column(default=Occasion.REMINDER)
    minutes_before: Mapped[int]
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey(AppointmentHistory.id))
    due_at: Mapped[datetime]
    status: Mapped[ReminderStatus] = mapped_column(default=ReminderStatus.PLANNED)
    tries: Mapped[int] = mapped_column(default=0)  # that came to nothing
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    problem: Mapped[bytes | None] = sealed(str)  # what the gateway said, or why it was not sent
    link_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": HASHED})
    reply: Mapped[Reply | None]
    replied_at: Mapped[datetime | None]


explain("uq_reminder_once", "This reminder is planned already.")
explain("uq_reminder_offer_id", "The patient is being told of this offer already.")
explain("uq_reminder_step_id", "The patient is being told of this change already.")
