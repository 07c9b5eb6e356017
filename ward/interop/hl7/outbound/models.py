"""Messages to other systems and where each stands, and the numbers others gave our orders."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, clear, sealed
from ward.medications.models import MedicationRequest
from ward.patients.models import Patient


class OutState(StrEnum):
    """Where a message to another system stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    GIVEN_UP = "given-up"

    @property
    def word(self) -> str:
        """Name the state as the page does."""
        return _WORDS[self]


_WORDS = {
    OutState.WAITING: "Waiting",
    OutState.SENT: "Taken by the receiver",
    OutState.DEAD: "Refused by the receiver",
    OutState.GIVEN_UP: "Given up",
}
AHEAD = (OutState.WAITING, OutState.DEAD)
"""While an earlier message of a patient stands so, later ones to the same receiver wait."""


class Hl7Outbound(Model):
    """One message to one receiver; what it says is sealed under its patient's key.

    `once` names the fact it tells, so that none is told twice. `leased_until`: some node is sending
    it; if that node dies, another sends it again under the same control id. `part_of_id`: the rest
    of another message, about a second patient and sealed under that one's key; it stands in the
    second patient's line, and goes and is settled with the first.
    """

    __tablename__ = "hl7_outbound"
    __table_args__ = (
        UniqueConstraint("receiver", "control_id"),
        UniqueConstraint("receiver", "once"),
        Index("uq_hl7_outbound_seq", "seq", unique=True),
        Index(
            "ix_hl7_outbound_ahead",
            "receiver",
            "patient_id",
            "seq",
            postgresql_where=text("state IN ('waiting', 'dead')"),
        ),
        Index("ix_hl7_outbound_settled", "settled_at"),
    )
    scope = Scope(house=True)
    subject = "patient_id"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    receiver: Mapped[str] = clear("name of a receiving system")
    message_type: Mapped[str] = clear("HL7 table 0076")
    event: Mapped[str] = clear("HL7 table 0003")
    control_id: Mapped[str] = clear("number Ward gave the message")
    once: Mapped[str] = clear("ids of the fact it tells")
    raw: Mapped[bytes] = sealed(str)
    answer: Mapped[bytes | None] = sealed(str)
    note: Mapped[bytes | None] = sealed(str)
    state: Mapped[OutState] = mapped_column(default=OutState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = clear("codes of an answer, or the kind of a failure; no content")
    acked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    part_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("hl7_outbound.id"), unique=True)


@dataclass(frozen=True, slots=True, repr=False)
class OrderNumber:
    """What another system calls an order: placer and filler number, with who gave each."""

    placer: str = ""
    placed_by: str = ""
    filler: str = ""
    filled_by: str = ""


class Hl7Order(Model):
    """An order of another system that is one of ours now; what is given is told by its number."""

    __tablename__ = "hl7_order"
    scope = Scope(house=True)
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id), unique=True)
    number: Mapped[bytes] = sealed(OrderNumber)
