"""Tickets: who has come to a clinic today, and where each of them is."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.queues import TicketState
from ward.db import Model, Scope, clear
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Ward, zone_on
from ward.scheduling.clinics import Resource
from ward.scheduling.models import ROLE, Appointment


class Ticket(Model):
    """A place in the queue of a clinic on one day; the number is all that a public screen shows."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("ward_id", "on_day", "number"),
        CheckConstraint(
            "state NOT IN ('called', 'in-room') OR called_at IS NOT NULL", name="called_at_a_time"
        ),
        CheckConstraint(
            "(state IN ('done', 'left')) = (ended_at IS NOT NULL)", name="ended_at_a_time"
        ),
        Index(
            "uq_ticket_open",
            "patient_id",
            "ward_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'called', 'in-room')"),
        ),
        Index("ix_ticket_day", "ward_id", "on_day"),
    )
    scope = Scope(patient="patient_id")

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey(Appointment.id), unique=True)
    on_day: Mapped[date]
    number: Mapped[int]
    state: Mapped[TicketState] = mapped_column(default=TicketState.WAITING)
    walked_in: Mapped[bool] = mapped_column(default=False)
    waits_since: Mapped[datetime]
    called_at: Mapped[datetime | None]
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id))
    in_room_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    zone: Mapped[str] = zone_on(ward_id)


class TicketStep(Model):
    """One press on a place in the queue, kept for good: how it stood before, to take it back.

    How it stood after is what the next one was before, or how the ticket stands.
    """

    __tablename__ = "ticket_step"
    __table_args__ = (Index("ix_ticket_step", "ticket_id", "at"),)
    scope = Scope(patient="patient_id")

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey(Ticket.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    was: Mapped[TicketState]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear(ROLE)
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id))
    called_at: Mapped[datetime | None]
    in_room_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class CheckInCode(Model):
    """The code on an appointment's letter: whoever shows it has come; good for that day alone.

    A newer one for the same appointment revokes it: what was printed twice counts once.
    """

    __tablename__ = "check_in_code"
    scope = Scope(patient="patient_id")

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey(Appointment.id), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random token"})
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


explain("uq_ticket_open", "This patient has a place in the queue already.")
explain("uq_ticket_appointment_id", "This patient has arrived already.")
explain("uq_ticket_ward_id_on_day_number", "Somebody just took this number. Try again.")
