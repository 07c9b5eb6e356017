"""Beds: the places patients lie in, and every change of their state."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from domain import bedflow
from domain.beds import BedState, BedStatus, Clean, Hold, Overlay
from ward.db import Model, Scope, clear, sealed, second
from ward.places.models import Branch, Room, Ward, zone_on
from ward.security.models import User


class BedReason(StrEnum):
    """Why a bed is blocked or closed; our own words, no standard has codes for them."""

    FAULT = "fault"
    STAFFING = "staffing"
    INFECTION = "infection"
    REFURBISHMENT = "refurbishment"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Name the reason on the card; the free text is kept off the board."""
        return _WORDS[self]


_WORDS = {
    BedReason.FAULT: "Fault",
    BedReason.STAFFING: "Not staffed",
    BedReason.INFECTION: "Infection control",
    BedReason.REFURBISHMENT: "Refurbishment",
    BedReason.OTHER: "Other reason",
}


class WardCard(Model):
    """What a ward leaves off its cards; a ward without a row has the standard of the house."""

    __tablename__ = "ward_card"
    scope = Scope(ward="ward_id")

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), unique=True)
    off: Mapped[list[str]] = clear("values of domain.card_rows.CardRow", ARRAY(Text))
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class Density(StrEnum):
    """How close the beds of a board stand."""

    CARDS = "cards"
    LIST = "list"
    BAYS = "bays"


class Sort(StrEnum):
    """In which order the beds of a board stand."""

    BED = "bed"
    RISK = "risk"


class BoardChoice(Model):
    """How somebody looks at boards: it comes along to every browser they sign in at.

    `narrow` is the density on a phone; `filters` holds what each ward's board is filtered by.
    """

    __tablename__ = "board_choice"
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), unique=True)
    density: Mapped[Density | None]
    narrow: Mapped[Density | None] = mapped_column(second(Density, "densitynarrow"))
    sort: Mapped[Sort | None]
    filters: Mapped[dict[str, dict[str, str]]] = clear("words of counters, by ids of wards", JSONB)


class Bed(Model):
    """A bed on a ward; in FHIR a Location of physical type "bd".

    `held_for` is the encounter a reservation is for, or the bed's own id: for whoever
    the ward puts there. `vacated_at` is when the last patient left.
    """

    __tablename__ = "bed"
    __table_args__ = (
        UniqueConstraint("ward_id", "label"),
        CheckConstraint("(held_for IS NULL) = (held_until IS NULL)", name="hold_has_an_end"),
        CheckConstraint("(status = 'C') = (closed IS NOT NULL)", name="closed_has_a_reason"),
        CheckConstraint(
            "blocked IS NULL OR status NOT IN ('O', 'I', 'C')", name="blocked_is_empty"
        ),
        CheckConstraint("away_since IS NULL OR status IN ('O', 'I')", name="away_is_taken"),
        CheckConstraint("ended_at IS NULL OR status = 'C'", name="ended_is_closed"),
    )
    scope = Scope(ward="ward_id")

    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey(Room.id), index=True)
    label: Mapped[str] = clear("number of a bed")
    position: Mapped[int]
    attributes: Mapped[list[str]] = clear("what the place has: side-room, oxygen", ARRAY(Text))
    status: Mapped[BedStatus] = mapped_column(default=BedStatus.UNOCCUPIED)
    clean: Mapped[Clean] = mapped_column(default=Clean.STANDARD)
    since: Mapped[datetime]
    held_for: Mapped[UUID | None]
    held_until: Mapped[datetime | None]
    blocked: Mapped[BedReason | None]
    closed: Mapped[BedReason | None] = mapped_column(second(BedReason, "closedreason"))
    note: Mapped[bytes | None] = sealed(str)
    reopens_at: Mapped[datetime | None]
    away_since: Mapped[datetime | None]
    vacated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # taken away: no board shows it, and nobody comes into it
    room: Mapped[str | None] = column_property(
        select(Room.label).where(Room.id == room_id).correlate_except(Room).scalar_subquery(),
        expire_on_flush=False,
    )
    zone: Mapped[str] = zone_on(ward_id)
    card_off: Mapped[list[str] | None] = column_property(
        select(WardCard.off)
        .where(WardCard.ward_id == ward_id)
        .correlate_except(WardCard)
        .scalar_subquery(),
        expire_on_flush=False,
    )

    @property
    def state(self) -> BedState:
        """Tell what the rules need to know of this bed."""
        hold = Hold(self.held_for, self.held_until) if self.held_for and self.held_until else None
        return BedState(
            status=self.status,
            clean=self.clean,
            hold=hold,
            blocked=self.blocked.word if self.blocked else None,
            closed=self.closed.word if self.closed else None,
            reopens_at=self.reopens_at,
            away_since=self.away_since,
        )

    def state_at(self, now: datetime) -> BedState:
        """Tell the state with a reservation dropped whose time is over."""
        return bedflow.expire(self.state, now)

    def state_for(self, encounter: UUID, now: datetime) -> BedState:
        """Tell the state as this encounter meets it: a hold for anybody is a hold for it."""
        state = self.state_at(now)
        anybody = state.hold and state.hold.encounter == self.id
        return (
            replace(state, hold=Hold(encounter, state.hold.until))
            if anybody and state.hold
            else state
        )


class BedChange(Model):
    """One change of a bed's state: the history of its Location.operationalStatus."""

    __tablename__ = "bed_change"
    __table_args__ = (Index("ix_bed_change_history", "bed_id", "at"),)
    scope = Scope(ward="ward_id")

    bed_id: Mapped[UUID] = mapped_column(ForeignKey(Bed.id))
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    at: Mapped[datetime]
    was: Mapped[BedStatus] = mapped_column(second(BedStatus, "bedstatuswas"))
    now: Mapped[BedStatus]
    overlay: Mapped[Overlay | None]
    clean: Mapped[Clean]
    reason: Mapped[BedReason | None]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear("role or name of a system, never a person's name")
