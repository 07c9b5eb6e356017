"""Tables: the checkpoints that seal the trail, and what is left of months that were taken away."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from realtime.tables import Xid8
from ward.db import Model, Scope, clear


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
