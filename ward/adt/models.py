"""Encounters, stays, the steps of each, and the requests that precede a move."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    column,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, query_expression

from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.encounters import AdmitSource, Disposition, EncounterClass, EncounterStatus
from domain.movements import MovementStatus
from ward.beds.models import Bed
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Branch, Ward, zone_on

KEYED = "keyed hash, full length: equal or not, nothing more"


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """The number another system knows an encounter by, and which system: PV1-19."""

    number: str
    authority: str = ""


class Precaution(StrEnum):
    """What an isolated patient needs; local codes, after PV2-41."""

    CONTACT = "contact"
    DROPLET = "droplet"
    AIRBORNE = "airborne"
    PROTECTIVE = "protective"

    @property
    def word(self) -> str:
        """Name the precaution on a form."""
        return self.value.capitalize()


class Encounter(Model):
    """One time in hospital, from arrival to departure; in FHIR an Encounter.

    `moved_at` is the instant of the last step, so that each step is a new version. `asked_for`
    is whether a request to move stands, `kin` what the patient is to whoever of mother and infant
    is in a bed as well; None where a query did not ask for it.
    """

    __tablename__ = "encounter"
    __table_args__ = (
        CheckConstraint("discharged_at IS NULL OR discharged_at >= admitted_at", name="order"),
        CheckConstraint(
            "status <> 'finished' OR discharged_at IS NOT NULL", name="finished_has_an_end"
        ),
        Index(
            "uq_encounter_open",
            "patient_id",
            unique=True,
            postgresql_where=text(
                "status IN ('in-progress', 'onleave')"
                " AND kind IN ('IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS')"
            ),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id), index=True)
    status: Mapped[EncounterStatus]
    kind: Mapped[EncounterClass] = mapped_column(default=EncounterClass.INPATIENT)
    number: Mapped[bytes | None] = sealed(Visit)
    number_hash: Mapped[bytes | None] = mapped_column(unique=True, info={"clear": KEYED})
    admitted_at: Mapped[datetime | None]
    discharged_at: Mapped[datetime | None]
    source: Mapped[AdmitSource | None]
    disposition: Mapped[Disposition | None]
    home_on: Mapped[date | None]
    precaution: Mapped[Precaution | None]
    moved_at: Mapped[datetime]
    asked_for: Mapped[bool | None] = query_expression()
    kin: Mapped[str | None] = query_expression()


class Stay(Model):
    """One encounter in one bed for a while; in FHIR an Encounter.location.

    A voided stay was taken back: it never counts.
    """

    __tablename__ = "stay"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="order"),
        Index("ix_stay_left", "patient_id", "ended_at"),
        Index("ix_stay_history", "bed_id", "started_at"),
        Index(
            "uq_stay_open_bed",
            "bed_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND voided_at IS NULL"),
        ),
        Index(
            "uq_stay_open_patient",
            "patient_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND voided_at IS NULL"),
        ),
        ExcludeConstraint(
            (func.uuidrange(column("bed_id"), column("bed_id"), text("'[]'")), "&&"),
            (func.tstzrange(column("started_at"), column("ended_at")), "&&"),
            where=text("voided_at IS NULL"),
            name="ex_stay_bed",
        ),
        ExcludeConstraint(
            (func.uuidrange(column("patient_id"), column("patient_id"), text("'[]'")), "&&"),
            (func.tstzrange(column("started_at"), column("ended_at")), "&&"),
            where=text("voided_at IS NULL"),
            name="ex_stay_patient",
        ),
    )
    scope = Scope(patient="patient_id")

    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    bed_id: Mapped[UUID] = mapped_column(ForeignKey(Bed.id))
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    zone: Mapped[str] = zone_on(ward_id)


class Step(StrEnum):
    """What happened to an encounter."""

    ARRIVED = "arrived"
    ADMITTED = "admitted"
    TRANSFERRED = "transferred"
    SWAPPED = "swapped"
    DISCHARGED = "discharged"
    ADMISSION_CANCELLED = "admission-cancelled"
    TRANSFER_CANCELLED = "transfer-cancelled"
    DISCHARGE_CANCELLED = "discharge-cancelled"
    ISOLATED = "isolated"
    ISOLATION_ENDED = "isolation-ended"
    LEFT = "on-leave"
    RETURNED = "returned"
    HOME_EXPECTED = "home-expected"

    @property
    def word(self) -> str:
        """Name the step in the history."""
        return self.value.replace("-", " ").capitalize()


class Movement(Model):
    """One step of an encounter, kept for good: who, when, why, from where to where.

    `seq` is given by the database under the patient's lock: of two steps of a patient the later
    has the higher, whatever the clocks of the nodes say.
    """

    __tablename__ = "movement"
    __table_args__ = (Index("ix_movement_history", "encounter_id", "seq"),)
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    step: Mapped[Step]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    from_bed_id: Mapped[UUID | None] = mapped_column(ForeignKey(Bed.id))
    to_bed_id: Mapped[UUID | None] = mapped_column(ForeignKey(Bed.id))
    left_stay_id: Mapped[UUID | None] = mapped_column(ForeignKey(Stay.id))
    new_stay_id: Mapped[UUID | None] = mapped_column(ForeignKey(Stay.id))
    left_as: Mapped[BedStatus | None]
    home_on: Mapped[date | None]
    reason: Mapped[CancelReason | None]
    note: Mapped[bytes | None] = sealed(str)
    cancelled_at: Mapped[datetime | None]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear("role or name of a system, never a person's name")


class MoveRequest(Model):
    """A ward is asked to take a patient; in FHIR a planned Encounter.location."""

    __tablename__ = "move_request"
    __table_args__ = (
        Index(
            "uq_move_request_open",
            "patient_id",
            unique=True,
            postgresql_where=text("status IN ('requested', 'accepted')"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id))
    from_ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id), index=True)
    to_ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id), index=True)
    bed_id: Mapped[UUID | None] = mapped_column(ForeignKey(Bed.id))
    source: Mapped[AdmitSource | None]
    status: Mapped[MovementStatus] = mapped_column(default=MovementStatus.REQUESTED)
    requested_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    reason: Mapped[bytes | None] = sealed(str)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = clear("role or name of a system, never a person's name")


explain("ex_stay_bed", "Another patient was in this bed at that time.")
explain("ex_stay_patient", "This patient was in another bed at that time.")
explain("uq_stay_open_bed", "Another patient is in this bed. Choose a bed that is Ready.")
explain("uq_stay_open_patient", "This patient is already in a bed. Transfer instead.")
explain("uq_encounter_open", "This patient is already admitted. Transfer instead.")
explain("uq_encounter_number_hash", "This visit number belongs to another encounter.")
explain("uq_move_request_open", "A bed is already asked for. Answer that request first.")
explain("ck_stay_order", "This time is before the patient came into the bed.")
explain("ck_encounter_order", "This time is before the patient was admitted.")
