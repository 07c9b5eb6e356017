"""Papers for a pharmacy outside, and what became of each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from ward.adt.models import Encounter
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.medications.details import OrderDetail
from ward.medications.models import MedicationRequest
from ward.patients.models import Patient
from ward.security.models import User

KEYED = "keyed hash of a secret that stands on the paper alone"
ROLE = "role or name of a system, never a person's name"


@dataclass(frozen=True, slots=True, repr=False)
class Supply:
    """One medicine on the paper: how it is taken, and for how long."""

    detail: OrderDetail
    days: int
    request_id: UUID


@dataclass(frozen=True, slots=True, repr=False)
class Paper:
    """The signed PDF as it left, in base64."""

    pdf: str


class Prescription(Model):
    """A signed paper; in FHIR a group of MedicationRequests of intent order.

    Only hashes of its two secrets are kept: the token in the QR, and the code beside it.
    """

    __tablename__ = "prescription"
    __table_args__ = (
        CheckConstraint("valid_until > issued_at", name="valid_after_issue"),
        CheckConstraint("dispensed_at IS NULL OR cancelled_at IS NULL", name="one_end"),
        Index("ix_prescription_chart", "patient_id", "issued_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    issued_as: Mapped[str] = clear(ROLE)
    valid_until: Mapped[datetime]
    supplies: Mapped[bytes] = sealed(tuple[Supply, ...])
    paper: Mapped[bytes] = sealed(Paper)
    paper_hash: Mapped[bytes] = mapped_column(
        info={"clear": "SHA-256 of a paper: equal or not, nothing more"}
    )
    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": KEYED})
    code_hash: Mapped[bytes] = mapped_column(info={"clear": KEYED})
    dispensed_at: Mapped[datetime | None]
    dispensed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))  # None: outside
    dispensed_where: Mapped[bytes | None] = sealed(str)  # as the pharmacy calls itself
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    cancel_reason: Mapped[bytes | None] = sealed(str)


class SuppliedOrder(Model):
    """That an order stands on a paper which is out; no second paper carries it meanwhile.

    `during` is as long as the paper is good; `ended_at` when it was dispensed or cancelled.
    """

    __tablename__ = "supplied_order"
    __table_args__ = (
        ExcludeConstraint(
            (text("uuidrange(request_id, request_id, '[]')"), "&&"),
            ("during", "&&"),
            name="ex_supplied_order_once",
            using="gist",
            where=text("ended_at IS NULL"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    prescription_id: Mapped[UUID] = mapped_column(ForeignKey(Prescription.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    ended_at: Mapped[datetime | None]


TWICE = "A paper for one of these medicines is still out. Cancel it, or have it dispensed first."
explain("ex_supplied_order_once", TWICE)
