"""What was observed at the bedside, the plan that says when to look again, and fluids."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.fluids import Fluid
from domain.news2 import Band
from ward.adt.models import Encounter
from ward.db import Model, Scope, clear, sealed, second
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.models import User

ROLE = "role or name of a system, never a person's name"


class SetState(StrEnum):
    """Whether a set of observations counts; after FHIR's ObservationStatus."""

    UNVALIDATED = "preliminary"  # from a monitor: counts only after a nurse confirms it
    FINAL = "final"
    REPLACED = "corrected"  # a later set stands in its place
    WRONG = "entered-in-error"


class SetSource(StrEnum):
    """Where a set came from."""

    BEDSIDE = "bedside"
    MONITOR = "monitor"
    PAPER = "paper"


class Scored(StrEnum):
    """Whether a score could be computed."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, repr=False)
class Readings:
    """What was measured, exactly as recorded, by the keys of vitals.csv; what is not there was not.

    `absent` says why something could not be recorded. `points` and `total` are the score's:
    a total of None is an incomplete one, and `at_least` is what is known of it.
    """

    values: dict[str, Decimal] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    consciousness: str | None = None
    device: str | None = None
    points: dict[str, int] = field(default_factory=dict)
    total: int | None = None
    at_least: int = 0
    note: str | None = None


class ObservationSet(Model):
    """One round of observations at one bedside; in FHIR Observations grouped by a panel.

    Never changed: a correction is another set that `replaces_id` the wrong one.
    """

    __tablename__ = "observation_set"
    __table_args__ = (
        CheckConstraint("taken_at <= recorded_at + interval '1 minute'", name="not_ahead"),
        CheckConstraint("(scored = 'complete') = (band IS NOT NULL)", name="band_is_complete"),
        CheckConstraint("scale IN (1, 2)", name="scale"),
        Index(
            "uq_observation_set_minute",
            "patient_id",
            "taken_at",
            unique=True,
            postgresql_where=text("state = 'final'"),
        ),
        Index("ix_observation_set_chart", "patient_id", "taken_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id))
    taken_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    recorded_as: Mapped[str] = clear(ROLE)
    source: Mapped[SetSource] = mapped_column(default=SetSource.BEDSIDE)
    monitor: Mapped[str | None] = clear("name of a device, from its messages")
    state: Mapped[SetState] = mapped_column(default=SetState.FINAL)
    scored: Mapped[Scored]
    band: Mapped[Band | None]
    urgency: Mapped[Band | None] = mapped_column(second(Band, "urgency"))  # also of a partial set
    scale: Mapped[int]  # of saturation: domain.news2.Scale
    algorithm: Mapped[str] = clear("name and version of the score")
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("observation_set.id"), unique=True)
    reason: Mapped[bytes | None] = sealed(str)  # why it was corrected or taken back
    readings: Mapped[bytes] = sealed(Readings)


class ObservationPlan(Model):
    """What is watched of one patient: the saturation scale, the last set, when the next is due.

    `paused_at` is set while the patient is off the ward: then nothing is due.
    """

    __tablename__ = "observation_plan"
    __table_args__ = (
        CheckConstraint("overdue_at >= due_at", name="order"),
        CheckConstraint("(due_at IS NULL) = (overdue_at IS NULL)", name="due_is_both"),
        CheckConstraint("every_minutes > 0", name="every_is_positive"),
        CheckConstraint("scale IN (1, 2)", name="scale"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), unique=True)
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    scale: Mapped[int]  # of saturation: domain.news2.Scale
    scale_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    scale_at: Mapped[datetime | None]
    scale_reason: Mapped[bytes | None] = sealed(str)
    every_minutes: Mapped[int | None]  # tighter than the score asks for; never looser
    last_id: Mapped[UUID | None] = mapped_column(ForeignKey(ObservationSet.id))
    before_id: Mapped[UUID | None] = mapped_column(ForeignKey(ObservationSet.id))
    due_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]


class FluidEntry(Model):
    """An amount that came in or went out; in FHIR an Observation. Taken back, never erased."""

    __tablename__ = "fluid_entry"
    __table_args__ = (Index("ix_fluid_entry_chart", "patient_id", "at"),)
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    recorded_as: Mapped[str] = clear(ROLE)
    kind: Mapped[Fluid]
    amount: Mapped[bytes] = sealed(int)  # millilitres
    note: Mapped[bytes | None] = sealed(str)
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[bytes | None] = sealed(str)


explain(
    "uq_observation_set_minute",
    "Somebody else has charted this patient for the same minute. Look at the chart; if yours is"
    " another set, give its own time.",
)
explain("uq_observation_set_replaces_id", "Somebody else has corrected this set just now.")
explain("ck_observation_set_not_ahead", "This time is in the future. Give the time it was taken.")
explain("uq_observation_plan_patient_id", "Somebody else has just charted this patient.")
