"""What the laboratory was asked, the specimens on their way, and what came back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.lab_orders import Reject, RequestStatus, SpecimenState, Urgency, Verified
from domain.labs import ResultStatus
from ward.adt.models import Encounter
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.labs.details import (
    Acknowledged,
    Attached,
    LabOrder,
    ReadBack,
    ReportDetail,
    ResultDetail,
)
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.models import User

ROLE = "role or name of a system, never a person's name"
NUMBER = "number of an order or a specimen, given by Ward; of no patient"
KEYED = "keyed hash: equal or not, nothing more"
NUMBERS = Sequence("lab_number")  # of orders and specimens; made by migration 0018


class ServiceRequest(Model):
    """An order to the laboratory; in FHIR a ServiceRequest. `number` is ORC-2, the placer's."""

    __tablename__ = "service_request"
    __table_args__ = (Index("ix_service_request_chart", "patient_id", "ordered_at"),)
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID] = mapped_column(ForeignKey(Encounter.id), index=True)
    number: Mapped[str] = clear(NUMBER, unique=True)
    status: Mapped[RequestStatus] = mapped_column(default=RequestStatus.ACTIVE)
    urgency: Mapped[Urgency] = mapped_column(default=Urgency.ROUTINE)
    detail: Mapped[bytes] = sealed(LabOrder)
    wanted_at: Mapped[datetime]
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), index=True)
    ordered_as: Mapped[str] = clear(ROLE)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    reason: Mapped[bytes | None] = sealed(str)  # why it was cancelled


class Specimen(Model):
    """Something taken from a patient for one order; in FHIR a Specimen. Its label carries `number`.

    A rejected specimen stays; another is wanted in its place.
    """

    __tablename__ = "specimen"
    __table_args__ = (
        CheckConstraint(
            "(state = 'rejected') = (rejected_why IS NOT NULL)", name="rejected_has_a_reason"
        ),
        Index(
            "ix_specimen_worklist",
            "ward_id",
            "wanted_at",
            postgresql_where=text("state IN ('wanted', 'collected')"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    number: Mapped[str] = clear(NUMBER, unique=True)
    kind: Mapped[str] = clear("what is taken: a value of the column specimen of data/labs.csv")
    state: Mapped[SpecimenState] = mapped_column(default=SpecimenState.WANTED)
    wanted_at: Mapped[datetime]
    collected_at: Mapped[datetime | None]
    collected_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    received_at: Mapped[datetime | None]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    rejected_why: Mapped[Reject | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("specimen.id"), unique=True)


class ReportStatus(StrEnum):
    """FHIR R4 DiagnosticReport.status, as far as a ward must tell them apart."""

    PARTIAL = "partial"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    WRONG = "entered-in-error"

    @property
    def word(self) -> str:
        """Say where the report stands."""
        return {"entered-in-error": "Withdrawn"}.get(self.value, self.value.capitalize())


class DiagnosticReport(Model):
    """What a laboratory or another department reported; in FHIR a DiagnosticReport.

    `worst` is the gravest rank of its standing results (domain.labs), for lists and boards.
    Who must look at it is its owner; without one, whoever is on duty for the patient.
    """

    __tablename__ = "diagnostic_report"
    __table_args__ = (
        CheckConstraint("worst BETWEEN 0 AND 3", name="worst"),
        Index("ix_diagnostic_report_chart", "patient_id", "observed_at"),
        Index(
            "ix_diagnostic_report_inbox",
            "owner_id",
            "reported_at",
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
        Index(
            "ix_diagnostic_report_unseen",
            "patient_id",
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    encounter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Encounter.id), index=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    filler_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": KEYED})
    status: Mapped[ReportStatus]
    section: Mapped[str] = clear("HL7 table 0074: which department")
    detail: Mapped[bytes] = sealed(ReportDetail)
    attached: Mapped[bytes | None] = sealed(Attached)
    observed_at: Mapped[datetime]  # when the specimen was taken
    reported_at: Mapped[datetime]
    received_at: Mapped[datetime]
    worst: Mapped[int] = mapped_column(default=0)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class LabResult(Model):
    """One result of a report; in FHIR an Observation. Never changed: another replaces it."""

    __tablename__ = "lab_result"
    __table_args__ = (
        CheckConstraint("rank BETWEEN 0 AND 3", name="rank"),
        Index(
            "ix_lab_result_series",
            "patient_id",
            "test_hash",
            "observed_at",
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_lab_result_chart", "patient_id", "observed_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id))
    report_id: Mapped[UUID] = mapped_column(ForeignKey(DiagnosticReport.id), index=True)
    test_hash: Mapped[bytes] = mapped_column(info={"clear": KEYED})  # of patient and test
    place: Mapped[int]  # its order within the report
    status: Mapped[ResultStatus]
    rank: Mapped[int]  # how grave it is taken: domain.labs.driving
    detail: Mapped[bytes] = sealed(ResultDetail)
    observed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("lab_result.id"), unique=True)
    replaced_at: Mapped[datetime | None]


class Acknowledgement(Model):
    """Somebody has seen a report and said what follows; one is enough, others stay beside it."""

    __tablename__ = "acknowledgement"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey(DiagnosticReport.id), index=True)
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    by_role: Mapped[str] = clear(ROLE)
    said: Mapped[bytes] = sealed(Acknowledged)


class CriticalCall(Model):
    """A call about a critical result, with its read-back; written once, each attempt a row."""

    __tablename__ = "critical_call"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    result_id: Mapped[UUID] = mapped_column(ForeignKey(LabResult.id), index=True)
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    reached: Mapped[bool]
    said: Mapped[bytes] = sealed(ReadBack)  # a snapshot with the value that was read


class SpecimenCheck(Model):
    """A report with a value that moved further than it may: is specimen and patient right?

    Asked of the laboratory; the ward sees an arrow beside the value and that it is asked.
    """

    __tablename__ = "specimen_check"
    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (found IS NULL)", name="settled_has_a_finding"),
        Index(
            "uq_specimen_check_open",
            "report_id",
            unique=True,
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_specimen_check_ward", "ward_id", postgresql_where=text("settled_at IS NULL")),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id))
    report_id: Mapped[UUID] = mapped_column(ForeignKey(DiagnosticReport.id), index=True)
    since: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    found: Mapped[Verified | None]
    note: Mapped[bytes | None] = sealed(str)


class Cover(Model):
    """Who looks at somebody's results while they are away."""

    __tablename__ = "result_cover"
    __table_args__ = (
        CheckConstraint("until > since", name="order"),
        CheckConstraint("user_id <> cover_id", name="another"),
    )
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    cover_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


explain("uq_service_request_number", "This number was given just now. Try again.")
explain("uq_specimen_number", "This number was given just now. Try again.")
explain("uq_specimen_replaces_id", "Somebody else has just asked for another specimen.")
explain("uq_specimen_check_open", "This report is being verified already.")
explain("uq_diagnostic_report_filler_hash", "This report was taken in just now.")
explain("uq_lab_result_replaces_id", "This result was corrected just now.")
