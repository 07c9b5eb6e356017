"""Messages from other systems, what becomes of each, and the places their senders name."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    literal,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ward.beds.models import Bed
from ward.db import Model, Scope, clear, sealed
from ward.interop.hl7.codes import Outcome
from ward.places.models import Ward

SENDER = "name of a sending system"


class MessageState(StrEnum):
    """Where a stored message stands. While its row is locked it is being processed."""

    RECEIVED = "received"
    REVIEW = "review"
    DONE = "done"
    DEAD = "dead"
    REJECTED = "rejected"

    @property
    def word(self) -> str:
        """Name the state as the intake page does."""
        return _WORDS[self]


_WORDS = {
    MessageState.RECEIVED: "Waiting",
    MessageState.REVIEW: "In review",
    MessageState.DONE: "Done",
    MessageState.DEAD: "Dead letter",
    MessageState.REJECTED: "Rejected",
}


class ReviewReason(StrEnum):
    """Why a readable message waits for a person; our own words."""

    UNKNOWN_PLACE = "unknown_place"
    NO_PLACE = "no_place"
    BED_TAKEN = "bed_taken"
    UNKNOWN_PATIENT = "unknown_patient"
    OTHER_PERSON = "other_person"
    UNKNOWN_VISIT = "unknown_visit"
    OPEN_VISIT = "open_visit"
    MERGE = "merge"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_MEDICINE = "unknown_medicine"
    UNCLEAR_ORDER = "unclear_order"
    UNSAFE_ORDER = "unsafe_order"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_APPOINTMENT = "unknown_appointment"
    UNCLEAR_APPOINTMENT = "unclear_appointment"
    CLASH = "clash"
    REFUSED = "refused"

    @property
    def word(self) -> str:
        """Say it in a few words."""
        return _WHY[self]


_WHY = {
    ReviewReason.UNKNOWN_PLACE: "Unknown place",
    ReviewReason.NO_PLACE: "No place",
    ReviewReason.BED_TAKEN: "Bed not free",
    ReviewReason.UNKNOWN_PATIENT: "Unknown patient",
    ReviewReason.OTHER_PERSON: "Another person's number",
    ReviewReason.UNKNOWN_VISIT: "Unknown visit",
    ReviewReason.OPEN_VISIT: "Visit already open",
    ReviewReason.MERGE: "Proposed merge",
    ReviewReason.UNKNOWN_ORDER: "Unknown order",
    ReviewReason.UNKNOWN_MEDICINE: "Unknown medicine",
    ReviewReason.UNCLEAR_ORDER: "Order not clear",
    ReviewReason.UNSAFE_ORDER: "Warning against the order",
    ReviewReason.UNKNOWN_CODE: "Unknown code",
    ReviewReason.UNKNOWN_APPOINTMENT: "Unknown appointment",
    ReviewReason.UNCLEAR_APPOINTMENT: "Appointment not clear",
    ReviewReason.CLASH: "Clashes with the calendar",
    ReviewReason.REFUSED: "Does not fit",
}


class Hl7Message(Model):
    """One distinct message, kept for good; what it says is sealed in its body."""

    __tablename__ = "hl7_message"
    __table_args__ = (
        UniqueConstraint(
            "msh3",
            "msh4",
            "msh10",
            "sha256",
            name="uq_hl7_message_sent",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(state = 'review') = (reason IS NOT NULL)", name="review_has_a_reason"),
        Index("ix_hl7_message_received_seq", "received_seq", unique=True),
        Index("ix_hl7_message_due", "next_at", postgresql_where=text("state = 'received'")),
        Index(
            "ix_hl7_message_waiting",
            "state",
            "received_seq",
            postgresql_where=text("state IN ('received', 'review', 'dead')"),
        ),
        Index("ix_hl7_message_received_at", "received_at"),
        Index("ix_hl7_message_flagged", "received_seq", postgresql_where=text("flagged")),
    )
    scope = Scope(house=True)

    received_seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    received_at: Mapped[datetime]
    peer: Mapped[str] = clear("address of the sending system")
    msh3: Mapped[str | None] = clear(SENDER)
    msh4: Mapped[str | None] = clear(SENDER)
    msh10: Mapped[str | None] = clear("number the sender gave the message")
    sha256: Mapped[bytes] = mapped_column(info={"clear": "hash of the whole message"})
    message_type: Mapped[str] = clear("HL7 table 0076")
    event: Mapped[str] = clear("HL7 table 0003")
    outcome: Mapped[Outcome]
    kept: Mapped[bool] = mapped_column(default=False)
    flagged: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MessageState]
    reason: Mapped[ReviewReason | None]
    review_place: Mapped[str | None] = clear("a place or a code in the sender's words")
    error: Mapped[str | None] = clear("fields and rules, or the kind of a failure; no content")
    remarks: Mapped[list[str]] = clear("what was done differently than sent", ARRAY(Text))
    recorded_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    acked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


def stands(*states: MessageState) -> ColumnElement[bool]:
    """Ask for states by their values in the statement, not as parameters.

    Only so can PostgreSQL see that the small index of what waits holds all that is asked for.
    """
    column = Hl7Message.__table__.c.state
    return column.in_([literal(state, column.type, literal_execute=True) for state in states])


class Hl7Body(Model):
    """What a message says and what it was answered, sealed under the message's own key."""

    __tablename__ = "hl7_body"
    scope = Scope(house=True)
    subject = "message_id"

    message_id: Mapped[UUID] = mapped_column(ForeignKey(Hl7Message.id), unique=True)
    raw: Mapped[bytes] = sealed(str)
    ack: Mapped[bytes] = sealed(str)
    corrected: Mapped[bytes | None] = sealed(str)
    note: Mapped[bytes | None] = sealed(str)


class Hl7Subject(Model):
    """Whom or what a message is about: those of one subject are processed in order of receipt.

    `appointment`: not a patient but one appointment. A message about it that is in review holds
    back later ones about it, and nothing else of its patient.
    """

    __tablename__ = "hl7_subject"
    __table_args__ = (UniqueConstraint("message_id", "hash"), Index("ix_hl7_subject_hash", "hash"))
    scope = Scope(house=True)

    message_id: Mapped[UUID] = mapped_column(ForeignKey(Hl7Message.id))
    hash: Mapped[bytes] = mapped_column(info={"clear": "keyed hash of a record number"})
    appointment: Mapped[bool] = mapped_column(default=False)


class Hl7Place(Model):
    """What a sender's words for a place mean: a bed, or a ward without a bed."""

    __tablename__ = "hl7_place"
    __table_args__ = (CheckConstraint("num_nonnulls(bed_id, ward_id) = 1", name="one_meaning"),)
    scope = Scope(house=True)

    msh3: Mapped[str] = clear(SENDER)
    msh4: Mapped[str] = clear(SENDER)
    place: Mapped[str] = clear("a place in the sender's words: ward^room^bed")
    mark: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of sender and place"})
    bed_id: Mapped[UUID | None] = mapped_column(ForeignKey(Bed.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id), index=True)
