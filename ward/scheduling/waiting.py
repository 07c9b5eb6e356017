"""Who waits for an earlier appointment, what each was offered, and calendars that are shared."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.waitlists import OfferStatus, Priority
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.details import Wish
from ward.scheduling.models import Appointment, Hold
from ward.security.models import User

HASHED = "hash of a random token"


class WaitStatus(StrEnum):
    """Where somebody on the waiting list stands; our own words."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.capitalize()


class WaitlistEntry(Model):
    """A patient waits for a visit; in FHIR an Appointment with the status waitlist.

    `has_id` is the later appointment they would give up for an earlier one. No weekdays: any.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        Index(
            "uq_waitlist_entry_open",
            "patient_id",
            "visit_type_id",
            unique=True,
            postgresql_where=text("status IN ('waiting', 'offered')"),
        ),
        Index(
            "ix_waitlist_entry_open",
            "ward_id",
            postgresql_where=text("status IN ('waiting', 'offered')"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    visit_type_id: Mapped[UUID] = mapped_column(ForeignKey(VisitType.id))
    resource_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id))  # this one alone
    has_id: Mapped[UUID | None] = mapped_column(ForeignKey(Appointment.id))
    status: Mapped[WaitStatus] = mapped_column(default=WaitStatus.WAITING)
    priority: Mapped[Priority] = mapped_column(default=Priority.ROUTINE)
    target_on: Mapped[date | None]
    not_before: Mapped[date | None]
    not_after: Mapped[date | None]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    notice_hours: Mapped[int] = mapped_column(default=24)
    wish: Mapped[bytes] = sealed(Wish)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WaitlistOffer(Model):
    """A time that is kept for somebody on the waiting list until they have answered."""

    __tablename__ = "waitlist_offer"
    __table_args__ = (
        Index(
            "uq_waitlist_offer_open",
            "entry_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        CheckConstraint("(status = 'open') = (answered_at IS NULL)", name="answered_at_a_time"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey(WaitlistEntry.id), index=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey(Hold.id), unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    until: Mapped[datetime]
    status: Mapped[OfferStatus] = mapped_column(default=OfferStatus.OPEN)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": HASHED})
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Appointment.id))


class CalendarFeed(Model):
    """A calendar that another program reads by a secret address; it names no patient and no reason.

    It is of a resource, or of a patient: then of their own appointments.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        CheckConstraint("num_nonnulls(resource_id, patient_id) = 1", name="one_owner"),
    )
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)  # who shared it
    resource_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id), index=True)
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey(Patient.id), index=True)
    label: Mapped[str] = clear("what the person calls the program that reads it", default="")
    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": HASHED})
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


explain("uq_waitlist_entry_open", "This patient is on the waiting list for this visit already.")
explain("uq_waitlist_offer_open", "This patient is being offered a time already.")
