"""Alerts, what became of each, and the policies that say whom they call."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Time, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.alerts import AlertState, Cause, Outcome
from domain.duty import DutyRole
from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.patients.models import Patient
from ward.places.models import Branch, Ward
from ward.security.models import User


class AlertPolicy(Model):
    """Whom a cause calls on a ward between two times of day, and after how many minutes whom next.

    A row is never changed: another with the same ward, cause and hours stands in its place from
    its `since`. `steps` is a list of [part on duty, minutes]; the last one repeats.
    """

    __tablename__ = "alert_policy"
    __table_args__ = (
        CheckConstraint("tier BETWEEN 1 AND 3", name="tier"),
        Index("ix_alert_policy_chosen", "ward_id", "cause", "since"),
    )
    scope = Scope(branch="branch_id")

    branch_id: Mapped[UUID] = mapped_column(ForeignKey(Branch.id))
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id))  # None: every ward
    cause: Mapped[Cause]
    from_time: Mapped[time] = mapped_column(Time())
    to_time: Mapped[time] = mapped_column(Time())  # equal to from_time: all day
    tier: Mapped[int]
    steps: Mapped[list[Any]] = mapped_column(
        JSONB, info={"clear": "parts on duty and minutes, no persons"}
    )
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class Alert(Model):
    """Somebody must look at this patient; in FHIR a Task that a DetectedIssue or Flag raised.

    Open: nobody has it and `escalates_at` is set. Accepted: exactly one owner. `step` counts the
    calls that were made, `place` is where in its policy it stands, `called` the part on duty whom
    it calls now, since `called_at`. `answered_at` is when somebody first took it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("tier BETWEEN 1 AND 3", name="tier"),
        CheckConstraint(
            "(state = 'open') = (owner_id IS NULL AND escalates_at IS NOT NULL"
            " AND closed_at IS NULL)",
            name="open_has_a_timer",
        ),
        CheckConstraint(
            "state <> 'accepted' OR (owner_id IS NOT NULL AND accepted_at IS NOT NULL)",
            name="accepted_has_an_owner",
        ),
        CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (closed_at IS NOT NULL)", name="closed_has_an_end"
        ),
        CheckConstraint("state <> 'closed' OR outcome IS NOT NULL", name="closed_has_an_outcome"),
        Index(
            "uq_alert_cause",
            "patient_id",
            "cause",
            unique=True,
            postgresql_where=text("state IN ('open', 'accepted')"),
        ),
        Index(
            "ix_alert_standing",
            "ward_id",
            postgresql_where=text("state IN ('open', 'accepted')"),
        ),
        Index("ix_alert_closed", "ward_id", "closed_at"),
        Index("ix_alert_raised", "ward_id", "raised_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    ward_id: Mapped[UUID] = mapped_column(ForeignKey(Ward.id))
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey(AlertPolicy.id))
    cause: Mapped[Cause]
    source_id: Mapped[UUID | None] = mapped_column(info={"clear": "id of what raised it last"})
    tier: Mapped[int]
    state: Mapped[AlertState] = mapped_column(default=AlertState.OPEN)
    what: Mapped[bytes] = sealed(str)
    raised_at: Mapped[datetime]
    again_at: Mapped[datetime]  # when its cause was last seen
    times: Mapped[int] = mapped_column(default=1)
    step: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(default=0)
    called: Mapped[DutyRole]
    called_at: Mapped[datetime]
    escalates_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), index=True)
    accepted_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]


class Happening(StrEnum):
    """What can happen to an alert."""

    RAISED = "raised"
    MERGED = "merged"
    CALLED = "called"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    HANDED = "handed-over"
    SNOOZED = "snoozed"
    COMMENTED = "commented"
    MOVED = "moved"
    REOPENED = "reopened"  # nobody has it any more
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What somebody said about an alert, sealed: free text, and the reason's code."""

    text: str | None = None
    reason: str | None = None


class AlertStep(Model):
    """One thing that happened to an alert, kept for good: who, when, in which part."""

    __tablename__ = "alert_step"
    __table_args__ = (
        Index("ix_alert_step_history", "alert_id", "at"),
        Index(
            "uq_alert_step_called",
            "alert_id",
            "nth",
            unique=True,
            postgresql_where=text("happening = 'called'"),
        ),
        Index(
            "uq_alert_step_seen",
            "alert_id",
            "user_id",
            unique=True,
            postgresql_where=text("happening = 'seen'"),
        ),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    alert_id: Mapped[UUID] = mapped_column(ForeignKey(Alert.id))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    at: Mapped[datetime]
    happening: Mapped[Happening]
    nth: Mapped[int | None]  # of a call: which one, so that none is made twice
    called: Mapped[DutyRole | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    actor_name: Mapped[str] = clear("role or name of a system, never a person's name")
    said: Mapped[bytes | None] = sealed(Said)


class PushSubscription(Model):
    """A phone that may be woken for alerts; what is sent to it names nobody."""

    __tablename__ = "push_subscription"
    scope = Scope(person="user_id")
    subject = "user_id"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    endpoint_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "keyed hash"})
    endpoint: Mapped[bytes] = sealed(dict[str, Any])
    made_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]


class PushCall(Model):
    """One call of one alert to one phone: made once, tried until it is sent or of no use."""

    __tablename__ = "push_call"
    __table_args__ = (UniqueConstraint("alert_id", "nth", "subscription_id"),)
    scope = Scope(house=True)  # ids alone; whose phone it is, only the subscription knows

    alert_id: Mapped[UUID] = mapped_column(ForeignKey(Alert.id))
    nth: Mapped[int]
    subscription_id: Mapped[UUID] = mapped_column(
        ForeignKey(PushSubscription.id, ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]


explain("uq_alert_cause", "This is being told already.")
explain("uq_alert_step_called", "This call was made already.")
explain("uq_alert_step_seen", "You have seen this already.")
explain("ck_alert_open_has_a_timer", "An alert without an owner must escalate.")
