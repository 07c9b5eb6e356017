"""Who is on duty on a ward, and the beds each nurse has."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.duty import DutyRole
from ward.beds.models import Bed
from ward.db import Model, Scope
from ward.errors import explain
from ward.places.models import Ward
from ward.security.models import User


class Duty(Model):
    """One person on duty on one ward in one part; in FHIR a PractitionerRole with a period.

    `until` is when the shift should end; on duty is who has not ended it. A shift that nobody
    ends is ended by an errand, a minute after its time.
    """

    __tablename__ = "duty"
    __table_args__ = (
        CheckConstraint("until > since", name="order"),
        Index(
            "uq_duty_open",
            "user_id",
            "ward_id",
            "part",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    scope = Scope(ward="ward_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    part: Mapped[DutyRole]
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BedNurse(Model):
    """A nurse has a bed, and whoever lies in it, until the row ends; in FHIR a CareTeam."""

    __tablename__ = "bed_nurse"
    __table_args__ = (
        CheckConstraint("ended_at >= since", name="order"),
        Index("uq_bed_nurse_now", "bed_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_bed_nurse_mine", "user_id", postgresql_where=text("ended_at IS NULL")),
    )
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    bed_id: Mapped[UUID] = mapped_column(ForeignKey(Bed.id))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


explain("uq_duty_open", "This person is on duty here already.")
explain("uq_bed_nurse_now", "Somebody else has just given this bed to a nurse. Look again.")
