"""What is prescribed, the doses that fall due, and what was done with each."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from domain.decisions import Reason, Step
from domain.doses import Status
from domain.orders import (
    Act,
    CriticalDose,
    OrderKind,
    OrderSource,
    RequestPriority,
    RequestStatus,
)
from domain.prescribing import Tier
from domain.windows import Timing
from ward.adt.models import Encounter
from ward.db import Model, Scope, clear, sealed, second
from ward.errors import explain
from ward.medications.details import (
    Changed,
    GivenAmount,
    GivenDetail,
    OrderDetail,
    Overridden,
    Pumped,
)
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.models import User

ROLE = "role or name of a system, never a person's name"
KEYED = "keyed hash of patient and ingredient: equal or not, nothing more"
EFFECTIVE = "voided_at IS NULL"


class MedicationRequest(Model):
    """A medicine as it is ordered for a patient; in FHIR a MedicationRequest.

    `revision` counts changes of what is to be given; a form that saw another one is refused.
    `planned_until`: doses exist up to then, an errand plans on.
    """

    __tablename__ = "medication_request"
    __table_args__ = (
        CheckConstraint("stops_at > starts_at", name="stops_after_start"),
        CheckConstraint("(status = 'on-hold') = (held_at IS NOT NULL)", name="held"),
        CheckConstraint("(verified_at IS NULL) = (verified_by IS NULL)", name="verified"),
        Index("ix_medication_request_chart", "patient_id", "status"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    status: Mapped[RequestStatus] = mapped_column(default=RequestStatus.ACTIVE)
    kind: Mapped[OrderKind]
    source: Mapped[OrderSource] = mapped_column(default=OrderSource.PRESCRIBER)
    priority: Mapped[RequestPriority] = mapped_column(default=RequestPriority.ROUTINE)
    timing: Mapped[CriticalDose] = mapped_column(default=CriticalDose.ROUTINE)
    high_alert: Mapped[bool] = mapped_column(default=False)
    witnessed: Mapped[bool] = mapped_column(default=False)  # each dose needs a second person
    revision: Mapped[int] = mapped_column(default=1)
    detail: Mapped[bytes] = sealed(OrderDetail)
    set_id: Mapped[UUID | None]  # orders signed together
    replaces_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("medication_request.id"), unique=True
    )
    starts_at: Mapped[datetime]
    stops_at: Mapped[datetime | None]
    planned_until: Mapped[datetime | None]
    prescribed_at: Mapped[datetime]
    prescribed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    recorded_as: Mapped[str] = clear(ROLE)
    acknowledged_at: Mapped[datetime | None]  # of a verbal order
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    held_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    source_hash: Mapped[bytes | None] = mapped_column(
        unique=True, info={"clear": "keyed hash of another system's order number"}
    )


class MedicationChange(Model):
    """One act on an order: its history, in FHIR Provenance. A change is read before a dose.

    `review_by` is whether a nurse must read it: then the line is locked until somebody has.
    """

    __tablename__ = "medication_change"
    __table_args__ = (Index("ix_medication_change_history", "request_id", "at"),)
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id))
    act: Mapped[Act]
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    by_role: Mapped[str] = clear(ROLE)
    revision: Mapped[int]
    detail: Mapped[bytes | None] = sealed(Changed)
    to_review: Mapped[bool] = mapped_column(default=False)
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class ClockNote(StrEnum):
    """What the clocks did to the time of a dose."""

    MOVED = "moved"  # the wall time was jumped over; it is due at the jump
    REPEATED = "repeated"  # the wall time comes twice; this is the first


class ScheduledDose(Model):
    """A dose due at a time; in FHIR an occurrence of dosageInstruction.timing.

    `status` is what was done; due, overdue, missed are told by the clock, withheld by the order,
    preparing by a claim. The window and the next dose are stored, so that a query can tell too.
    """

    __tablename__ = "scheduled_dose"
    __table_args__ = (
        CheckConstraint("opens_at <= due_at AND due_at <= closes_at", name="window"),
        CheckConstraint(
            "status NOT IN ('due', 'overdue', 'missed', 'preparing', 'held')", name="not_by_clock"
        ),
        Index(
            "uq_scheduled_dose_once",
            "request_id",
            "due_at",
            unique=True,
            postgresql_where=text("status NOT IN ('entered_in_error', 'cancelled')"),
        ),
        Index("ix_scheduled_dose_chart", "patient_id", "due_at"),
        Index(
            "ix_scheduled_dose_untouched",
            "patient_id",
            "closes_at",
            postgresql_where=text("status = 'planned'"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id), index=True)
    due_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    next_at: Mapped[datetime | None]  # of the same order; then this one is missed
    wall: Mapped[str | None] = clear("what the clock of the ward was meant to show")
    zone: Mapped[str] = clear("IANA name of the ward's zone")
    clock_note: Mapped[ClockNote | None]
    amount: Mapped[bytes] = sealed(GivenAmount)
    revision: Mapped[int]  # of the order that planned it
    status: Mapped[Status] = mapped_column(default=Status.PLANNED)


class Identified(StrEnum):
    """How patient or pack were identified; all but the first are counted for the ward."""

    SCANNED = "scanned"
    DAMAGED = "damaged"  # the others: domain.rights.NoScan
    NO_CODE = "no-code"
    EMERGENCY = "emergency"
    SYSTEM = "system"  # another system told us
    PAPER = "paper"  # taken over from paper
    AFTERWARDS = "afterwards"  # written down after the order or the stay had ended


class GivenSource(StrEnum):
    """Where the record of a dose came from."""

    BEDSIDE = "bedside"
    PAPER = "paper"


class MedicationAdministration(Model):
    """A dose given, or not given and why; in FHIR a MedicationAdministration.

    Never changed: what was wrong is voided, with the reason, and another may stand in its place.
    """

    __tablename__ = "medication_administration"
    __table_args__ = (
        CheckConstraint("occurred_at <= recorded_at + interval '1 minute'", name="not_ahead"),
        CheckConstraint("witnessed_by <> recorded_by", name="witness_is_another"),
        CheckConstraint("(voided_at IS NULL) = (voided_by IS NULL)", name="voided"),
        Index(
            "uq_medication_administration_dose",
            "dose_id",
            unique=True,
            postgresql_where=text(f"dose_id IS NOT NULL AND {EFFECTIVE}"),
        ),
        Index("ix_medication_administration_chart", "patient_id", "occurred_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id), index=True)
    dose_id: Mapped[UUID | None] = mapped_column(ForeignKey(ScheduledDose.id))  # None: as required
    status: Mapped[Status]
    timing: Mapped[Timing | None]
    occurred_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # of an infusion
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    recorded_as: Mapped[str] = clear(ROLE)
    witnessed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    source: Mapped[GivenSource] = mapped_column(default=GivenSource.BEDSIDE)
    band: Mapped[Identified | None]
    pack: Mapped[Identified | None] = mapped_column(second(Identified, "identified_pack"))
    detail: Mapped[bytes] = sealed(GivenDetail)
    replaces_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("medication_administration.id"), unique=True
    )
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    void_reason: Mapped[bytes | None] = sealed(str)


class IngredientLockout(Model):
    """From when until when an ingredient was given to a patient and not again, as required.

    Two effective ones of one ingredient never overlap, unless somebody answered for it.
    """

    __tablename__ = "ingredient_lockout"
    __table_args__ = (
        ExcludeConstraint(
            (text("uuidrange(ingredient, ingredient, '[]')"), "&&"),
            ("during", "&&"),
            name="ex_ingredient_lockout_during",
            using="gist",
            where=text("ended_at IS NULL AND reason IS NULL"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    administration_id: Mapped[UUID] = mapped_column(
        ForeignKey(MedicationAdministration.id), index=True
    )
    ingredient: Mapped[UUID] = mapped_column(info={"clear": KEYED})
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[bytes | None] = sealed(str)  # why the minimum interval was set aside
    ended_at: Mapped[datetime | None]  # the administration was wrong


class DoseClaim(Model):
    """Somebody is at the bedside with a medicine: shown on every station, decides nothing.

    A lease; whoever opens another dose moves it. Without a dose it is the patient who is claimed.
    """

    __tablename__ = "dose_claim"
    __table_args__ = (
        Index(
            "uq_dose_claim_open",
            "patient_id",
            "user_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("until > since", name="order"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    dose_id: Mapped[UUID | None] = mapped_column(ForeignKey(ScheduledDose.id), index=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey(MedicationRequest.id))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    band_at: Mapped[datetime | None]  # when the wristband was read
    band_issue: Mapped[str | None] = clear("issue number of the wristband that was read")


class PumpStep(StrEnum):
    """What was done at a pump."""

    START = "start"
    RATE = "rate"
    BAG = "bag"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    STOP = "stop"


class InfusionStep(Model):
    """What a pump was set to, and when; the volume is worked out from these."""

    __tablename__ = "infusion_step"
    __table_args__ = (Index("ix_infusion_step_run", "administration_id", "at"),)
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    administration_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationAdministration.id))
    step: Mapped[PumpStep]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    witnessed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    pumped: Mapped[bytes] = sealed(Pumped)


class RuleOverride(Model):
    """A finding that somebody answered for, with a reason; shown with the order ever after."""

    __tablename__ = "rule_override"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(MedicationRequest.id), index=True)
    revision: Mapped[int]
    rule: Mapped[str] = clear("name of a rule, part of the code")
    rule_version: Mapped[str] = clear("of all rules")
    tier: Mapped[Tier]
    step: Mapped[Step]
    reason: Mapped[Reason]
    said: Mapped[bytes] = sealed(Overridden)
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    by_role: Mapped[str] = clear(ROLE)


explain("uq_scheduled_dose_once", "This dose stands in the chart already. Look at it again.")
explain(
    "uq_medication_administration_dose",
    "Somebody else has just recorded this dose. Look at the chart.",
)
explain("uq_medication_administration_replaces_id", "Somebody else has just corrected this dose.")
explain("uq_medication_request_replaces_id", "Somebody else has just renewed this order.")
explain("uq_medication_request_source_hash", "This order was taken in just now.")
explain(
    "ex_ingredient_lockout_during",
    "Somebody has just given this medicine. The minimum interval is not over.",
)
explain("ck_medication_administration_not_ahead", "This time has not come yet.")
explain(
    "ck_medication_administration_witness_is_another", "The witness must be somebody else than you."
)
