"""What a clinic has and offers: its people, rooms and machines, their hours, its visits."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.appointment_codes import AppointmentType
from domain.clinic_hours import Why
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.places.models import Ward, zone_on
from ward.security.models import User


class ResourceKind(StrEnum):
    """What a resource is; in FHIR the kind of actor of a Schedule."""

    CLINICIAN = "clinician"
    ROOM = "room"
    DEVICE = "device"
    CLINIC = "clinic"  # several may serve: a nurse clinic, a group

    @property
    def word(self) -> str:
        """Name the kind on a page."""
        return {"device": "Equipment"}.get(self.value, self.value.capitalize())


class Resource(Model):
    """Somebody or something that is booked; in FHIR a Schedule and its actor.

    `label` is what the calendar calls it. `capacity` is how many it takes at once. A person is one
    resource, of one clinic: two could be booked at once.
    """

    __tablename__ = "resource"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 1 AND 50", name="capacity"),
        Index(
            "uq_resource_user",
            "user_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND user_id IS NOT NULL"),
        ),
    )
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    kind: Mapped[ResourceKind]
    label: Mapped[bytes] = sealed(str)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    capacity: Mapped[int] = mapped_column(default=1)
    overbook_most: Mapped[int] = mapped_column(default=1)  # at once, beyond its capacity
    position: Mapped[int] = mapped_column(default=0)  # its place among the columns
    ended_at: Mapped[datetime | None]
    zone: Mapped[str] = zone_on(ward_id)


class HoursKind(StrEnum):
    """What stands in a template; our own words."""

    OPEN = "open"
    BREAK = "break"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.capitalize()


class Hours(Model):
    """When a resource is there, by the clock on its wall: each week, or on one day beside that.

    In FHIR the planning of a Schedule; weekday 0 is Monday.
    """

    __tablename__ = "clinic_hours"
    __table_args__ = (
        CheckConstraint("num_nonnulls(weekday, on_day) = 1", name="weekly_or_once"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("closes > opens", name="order"),
        Index("ix_clinic_hours_standing", "resource_id", postgresql_where=text("ended_at IS NULL")),
    )
    scope = Scope(ward="ward_id")

    resource_id: Mapped[UUID] = mapped_column(ForeignKey(Resource.id))
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    kind: Mapped[HoursKind] = mapped_column(default=HoursKind.OPEN)
    weekday: Mapped[int | None]
    on_day: Mapped[date | None]
    opens: Mapped[time] = mapped_column(Time())
    closes: Mapped[time] = mapped_column(Time())
    since: Mapped[date]
    until: Mapped[date | None]
    label: Mapped[str] = clear("what stands in a break: Lunch, Cleaning", default="")
    ended_at: Mapped[datetime | None]


class Closure(Model):
    """A resource, or with none the whole clinic, is not there; in FHIR a Slot busy-unavailable."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="length"),
        Index(
            "ix_closure_standing", "ward_id", "ends_at", postgresql_where=text("ended_at IS NULL")
        ),
    )
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    resource_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id), index=True)
    why: Mapped[Why]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[bytes | None] = sealed(str)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    ended_at: Mapped[datetime | None]


class VisitType(Model):
    """A kind of visit that a clinic offers; in FHIR a HealthcareService.

    Buffers are kept free before and after; they belong to the resources, not to the patient's time.
    """

    __tablename__ = "visit_type"
    __table_args__ = (
        UniqueConstraint("ward_id", "label"),
        CheckConstraint("minutes BETWEEN 5 AND 720", name="minutes"),
        CheckConstraint(
            "before_minutes BETWEEN 0 AND 120 AND after_minutes BETWEEN 0 AND 120", name="buffers"
        ),
    )
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    label: Mapped[str] = clear("name of a visit that the clinic offers")
    kind: Mapped[AppointmentType]
    minutes: Mapped[int]
    before_minutes: Mapped[int] = mapped_column(default=0)
    after_minutes: Mapped[int] = mapped_column(default=0)
    remote: Mapped[bool] = mapped_column(default=False)  # by telephone or video
    online: Mapped[bool] = mapped_column(default=False)  # patients may book and move it themselves
    ended_at: Mapped[datetime | None]


class VisitNeed(Model):
    """What a visit needs beside the patient: one of a kind, or exactly this one."""

    __tablename__ = "visit_need"
    scope = Scope(ward="ward_id")

    visit_type_id: Mapped[UUID] = mapped_column(ForeignKey(VisitType.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    kind: Mapped[ResourceKind]
    resource_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id), index=True)
    ended_at: Mapped[datetime | None]


explain("uq_resource_user", "This person has a column in a calendar already.")
explain("uq_visit_type_ward_id_label", "This clinic offers a visit of this name already.")
explain("ck_clinic_hours_order", "The end must be after the start.")
explain("ck_closure_length", "The end must be after the start.")
