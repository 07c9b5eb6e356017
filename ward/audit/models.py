"""Tables: the checkpoints that seal the trail, what was made of it, and what looked odd in it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from realtime.tables import Xid8
from ward.db import Model, Scope, clear, sealed


class AuditCheckpoint(Model):
    """A signed state of the whole trail, and the leaves that were added since the one before.

    The order of events is (xid, at, id): what is below a snapshot's xmin never changes again.
    """

    __tablename__ = "audit_checkpoint"
    scope = Scope(house=True)

    number: Mapped[int] = mapped_column(unique=True)
    size: Mapped[int]
    sealed_at: Mapped[datetime]
    last_xid: Mapped[int] = mapped_column(Xid8())  # up to this event, this one too
    last_at: Mapped[datetime]
    last_id: Mapped[UUID]
    settled: Mapped[int] = mapped_column(Xid8())  # all transactions below it are sealed
    form: Mapped[int]  # which columns make a leaf: ward.audit.leaves.FORMS
    entries: Mapped[bytes] = clear("id and instant of each event: 16 and 8 bytes")
    leaves: Mapped[bytes] = clear("hash of each event: 32 bytes")
    edge: Mapped[bytes] = clear("roots of the tree's whole subtrees")
    note: Mapped[str] = clear("the signed checkpoint, which is given to outsiders")


class AuditRetired(Model):
    """What is left of a month whose events were exported and taken away: its signed seal."""

    __tablename__ = "audit_retired"
    scope = Scope(house=True)

    month: Mapped[date] = mapped_column(unique=True)
    retired_at: Mapped[datetime]
    events: Mapped[int]
    note: Mapped[str] = clear("signed: month, number of events, hashes of leaves and of the file")


class RunState(StrEnum):
    """How a verification stands."""

    RUNNING = "running"
    HELD = "held"
    BROKEN = "broken"
    STOPPED = "stopped"


class AuditRun(Model):
    """One verification of the whole trail that somebody asked for."""

    __tablename__ = "audit_run"
    scope = Scope(house=True)

    state: Mapped[RunState]
    began_at: Mapped[datetime]
    began_by: Mapped[UUID | None]
    seen_at: Mapped[datetime]  # when it last said how far it is
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime | None]  # when the newest checkpoint was signed that it checked
    finding: Mapped[str | None] = clear("the first fault: an id and a day")


class ExportState(StrEnum):
    """How taking a file out of the trail ended."""

    RUNNING = "running"  # or the node died: so many events had left by then
    DONE = "done"
    STOPPED = "stopped"  # whoever took it hung up
    REVOKED = "revoked"  # their right to it ended meanwhile


class AuditExport(Model):
    """What somebody took out of the trail: how many events, and the hash of the file.

    The row stands before the first event leaves. Once it has ended it never changes again.
    """

    __tablename__ = "audit_export"
    scope = Scope(house=True)

    state: Mapped[ExportState] = mapped_column(default=ExportState.RUNNING)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_id: Mapped[UUID | None]
    form: Mapped[str] = clear("csv, ndjson or fhir")
    question: Mapped[str] = clear("the filters: ids and instants")
    events: Mapped[int]
    note: Mapped[str] = clear("the signed manifest: filters, number of events, hash of the file")


class SignalKind(StrEnum):
    """What looked odd."""

    HONEYTOKEN = "honeytoken"
    SELF = "self"
    FAMILY = "family"
    NO_RELATION = "no-relation"
    HOURS = "hours"
    MANY = "many"
    SEARCHES = "searches"
    GLASS = "break-glass"
    WATCHED = "watched"
    HOUSEHOLD = "household"
    COLLEAGUE = "colleague"
    AFTER = "after"
    DORMANT = "dormant"
    EXPORTS = "exports"
    RIGHTS = "own-rights"


class SignalState(StrEnum):
    """What became of it."""

    OPEN = "open"
    FINE = "fine"
    CONCERN = "concern"


class AuditSignal(Model):
    """Something odd that one person did on one day: a case for the privacy officer."""

    __tablename__ = "audit_signal"
    __table_args__ = (
        UniqueConstraint(
            "kind", "actor_id", "patient_id", "on_day", postgresql_nulls_not_distinct=True
        ),
        Index("ix_audit_signal_open", "state", "last_at"),
    )
    scope = Scope(house=True)

    kind: Mapped[SignalKind]
    actor_id: Mapped[UUID]
    patient_id: Mapped[UUID | None] = mapped_column(index=True)
    on_day: Mapped[date]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    events: Mapped[int]  # or, of many patients or searches, how many of them
    state: Mapped[SignalState] = mapped_column(default=SignalState.OPEN)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[bytes | None] = sealed(str)


class Watch(StrEnum):
    """Why a record is looked after."""

    NOBODY = "nobody"  # an invented patient: whoever opens the record was looking around
    VIP = "vip"  # somebody many are curious about: whoever opens it needs to be on duty for them


class Honeytoken(Model):
    """A patient who is nobody, or whom many are curious about."""

    __tablename__ = "honeytoken"
    scope = Scope(house=True)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), unique=True)
    watch: Mapped[Watch] = mapped_column(default=Watch.NOBODY, server_default="nobody")
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]


class AuditWatch(Model):
    """Up to which checkpoint the trail was looked through for what is odd."""

    __tablename__ = "audit_watch"

    number: Mapped[int]
