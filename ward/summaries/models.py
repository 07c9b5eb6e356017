"""Discharge summaries: one row for each version, and nothing of a signed one is changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.summaries import SummaryState
from ward.adt.models import Encounter
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.security.models import User
from ward.summaries.parts import About, Clinical, Coming, Medicines, Record, Results, Words

KEYED = "keyed hash of a secret that stands on the paper alone"
ROLE = "role or name of a system, never a person's name"


@dataclass(frozen=True, slots=True, repr=False)
class Printed:
    """The signed PDF as it left, in base64."""

    pdf: str


class DischargeSummary(Model):
    """One version of the summary of a stay; in FHIR a Composition.

    Each part is sealed apart, so that whoever may read one opens no other. A draft is theirs who
    wrote on it last, what is signed theirs who signed it.
    """

    __tablename__ = "discharge_summary"
    __table_args__ = (
        UniqueConstraint("encounter_id", "number"),
        CheckConstraint("(state = 'draft') = (signed_at IS NULL)", name="signed"),
        CheckConstraint("(state = 'replaced') = (replaced_at IS NOT NULL)", name="replaced"),
        Index(
            "uq_discharge_summary_now",
            "encounter_id",
            "state",
            unique=True,
            postgresql_where=text("state <> 'replaced'"),
        ),
        Index("ix_discharge_summary_chart", "patient_id", "drafted_at"),
    )
    scope = Scope(patient="patient_id", authors=("signed_by", "drafted_by"))
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id))
    number: Mapped[int]  # 1, 2, …: the version of this stay's summary
    state: Mapped[SummaryState] = mapped_column(default=SummaryState.DRAFT)
    words: Mapped[bytes] = sealed(Words)
    amended_why: Mapped[bytes | None] = sealed(str)
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    signed_as: Mapped[str | None] = clear(ROLE)
    replaced_at: Mapped[datetime | None]
    about: Mapped[bytes | None] = sealed(About)
    clinical: Mapped[bytes | None] = sealed(Clinical)
    record: Mapped[bytes | None] = sealed(Record)
    medicines: Mapped[bytes | None] = sealed(Medicines)
    results: Mapped[bytes | None] = sealed(Results)
    coming: Mapped[bytes | None] = sealed(Coming)
    paper: Mapped[bytes | None] = sealed(Printed)
    paper_hash: Mapped[bytes | None] = mapped_column(
        info={"clear": "SHA-256 of a paper: equal or not, nothing more"}
    )
    token_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": KEYED})


TWICE = "Somebody else is writing the summary of this stay. Open it and look."
explain("uq_discharge_summary_now", TWICE)
explain("uq_discharge_summary_encounter_id_number", TWICE)
