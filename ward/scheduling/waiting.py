"""Who waits for an earlier appointment, what each was offered, and calendars that are shared."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Time, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.waitlists import Leaving, OfferStatus, Priority
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.details import Wish
from ward.scheduling.models import ROLE, Appointment, Hold
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
    `opens` and `closes` are the hours that suit, by the clock of the clinic.
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
        CheckConstraint("not_after >= not_before", name="days"),
        CheckConstraint("closes > opens", name="times"),
        CheckConstraint("notice_hours BETWEEN 0 AND 720", name="notice"),
        CheckConstraint("(status = 'withdrawn') = (left_why IS NOT NULL)", name="left_why"),
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
    opens: Mapped[time | None] = mapped_column(Time())
    closes: Mapped[time | None] = mapped_column(Time())
    notice_hours: Mapped[int] = mapped_column(default=24)
    short_notice: Mapped[bool] = mapped_column(default=False)  # may be telephoned for a sooner one
    wish: Mapped[bytes] = sealed(Wish)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    left_why: Mapped[Leaving | None]
    left_note: Mapped[bytes | None] = sealed(str)


class WaitlistOffer(Model):
    """A time that is kept for somebody on the waiting list until they have answered.

    What is kept for them is in the reservations of its hold.
    """

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
    by_phone: Mapped[bool] = mapped_column(default=False)  # no message reaches them in time
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_as: Mapped[str | None] = clear(ROLE)
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
explain("ck_waitlist_entry_days", "The last day must not be before the first.")
explain("ck_waitlist_entry_times", "The end must be after the start.")
explain("ck_waitlist_entry_notice", "Notice is given in hours, 720 at most.")
