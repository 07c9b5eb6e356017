"""What is booked: appointments, what each of them takes, and the holds of those who are booking.

The times of a clinic and what it offers are in clinics.py, the waiting list in waiting.py.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain import appointments
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Ward, zone_on
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.details import AppointmentDetail
from ward.security.models import User

KEYED = "keyed hash, full length: equal or not, nothing more"
ROLE = "role or name of a system, never a person's name"
WALL = "the local time that was agreed, as YYYY-MM-DDTHH:MM; fold is kept beside it"
BLOCKING = "status IN ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled')"
BLOCKING_STATES = sorted(appointments.BLOCKING)


class Series(Model):
    """Appointments that recur; in FHIR R5 Appointment.recurrenceTemplate. `rule` is RFC 5545.

    What was meant for `ends_before` or later no longer belongs to it: cancelled by `ended_by`, or
    given another time, as the series that `follows_id` this one.
    """

    __tablename__ = "appointment_series"
    __table_args__ = (
        CheckConstraint("(ends_before IS NULL) = (ended_at IS NULL)", name="ended_at_a_time"),
    )
    scope = Scope(patient="patient_id")

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    visit_type_id: Mapped[UUID] = mapped_column(ForeignKey(VisitType.id))
    rule: Mapped[str] = clear("RRULE: how often, no patient data")
    wall: Mapped[str] = clear(WALL)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    ends_before: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment_series.id"), index=True)
    zone: Mapped[str] = zone_on(ward_id)


class Appointment(Model):
    """A patient comes to a clinic; in FHIR an Appointment.

    A rescheduled appointment keeps its row: its steps tell where it was. `wall` and `fold` are the
    local time that was agreed, from which the instants were worked out.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="length"),
        CheckConstraint(
            "CASE status WHEN 'cancelled' THEN cancel_reason IS NOT NULL WHEN 'noshow' THEN true"
            " ELSE cancel_reason IS NULL END",
            name="cancelled_has_a_reason",
        ),
        CheckConstraint(
            "status NOT IN ('arrived', 'checked-in') OR arrived_at IS NOT NULL",
            name="arrived_has_a_time",
        ),
        ExcludeConstraint(
            (func.uuidrange(column("patient_id"), column("patient_id"), text("'[]'")), "&&"),
            (func.tstzrange(column("starts_at"), column("ends_at")), "&&"),
            where=text(f"{BLOCKING} AND NOT overbooked"),
            name="ex_appointment_patient",
        ),
        Index("ix_appointment_day", "ward_id", "starts_at"),
        Index("ix_appointment_patient", "patient_id", "starts_at"),
        Index("uq_appointment_series", "series_id", "original_start", unique=True),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    visit_type_id: Mapped[UUID] = mapped_column(ForeignKey(VisitType.id), index=True)
    status: Mapped[AppointmentStatus]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    wall: Mapped[str] = clear(WALL)
    fold: Mapped[int] = mapped_column(default=0)
    detail: Mapped[bytes] = sealed(AppointmentDetail)
    overbooked: Mapped[bool] = mapped_column(default=False)
    overbook_reason: Mapped[bytes | None] = sealed(str)
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey(Series.id))
    original_start: Mapped[datetime | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    cancel_reason: Mapped[CancellationReason | None]
    booked_at: Mapped[datetime]
    booked_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    booked_as: Mapped[str] = clear(ROLE)
    confirmed_at: Mapped[datetime | None]  # the patient said that they come
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # seen, cancelled, did not attend, or entered in error
    moved_at: Mapped[datetime]  # the last step, so that each step is a new version
    source_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": KEYED})
    source_seen: Mapped[bytes | None] = mapped_column(info={"clear": KEYED})
    zone: Mapped[str] = zone_on(ward_id)


class AppointmentStep(StrEnum):
    """What happened to an appointment; our own words."""

    REQUESTED = "requested"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    AMENDED = "amended"
    OVERBOOKED = "overbooked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    SEEN = "seen"
    LEFT = "left"
    NO_SHOW = "no-show"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    WRONG = "entered-in-error"

    @property
    def word(self) -> str:
        """Name the step in the history."""
        return self.value.replace("-", " ").capitalize()


class AppointmentHistory(Model):
    """One step of an appointment, kept for good."""

    __tablename__ = "appointment_history"
    __table_args__ = (Index("ix_appointment_history", "appointment_id", "at"),)
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey(Appointment.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    step: Mapped[AppointmentStep]
    at: Mapped[datetime]
    was_at: Mapped[datetime | None]  # when it was to begin before
    starts_at: Mapped[datetime]
    was_confirmed_at: Mapped[datetime | None]  # so that who takes a new time back loses nothing
    note: Mapped[bytes | None] = sealed(str)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear(ROLE)


class Hold(Model):
    """Somebody is booking: a half-made booking that others see; in FHIR a Slot busy-tentative.

    It stands until `until`, or until it is ended. Who comes next ends one that has run out.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_hold_standing", "ward_id", "until", postgresql_where=text("ended_at IS NULL")),
        Index("ix_hold_user", "user_id", postgresql_where=text("ended_at IS NULL")),
    )
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))  # None: kept for a patient
    offered: Mapped[bool] = mapped_column(default=False)  # to somebody on the waiting list
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Reservation(Model):
    """A resource is taken for a while, buffers included; in FHIR a Slot.

    Exactly one of an appointment and a hold takes it. `lane` is which of the places of a resource
    that takes several; each takes one at a time, and the database sees to it. No patient here.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="length"),
        CheckConstraint("num_nonnulls(appointment_id, hold_id) = 1", name="one_taker"),
        ExcludeConstraint(
            (func.uuidrange(column("resource_id"), column("resource_id"), text("'[]'")), "&&"),
            (func.int8range(column("lane"), column("lane"), text("'[]'")), "&&"),
            (func.tstzrange(column("starts_at"), column("ends_at")), "&&"),
            where=text("ended_at IS NULL AND NOT overbooked"),
            name="ex_reservation",
        ),
        Index("ix_reservation_day", "resource_id", "starts_at"),
        Index("ix_reservation_appointment", "appointment_id"),
        Index("ix_reservation_hold", "hold_id"),
    )
    scope = Scope(ward="ward_id")

    resource_id: Mapped[UUID] = mapped_column(ForeignKey(Resource.id))
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))  # the resource's
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Appointment.id))
    hold_id: Mapped[UUID | None] = mapped_column(ForeignKey(Hold.id))
    lane: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    overbooked: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]


explain("ex_reservation", "Somebody else has just taken this time. Choose another.")
explain("ex_appointment_patient", "This patient has another appointment at that time.")
explain("uq_appointment_series", "This day of the series is booked already.")
explain("ck_appointment_length", "An appointment must end after it begins.")
explain("uq_appointment_source_hash", "This appointment was just taken in by another message.")
