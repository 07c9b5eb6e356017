"""Stock: the register of controlled drugs of a ward, and doses that are not on the ward."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.registers import Entry
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.medications.house import Product
from ward.medications.models import MedicationAdministration, MedicationRequest, ScheduledDose
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.models import User

ROLE = "role or name of a system, never a person's name"


class RegisterEntry(Model):
    """One line of the controlled drug register of a ward; never changed, never removed.

    Each line stands on the one before it: its opening balance is the closing balance of that
    line, by a key, and its own closing balance is worked out by a check. A book that does not
    add up cannot be stored.
    """

    __tablename__ = "register_entry"
    __table_args__ = (
        UniqueConstraint("ward_id", "product_id", "number"),
        UniqueConstraint(
            "ward_id", "product_id", "number", "balance", name="uq_register_entry_line"
        ),
        ForeignKeyConstraint(
            ["ward_id", "product_id", "previous", "opening"],
            [f"register_entry.{name}" for name in ("ward_id", "product_id", "number", "balance")],
            name="fk_register_entry_previous",
        ),
        CheckConstraint("number = coalesce(previous, 0) + 1", name="in_order"),
        CheckConstraint("previous IS NOT NULL OR opening = 0", name="begins_empty"),
        CheckConstraint("balance = opening + change", name="adds_up"),
        CheckConstraint("balance >= 0", name="not_below_nothing"),
        CheckConstraint(
            "CASE kind WHEN 'received' THEN change > 0 WHEN 'counted' THEN true"
            " WHEN 'corrected' THEN true ELSE change < 0 END",
            name="direction",
        ),
        CheckConstraint(
            "kind NOT IN ('given', 'wasted', 'counted', 'corrected')"
            " OR witnessed_by IS NOT NULL OR second IS NOT NULL",
            name="witnessed",
        ),
        CheckConstraint("witnessed_by <> recorded_by", name="witness_is_another"),
        CheckConstraint(
            "kind <> 'counted' OR change = 0 OR incident IS NOT NULL", name="mismatch_explained"
        ),
        Index("ix_register_entry_administration_id", "administration_id"),
    )
    scope = Scope(ward="ward_id")
    subject = "ward_id"

    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id))
    number: Mapped[int]
    previous: Mapped[int | None]
    kind: Mapped[Entry]
    opening: Mapped[Decimal]  # in the unit of the product
    change: Mapped[Decimal]
    balance: Mapped[Decimal]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    recorded_as: Mapped[str] = clear(ROLE)
    witnessed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    administration_id: Mapped[UUID | None] = mapped_column(ForeignKey(MedicationAdministration.id))
    incident: Mapped[bytes | None] = sealed(str)  # what was found where the count did not agree
    note: Mapped[bytes | None] = sealed(str)
    second: Mapped[bytes | None] = sealed(str)  # of paper: who signed there as the second person


class MissingState(StrEnum):
    """Where the request for a dose that is not on the ward stands."""

    ASKED = "asked"
    SENT = "sent"
    ARRIVED = "arrived"
    WITHDRAWN = "withdrawn"

    @property
    def word(self) -> str:
        """Say where it stands."""
        return _STATES[self]

    @property
    def open(self) -> bool:
        """Tell whether somebody still waits for it."""
        return self in {MissingState.ASKED, MissingState.SENT}


_STATES = {
    MissingState.ASKED: "Asked for",
    MissingState.SENT: "On its way",
    MissingState.ARRIVED: "Arrived",
    MissingState.WITHDRAWN: "Withdrawn",
}


class MissingDose(Model):
    """A dose that is due and not on the ward: the pharmacy is asked for it. FHIR SupplyRequest."""

    __tablename__ = "missing_dose"
    __table_args__ = (
        Index(
            "uq_missing_dose_open",
            "request_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'sent')"),
        ),
        CheckConstraint("(state = 'asked') = (settled_at IS NULL)", name="settled"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id))
    dose_id: Mapped[UUID | None] = mapped_column(ForeignKey(ScheduledDose.id))
    state: Mapped[MissingState] = mapped_column(default=MissingState.ASKED)
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    note: Mapped[bytes | None] = sealed(str)
    settled_at: Mapped[datetime | None]  # when it was last sent, arrived or withdrawn
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


explain("uq_register_entry_ward_id_product_id_number", "Somebody has just written a line. Again.")
explain("fk_register_entry_previous", "Somebody has just written a line. Look at the register.")
explain(
    "ck_register_entry_not_below_nothing",
    "The register says that less is left than this. Count the drug first.",
)
explain("ck_register_entry_witness_is_another", "The witness must be somebody else than you.")
explain("ck_register_entry_mismatch_explained", "The count does not agree. Say what was found.")
explain("uq_missing_dose_open", "The pharmacy has been asked for this medicine already.")
