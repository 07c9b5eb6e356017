"""Places: the branches of a hospital, their wards and clinics, their rooms.

`ended_at` is when a place was closed: no board and no choice shows it then, its history does.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import (
    Mapped,
    MappedSQLExpression,
    column_property,
    mapped_column,
)

from ward.db import Model, Scope, clear, sealed


class Branch(Model):
    """A site of the hospital; in FHIR an Organization and a Location of type "si"."""

    __tablename__ = "branch"
    scope = Scope(branch="id")

    label: Mapped[str] = clear("name of a building", unique=True)
    zone: Mapped[str] = clear("IANA time zone")
    source: Mapped[str | None] = clear("key of an imported resource", unique=True)
    ended_at: Mapped[datetime | None]


class WardKind(StrEnum):
    """Whether patients lie there or come there."""

    WARD = "ward"
    CLINIC = "clinic"


class Ward(Model):
    """A ward or a clinic; in FHIR a Location of physical type "wa"."""

    __tablename__ = "ward"
    __table_args__ = (UniqueConstraint("branch_id", "label"),)
    scope = Scope(ward="id")

    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id), index=True)
    label: Mapped[str] = clear("name of a place")
    code: Mapped[str] = clear("short spoken form, for example 6E")
    kind: Mapped[WardKind] = mapped_column(default=WardKind.WARD)
    staffed: Mapped[int | None]  # beds that can be nursed now; None: all of them
    ended_at: Mapped[datetime | None]
    zone: Mapped[str] = column_property(
        select(Branch.zone)
        .where(Branch.id == branch_id)
        .correlate_except(Branch)
        .scalar_subquery(),
        expire_on_flush=False,
    )


def zone_on(ward: Mapped[UUID]) -> MappedSQLExpression[str]:
    """Have a row that never leaves its ward tell by which clock one lives there."""
    found = select(Branch.zone).join(Ward, Ward.branch_id == Branch.id).where(Ward.id == ward)
    return column_property(
        found.correlate_except(Branch, Ward).scalar_subquery(), expire_on_flush=False
    )


class Room(Model):
    """A room or a bay of a ward; in FHIR a Location of physical type "ro"."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("ward_id", "label"),)
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    label: Mapped[str] = clear("name of a place")
    ended_at: Mapped[datetime | None]


class PlaceKind(StrEnum):
    """What kind of place a change is about."""

    BRANCH = "branch"
    WARD = "ward"
    ROOM = "room"
    BED = "bed"


class PlaceDeed(StrEnum):
    """What was done to a place; our own words, no standard has codes for them."""

    OPENED = "opened"
    RENAMED = "renamed"
    AMENDED = "amended"
    STAFFED = "staffed"
    CLOSED = "closed"
    REOPENED = "reopened"

    @property
    def word(self) -> str:
        """Name the deed in the history of a place."""
        return self.value.capitalize()


class PlaceChange(Model):
    """One change of a place, kept for good: what it was, what it is, which role did it, why."""

    __tablename__ = "place_change"
    __table_args__ = (
        Index("ix_place_change_place", "place_id", "at"),
        Index("ix_place_change_was", "kind", "was"),
    )
    scope = Scope(branch="branch_id")
    subject = "place_id"

    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id))  # where bed or room stands
    kind: Mapped[PlaceKind]
    place_id: Mapped[UUID]
    deed: Mapped[PlaceDeed]
    at: Mapped[datetime]
    was: Mapped[str | None] = clear("name of a place, or a number of beds")
    now: Mapped[str | None] = clear("name of a place, or a number of beds")
    note: Mapped[bytes | None] = sealed(str)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear("role or name of a system, never a person's name")
